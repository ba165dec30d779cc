//! Stage 7: lock contention. Sixteen workers update balances under one lock, and only one of them
//! can hold it at a time.

mod args;
mod balances;
mod contention;
mod intake;
mod work;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Reply, Routes, Status};
use tokio::sync::mpsc;

use crate::args::Args;
use crate::balances::Balances;
use crate::contention::Contention;
use crate::intake::Intake;
use crate::work::Work;
use crate::worker::Worker;

#[derive(Clone)]
struct Server {
    intake: Arc<Intake>,
    balances: Arc<Balances>,
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
    let contention = Arc::new(Contention::default());
    let worker = Worker { balances: balances.clone(), work, contention: contention.clone() };
    worker::start(args.workers, jobs, worker)?;
    tokio::spawn(contention.report());
    let capacity = args.queue as usize + usize::from(args.workers);
    let intake = Arc::new(Intake::new(queue, capacity));
    let server = Server { intake, balances };

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
