//! Stage 8: sharding. The balances are in many small maps, each under a lock of its own, and two
//! workers meet only when their users are in the same one.

mod args;
mod balances;
mod contention;
mod work;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Rejection, Reply, Routes, Status};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::Instant;

use crate::args::Args;
use crate::balances::Balances;
use crate::contention::Contention;
use crate::work::Work;
use crate::worker::Job;

#[derive(Clone)]
struct Server {
    queue: Sender<Job>,
    /// One for each job that may wait and one for each worker; a job keeps its own until it is done.
    places: Arc<Semaphore>,
    balances: Arc<Balances>,
}

const ROUTES: Routes = Routes(&[("/", &[Method::Post]), ("/balances", &[Method::Get])]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let _log = connection::log_to_stderr()?;
    let balances = Arc::new(Balances::new(args.shards, args.hold, args.update));
    let places = args.queue as usize + usize::from(args.workers);
    let (queue, jobs) = mpsc::channel(places);
    let work = Work { time: args.work, way: args.work_as };
    let contention = Arc::new(Contention::default());
    worker::start(args.workers, jobs, &balances, work, &contention)?;
    tokio::spawn(contention.report());
    let places = Arc::new(Semaphore::new(places));
    let server = Server { queue, places, balances };

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
            "/balances" => match server.balances.all().await {
                Ok(balances) => Reply::json(Status::Ok, &balances),
                Err(fault) => fault.reply(),
            },
            _ => match Event::parse(request.body) {
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
