//! Stage 9: lock-free metrics. The server counts the events that it receives, processes and drops,
//! and reports the counts while it runs, without a lock.

mod args;
mod balances;
mod counter;
mod intake;
mod metrics;
mod work;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Reply, Routes, Status, asks_for_metrics};
use tokio::sync::mpsc;

use crate::args::Args;
use crate::balances::Balances;
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::work::Work;
use crate::worker::Worker;

#[derive(Clone)]
struct Server {
    intake: Arc<Intake>,
    balances: Arc<Balances>,
    metrics: Arc<Metrics>,
}

/// The resources that a client can name.
#[derive(Clone, Copy)]
enum Resource {
    Events,
    Balances,
    Metrics,
}

const ROUTES: Routes<Resource> = Routes(&[
    ("/", &[Method::Post], Resource::Events),
    ("/balances", &[Method::Get], Resource::Balances),
    ("/metrics", &[Method::Get], Resource::Metrics),
]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let _log = connection::log_to_stderr()?;
    let balances = Arc::new(Balances::new(args.shards, args.hold));
    let (queue, jobs) = mpsc::unbounded_channel();
    let work = Work { time: args.work, way: args.work_as };
    let metrics = Arc::new(Metrics::new(args.counters));
    let worker = Worker { balances: balances.clone(), work, metrics: metrics.clone() };
    worker::start(args.workers, jobs, worker)?;
    let capacity = args.queue as usize + usize::from(args.workers);
    let intake = Arc::new(Intake::new(queue, capacity, metrics.clone()));
    let server = Server { intake, balances, metrics };

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
            Resource::Events => match Event::parse(request.body) {
                Ok(event) => server.submit(event),
                Err(_) if asks_for_metrics(request.body) => {
                    Reply::json(Status::Ok, &server.metrics.snapshot())
                }
                Err(fault) => fault.reply(),
            },
            Resource::Balances => match server.balances.all().await {
                Ok(balances) => Reply::json(Status::Ok, &balances),
                Err(fault) => fault.reply(),
            },
            Resource::Metrics => Reply::prometheus(server.metrics.snapshot().prometheus()),
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
