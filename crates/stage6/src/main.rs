//! Stage 6: a pool of workers. Several threads take jobs out of one queue, and as long as jobs
//! mostly wait, each further worker adds as much throughput as the first.

mod args;
mod balances;
mod intake;
mod work;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Reply, Request, Routes, Status};
use tokio::sync::mpsc;

use crate::args::{Args, ContentLength};
use crate::balances::Balances;
use crate::intake::Intake;
use crate::work::Work;
use crate::worker::Worker;

#[derive(Clone)]
struct Server {
    intake: Arc<Intake>,
    balances: Arc<Balances>,
    content_length: ContentLength,
}

/// The resources that a client can name.
#[derive(Clone, Copy)]
enum Resource {
    Events,
    Balances,
}

const ROUTES: Routes<Resource> = Routes(&[
    ("/", &[Method::Post], Resource::Events),
    ("/balances", &[Method::Get], Resource::Balances),
]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let _log = connection::log_to_stderr()?;
    let balances = Arc::new(Balances::new(args.hold));
    let (queue, jobs) = mpsc::unbounded_channel();
    let work = Work { time: args.work, way: args.work_as };
    let worker = Worker { balances: balances.clone(), work };
    worker::start(args.workers, jobs, worker)?;
    let capacity = args.queue as usize + usize::from(args.workers);
    let intake = Arc::new(Intake::new(queue, capacity));
    let server = Server { intake, balances, content_length: args.content_length };

    let listener = Listener::bind(&args.listen, ROUTES, args.limits).await?;
    listener.announce();
    loop {
        let connection = listener.accept().await;
        tokio::spawn(serve(server.clone(), connection));
    }
}

async fn serve(server: Server, mut connection: Connection<Resource>) {
    while let Some(request) = connection.next().await {
        let reply = match request.resource {
            Resource::Events => match Event::parse(server.content_length.body_of(request)) {
                Ok(event) => server.submit(event),
                Err(fault) => fault.reply(),
            },
            Resource::Balances => Reply::json(Status::Ok, &server.balances.all().await),
        };
        connection.reply(&reply);
    }
}

impl Server {
    fn submit(&self, event: Event) -> Reply {
        match self.intake.offer(event) {
            Ok(()) => Reply::accepted(Status::Accepted),
            Err(rejection) => Reply::rejected(rejection),
        }
    }
}

impl ContentLength {
    fn body_of(self, request: Request<'_, Resource>) -> &[u8] {
        let mut lines = request.head.split(|&byte| byte == b'\n');
        match self {
            // Another way: field names are case-insensitive (RFC 9110 §5.1). Compared by exact
            // case, the body of a client that writes `content-length` is never seen.
            ContentLength::ExactCase if !lines.any(|line| line.starts_with(b"Content-Length:")) => {
                b""
            }
            _ => request.body,
        }
    }
}
