//! Stage 10: graceful shutdown. A signal closes the server from its entrance inwards: no new events,
//! no new connections, then the workers finish what was accepted, and the state is written last.

mod args;
mod balances;
mod gate;
mod intake;
mod metrics;
mod shutdown;
mod signals;
mod state;
mod state_file;
mod work;
mod worker;

use std::pin::pin;
use std::process;
use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Reply, Routes, Status};
use serde_json::json;
use tokio::sync::mpsc;

use crate::args::Args;
use crate::balances::Balances;
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::shutdown::{Member, Phase, Running, shutdown};
use crate::signals::Signals;
use crate::work::Work;
use crate::worker::Worker;

#[derive(Clone)]
struct Server {
    intake: Arc<Intake>,
    balances: Arc<Balances>,
    metrics: Arc<Metrics>,
    member: Member,
}

const ROUTES: Routes = Routes(&[
    ("/", &[Method::Post]),
    ("/balances", &[Method::Get]),
    ("/metrics", &[Method::Get]),
    ("/health", &[Method::Get]),
]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let log = connection::log_to_stderr()?;
    let mut signals = Signals::catch()?;
    let (saved, settled, saver) = match args.state.as_deref().map(state::open).transpose()? {
        Some(state::State { saved, settled, saver }) => (saved, Some(settled), Some(saver)),
        None => Default::default(),
    };
    let users = saved.keys().cloned().collect();
    let balances = Arc::new(Balances::new(args.shards, args.hold, saved));
    let places = args.queue as usize + usize::from(args.workers);
    let (queue, jobs) = mpsc::channel(places);
    let work = Work { time: args.work, way: args.work_as };
    let metrics = Arc::new(Metrics::default());
    let (shutdown, member) = shutdown();
    let worker = Worker {
        balances: balances.clone(),
        work,
        metrics: metrics.clone(),
        settled,
        panic_user: args.panic_user,
    };
    let workers = worker::start(args.workers, jobs, worker, &member)?;
    let intake = Arc::new(Intake::new(queue, users, args.max_users, metrics.clone()));
    let server = Server { intake: intake.clone(), balances, metrics: metrics.clone(), member };

    let listener = Listener::bind(&args.listen, ROUTES, args.limits).await?;
    listener.announce();
    tokio::spawn(accept(listener, server));

    signals.next().await;
    signals.exit_at_next();
    let running = Running { intake, shutdown, workers, saver, metrics };
    let status = running.stop(args.drain_delay, args.deadline).await;
    drop(log); // its last lines are written
    process::exit(status)
}

async fn accept(listener: Listener, server: Server) {
    let mut closing = pin!(server.member.clone().after(Phase::Draining));
    loop {
        let connection = tokio::select! {
            connection = listener.accept() => connection,
            _ = &mut closing => return,
        };
        tokio::spawn(serve(server.clone(), connection));
    }
}

async fn serve(server: Server, mut connection: Connection) {
    let mut leaving = pin!(server.member.clone().after(Phase::Serving));
    let mut closing = pin!(server.member.clone().after(Phase::Draining));
    loop {
        let next = tokio::select! {
            biased; // a client that sends without a pause is told all the same
            _ = &mut closing, if !connection.is_finishing() => {
                connection.finish();
                continue;
            }
            _ = &mut leaving, if !connection.is_leaving() => {
                connection.leave();
                continue;
            }
            next = connection.next() => next,
        };
        let Some(request) = next else { return };
        let reply = match request.path {
            "/balances" => match server.balances.all().await {
                Ok(balances) => Reply::json(Status::Ok, &balances),
                Err(fault) => fault.reply(),
            },
            "/metrics" => Reply::prometheus(server.metrics.snapshot().prometheus()),
            "/health" => server.health(),
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
        match self.intake.offer(event) {
            Ok(()) => Reply::accepted(Status::Accepted),
            Err(rejection) => Reply::rejected(rejection),
        }
    }

    fn health(&self) -> Reply {
        match self.member.phase() {
            Phase::Serving => Reply::json(Status::Ok, &json!({"status": "ok"})),
            _ => Reply::json(Status::ServiceUnavailable, &json!({"status": "draining"})),
        }
    }
}
