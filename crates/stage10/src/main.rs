//! Stage 10: graceful shutdown. After a signal the server accepts no new events and no new
//! connections, the workers finish the accepted jobs, and the state is written last.

mod args;
mod balances;
mod counter;
mod gate;
mod intake;
mod members;
mod metrics;
mod shutdown;
mod state;
mod work;
mod worker;

use std::pin::pin;
use std::sync::Arc;

use clap::Parser;
use connection::{Connection, Failure, Listener};
use protocol::{Event, Method, Reply, Routes, Status, asks_for_metrics};
use service::Signals;
use tokio::sync::mpsc;

use crate::args::Args;
use crate::balances::Balances;
use crate::intake::{Intake, Open};
use crate::members::{Member, Members, Phase};
use crate::metrics::Metrics;
use crate::shutdown::Shutdown;
use crate::state::State;
use crate::work::Work;
use crate::worker::Worker;

#[derive(Clone)]
struct Server {
    intake: Arc<Intake>,
    balances: Arc<Balances>,
    metrics: Arc<Metrics>,
    member: Member,
}

/// The resources that a client can name.
#[derive(Clone, Copy)]
enum Resource {
    Events,
    Balances,
    Metrics,
    Health,
}

const ROUTES: Routes<Resource> = Routes(&[
    ("/", &[Method::Post], Resource::Events),
    ("/balances", &[Method::Get], Resource::Balances),
    ("/metrics", &[Method::Get], Resource::Metrics),
    ("/health", &[Method::Get], Resource::Health),
]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let log = connection::log_to_stderr()?;
    let signals = Signals::catch()?;
    let (state, saved) = State::open(args.state.as_deref())?;
    let state = Arc::new(state);
    let balances = Arc::new(Balances::new(args.shards, args.hold, &saved));
    let (queue, jobs) = mpsc::unbounded_channel();
    let work = Work { time: args.work, way: args.work_as };
    let metrics = Arc::new(Metrics::default());
    let (members, member) = Members::new();
    let worker = Worker {
        balances: balances.clone(),
        work,
        metrics: metrics.clone(),
        state: state.clone(),
        panic_user: args.panic_user,
        _member: member.clone(),
    };
    worker::start(args.workers, jobs, worker)?;
    let capacity = args.queue as usize + usize::from(args.workers);
    let users = saved.into_keys().collect();
    let open = Open { queue, users, max_users: args.max_users as usize };
    let intake = Arc::new(Intake::new(open, capacity, metrics.clone()));
    let server = Server { intake: intake.clone(), balances, metrics: metrics.clone(), member };

    let listener = Listener::bind(&args.listen, ROUTES, args.limits).await?;
    listener.announce();
    tokio::spawn(accept(listener, server));

    signals.stop().await;
    let shutdown = Shutdown { intake, members, state, metrics };
    let status = shutdown.run(args.drain_delay, args.deadline).await;
    drop(log); // writes its last lines
    std::process::exit(status)
}

async fn accept(listener: Listener<Resource>, server: Server) {
    let mut closing = pin!(server.member.clone().closing());
    loop {
        let connection = tokio::select! {
            connection = listener.accept() => connection,
            () = &mut closing => return,
        };
        tokio::spawn(serve(server.clone(), connection));
    }
}

async fn serve(server: Server, mut connection: Connection<Resource>) {
    let mut member = server.member.clone();
    loop {
        let next = tokio::select! {
            biased; // a client that never pauses is notified, too
            phase = member.next_phase() => {
                match phase {
                    Phase::Serving => {}
                    Phase::Draining => connection.leave(),
                    Phase::Closing => connection.finish(),
                }
                continue;
            }
            next = connection.next() => next,
        };
        let Some(request) = next else { return };
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
            Resource::Health => Reply::health(server.member.is_serving()),
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
