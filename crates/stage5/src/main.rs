//! Stage 5: a bounded queue. Connections put jobs in, a worker takes them out, and when the queue
//! is full the client is told so at once.

mod args;
mod balances;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Rejection, Reply, Routes, Status};
use tokio::sync::mpsc::{self, Sender};
use tokio::time::Instant;

use crate::args::{Args, WhenFull};
use crate::balances::Balances;
use crate::worker::Job;

#[derive(Clone)]
struct Server {
    queue: Sender<Job>,
    balances: Arc<Balances>,
    when_full: WhenFull,
}

const ROUTES: Routes = Routes(&[("/", &[Method::Post]), ("/balances", &[Method::Get])]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let _log = connection::log_to_stderr()?;
    let balances = Arc::new(Balances::new(args.hold));
    let (queue, jobs) = mpsc::channel(args.queue);
    tokio::spawn(worker::run(jobs, balances.clone(), args.work));
    let server = Server { queue, balances, when_full: args.when_full };

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
            _ => match Event::parse(request.body) {
                Ok(event) => server.accept(event).await,
                Err(fault) => fault.reply(),
            },
        };
        connection.reply(&reply);
    }
}

impl Server {
    async fn accept(&self, event: Event) -> Reply {
        let job = Job { event, queued: Instant::now() };
        let queued = match self.when_full {
            WhenFull::Reject => self.queue.try_send(job).is_ok(),
            // Another way: the client waits for room, and its latency hides how full it is.
            WhenFull::Wait => self.queue.send(job).await.is_ok(),
        };
        match queued {
            true => Reply::accepted(Status::Accepted),
            false => Reply::rejected(Rejection::ServerBusy),
        }
    }
}
