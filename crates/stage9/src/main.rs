//! Stage 9: lock-free metrics. The server counts what it receives, drops and does, and tells it
//! while it runs, without stopping anybody for it.

mod args;
mod balances;
mod counter;
mod metrics;
mod work;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Rejection, Reply, Routes, Status};
use tokio::sync::mpsc::{self, Sender};
use tokio::time::Instant;

use crate::args::Args;
use crate::balances::Balances;
use crate::metrics::Metrics;
use crate::work::Work;
use crate::worker::Job;

#[derive(Clone)]
struct Server {
    queue: Sender<Job>,
    balances: Arc<Balances>,
    metrics: Arc<Metrics>,
}

const ROUTES: Routes =
    Routes(&[("/", &[Method::Post]), ("/balances", &[Method::Get]), ("/metrics", &[Method::Get])]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    connection::log_to_stderr();
    let balances = Arc::new(Balances::new(args.shards, args.hold));
    let (queue, jobs) = mpsc::channel(args.queue as usize);
    let work = Work { time: args.work, way: args.work_as };
    let metrics = Arc::new(Metrics::new(args.counters));
    worker::start(args.workers, jobs, &balances, work, &metrics)?;
    let server = Server { queue, balances, metrics };

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
            "/metrics" => Reply::prometheus(server.metrics.snapshot().prometheus()),
            _ => match Event::parse(request.body) {
                Ok(event) => server.accept(event),
                Err(_) if metrics::asked_for(request.body) => {
                    Reply::json(Status::Ok, &server.metrics.snapshot())
                }
                Err(fault) => fault.reply(),
            },
        };
        connection.reply(&reply);
    }
}

impl Server {
    fn accept(&self, event: Event) -> Reply {
        match self.queue.try_reserve() {
            Ok(place) => {
                self.metrics.accepted();
                place.send(Job { event, queued: Instant::now() });
                Reply::accepted(Status::Accepted)
            }
            Err(_) => {
                self.metrics.rejected();
                Reply::rejected(Rejection::ServerBusy)
            }
        }
    }
}
