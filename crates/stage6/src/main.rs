//! Stage 6: a pool of workers. Several threads take jobs out of one queue, and as long as a job
//! mostly waits, each further worker does as much as the first.

mod args;
mod balances;
mod work;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Rejection, Reply, Request, Routes, Status};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::Instant;

use crate::args::{Args, ContentLength};
use crate::balances::Balances;
use crate::work::Work;
use crate::worker::Job;

#[derive(Clone)]
struct Server {
    queue: Sender<Job>,
    /// One for each job that may wait and one for each worker; a job keeps its own until it is done.
    places: Arc<Semaphore>,
    balances: Arc<Balances>,
    content_length: ContentLength,
}

const ROUTES: Routes = Routes(&[("/", &[Method::Post]), ("/balances", &[Method::Get])]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let _log = connection::log_to_stderr()?;
    let balances = Arc::new(Balances::new(args.hold));
    let places = args.queue as usize + usize::from(args.workers);
    let (queue, jobs) = mpsc::channel(places);
    let work = Work { time: args.work, way: args.work_as };
    worker::start(args.workers, jobs, &balances, work)?;
    let places = Arc::new(Semaphore::new(places));
    let server = Server { queue, places, balances, content_length: args.content_length };

    let listener = Listener::bind(&args.listen, ROUTES, args.limits).await?;
    listener.announce();
    loop {
        let connection = listener.accept().await;
        tokio::spawn(serve(server.clone(), connection));
    }
}

async fn serve(server: Server, mut connection: Connection) {
    while let Some(request) = connection.next().await {
        let reply = match request.path {
            "/balances" => Reply::json(Status::Ok, &server.balances.all().await),
            _ => match Event::parse(server.content_length.body_of(request)) {
                Ok(event) => server.accept(event),
                Err(fault) => fault.reply(),
            },
        };
        connection.reply(&reply);
    }
}

impl Server {
    fn accept(&self, event: Event) -> Reply {
        // Counted, because the queue's own length would not do: a worker that was just woken may not
        // have taken its job yet, and the queue would be full while a worker is idle.
        match (self.places.clone().try_acquire_owned(), self.queue.try_reserve()) {
            (Ok(place), Ok(slot)) => {
                slot.send(Job { event, queued: Instant::now(), place });
                Reply::accepted(Status::Accepted)
            }
            _ => Reply::rejected(Rejection::ServerBusy),
        }
    }
}

impl ContentLength {
    fn body_of(self, request: Request<'_>) -> &[u8] {
        let mut lines = request.head.split(|&byte| byte == b'\n');
        match self {
            // Another way: field names have no case (RFC 9110 §5.1), and here one has. The body of
            // a client that writes `content-length` is then never seen.
            ContentLength::ExactCase if !lines.any(|it| it.starts_with(b"Content-Length:")) => b"",
            _ => request.body,
        }
    }
}
