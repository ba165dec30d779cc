//! Stage 4: shared state and slow work. Every event changes a balance, one lock guards all
//! balances, and each update holds it for half a second: clients wait for each other.

mod args;
mod balances;
mod sleep;

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Reply, Routes, Status};

use crate::args::Args;
use crate::balances::Balances;
use crate::sleep::Sleep;

#[derive(Clone)]
struct Server {
    balances: Arc<Balances>,
    work: Duration,
    sleep: Sleep,
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
    let balances = Arc::new(Balances::new(args.hold, args.sleep));
    let server = Server { balances, work: args.work, sleep: args.sleep };

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
        self.sleep.for_time(self.work).await;
        let balance = self.balances.add(&event).await;
        tracing::debug!(user = %event.user.escape_debug(), balance, "done");
        Reply::accepted(Status::Ok)
    }
}
