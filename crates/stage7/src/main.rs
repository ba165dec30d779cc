//! Stage 7: lock contention. Sixteen workers update balances under one lock, and however many more
//! there were, no more than one of them could have it.

mod args;
mod balances;
mod contention;
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
use crate::contention::Contention;
use crate::work::Work;
use crate::worker::Job;

#[derive(Clone)]
struct Server {
    queue: Sender<Job>,
    balances: Arc<Balances>,
}

const ROUTES: Routes = Routes(&[("/", &[Method::Post]), ("/balances", &[Method::Get])]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    connection::log_to_stderr();
    let balances = Arc::new(Balances::new(args.hold));
    let (queue, jobs) = mpsc::channel(args.queue as usize);
    let work = Work { time: args.work, way: args.work_as };
    let contention = Arc::new(Contention::default());
    worker::start(args.workers, jobs, &balances, work, &contention)?;
    tokio::spawn(contention.report());
    let server = Server { queue, balances };

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
