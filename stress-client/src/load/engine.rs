//! Runs a plan: one thread with its own current-thread runtime a core, the connections spread over
//! them, and the calling thread as conductor, which releases what is due and ends the run.

use super::connection::Connection;
use super::live::Live;
use super::outcome::{Cause, Outcome};
use super::plan::{Plan, PlanError};
use super::report::Report;
use super::schedule::{Schedule, Slot};
use super::tally::{Tally, Times};
use crate::descriptors::{self, TooFewDescriptors};
use crate::server::{self, Unreachable};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// How soon a stop is noticed.
const TICK: Duration = Duration::from_millis(20);

/// Why a run could not be made. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan is refused.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is no such server.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// This process may not open that many connections.
    #[error(transparent)]
    Descriptors(#[from] TooFewDescriptors),
    /// The HTTP client could not be set up.
    #[error("cannot set up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// A thread's runtime could not be set up.
    #[error("cannot start a runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// Sends what the plan says and reports what came of every request.
///
/// It blocks until the last answer, and may be called from any thread that is not a runtime's own.
/// The process's limit of open files is raised as far as it goes.
///
/// # Errors
/// When nothing could be sent: the plan is refused, the server is not reached, or the process may
/// not open so many connections.
pub fn run(plan: &Plan, live: &Arc<Live>) -> Result<Report, RunError> {
    plan.check()?;
    let url = server::parse_url(&plan.url).map_err(PlanError::from)?;
    descriptors::reserve(plan.concurrency)?;
    let address = server::reach(&url, plan.timeout)?;

    // More connections than requests would stay unused.
    let count = plan.concurrency.min(plan.requests.unwrap_or(u64::MAX));
    let connections = (0..count)
        .map(|_| Connection::new(plan, url.clone(), address))
        .collect::<Result<Vec<_>, _>>()?;
    let cores = spread(connections)
        .into_iter()
        .map(|connections| Ok((runtime()?, connections)))
        .collect::<std::io::Result<Vec<_>>>()?;

    let start = Instant::now();
    live.start(start);
    let schedule = Arc::new(Schedule::new(plan.requests.unwrap_or(u64::MAX), plan.pacer()?, start));
    let (done, tallies) = mpsc::channel();
    let (tally, due) = thread::scope(|scope| {
        for (runtime, connections) in cores {
            let (schedule, live, done) = (schedule.clone(), live.clone(), done.clone());
            scope.spawn(move || {
                // The conductor waits for every core; it cannot have gone.
                let _ = done.send(runtime.block_on(drive(connections, schedule, live)));
            });
        }
        drop(done);
        let deadline = plan.duration.and_then(|duration| start.checked_add(duration));
        conduct(&schedule, live, &tallies, deadline)
    });
    Ok(Report::new(plan, &tally, start, due, live.is_stopped()))
}

/// Deals the connections out to the cores, as evenly as they go.
fn spread(connections: Vec<Connection>) -> Vec<Vec<Connection>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut spread: Vec<Vec<Connection>> = Vec::new();
    spread.resize_with(cores.min(connections.len()), Vec::new);
    for (n, connection) in connections.into_iter().enumerate() {
        spread[n % cores].push(connection);
    }
    spread
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Releases the slots of an open loop as they fall due, ends the run when it is to end, and adds
/// up what the cores have measured. Returns that, and how many slots fell due.
///
/// The wait is a thread's own, which is late by 0.05 to 0.1 ms; tokio's timers would be late by
/// 1 ms and more, and spinning to do better would take a core from what is measured.
fn conduct(
    schedule: &Schedule,
    live: &Live,
    tallies: &Receiver<Tally>,
    mut deadline: Option<Instant>,
) -> (Tally, u64) {
    let mut total = Tally::new();
    let mut due = 0;
    loop {
        let left =
            deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        if live.is_stopped() || left.is_zero() {
            schedule.stop();
            deadline = None;
        }
        let wait = schedule.release(&mut due).min(left).min(TICK);
        match tallies.recv_timeout(wait) {
            Ok(tally) => total.add(&tally),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return (total, due),
        }
    }
}

/// One core's share: each connection sends one request after another until no slot is left.
async fn drive(connections: Vec<Connection>, schedule: Arc<Schedule>, live: Arc<Live>) -> Tally {
    // Only this core's tasks touch it, and never two at a time: the lock is always free.
    let tally = Arc::new(Mutex::new(Tally::new()));
    let mut tasks = JoinSet::new();
    for connection in connections {
        let (schedule, live, tally) = (schedule.clone(), live.clone(), tally.clone());
        tasks.spawn(async move {
            while !live.is_stopped()
                && let Some(slot) = schedule.take().await
            {
                send(&connection, slot, &live, &tally).await;
                // The connection's own task goes first: it puts the connection back into the
                // client's pool, or closes it. Asked before that, the client would open a second.
                tokio::task::yield_now().await;
            }
        });
    }
    tasks.join_all().await;
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *tally, Tally::new())
}

async fn send(connection: &Connection, slot: Slot, live: &Live, tally: &Mutex<Tally>) {
    let sent = Instant::now();
    let result = connection.exchange(slot.number).await;
    let done = Instant::now();
    let outcome = match &result {
        Ok(answer) => answer.outcome,
        Err(error) => Outcome::of_error(error),
    };
    let nth = live.record(outcome);
    let times = Times { due: slot.due, sent, done };
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    tally.record(outcome, &times, nth);
    // The other causes say all there is to say.
    if tally.example.is_none()
        && let Outcome::Error(Cause::Status | Cause::Body | Cause::Other, _) = outcome
    {
        tally.example = Some(result.map_or_else(|error| words(&error), |answer| answer.words()));
    }
}

/// An error's innermost words, which say most.
fn words(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
