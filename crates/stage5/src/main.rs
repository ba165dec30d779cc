//! Stage 5: a bounded queue. Connections put jobs in, a worker takes them out, and while the queue
//! is full events are rejected at once.

mod args;
mod balances;
mod intake;
mod worker;

use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Reply, Routes, Status};
use tokio::sync::mpsc;

use crate::args::Args;
use crate::balances::Balances;
use crate::intake::Intake;

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
    let (queue, jobs) = mpsc::channel(args.queue);
    tokio::spawn(worker::run(jobs, balances.clone(), args.work));
    let intake = Arc::new(Intake { queue, when_full: args.when_full });
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
                Ok(event) => server.submit(event).await,
                Err(fault) => fault.reply(),
            },
            Resource::Balances => Reply::json(Status::Ok, &server.balances.all().await),
        };
        connection.reply(&reply);
    }
}

impl Server {
    async fn submit(&self, event: Event) -> Reply {
        match self.intake.offer(event).await {
            Ok(()) => Reply::accepted(Status::Accepted),
            Err(rejection) => Reply::rejected(rejection),
        }
    }
}
