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
use tokio::sync::mpsc::{self, Sender};
use tokio::time::Instant;

use crate::args::{Args, ContentLength};
use crate::balances::Balances;
use crate::work::Work;
use crate::worker::Job;

#[derive(Clone)]
struct Server {
    queue: Sender<Job>,
    balances: Arc<Balances>,
    content_length: ContentLength,
}

const ROUTES: Routes = Routes(&[("/", &[Method::Post]), ("/balances", &[Method::Get])]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    connection::log_to_stderr();
    let balances = Arc::new(Balances::new(args.hold));
    let (queue, jobs) = mpsc::channel(args.queue as usize);
    let work = Work { time: args.work, way: args.work_as };
    worker::start(args.workers, jobs, &balances, work)?;
    let server = Server { queue, balances, content_length: args.content_length };

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
        let job = Job { event, queued: Instant::now() };
        match self.queue.try_send(job) {
            Ok(()) => Reply::accepted(Status::Accepted),
            Err(_) => Reply::rejected(Rejection::ServerBusy),
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
