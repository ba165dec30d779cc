//! Runs a plan: one thread with a current-thread runtime for each core, connections spread over
//! them, and the calling thread, which releases due requests and ends the run.

use super::live::Live;
use super::machine::CpuWatch;
use super::plan::{Engine, Plan, PlanError};
use super::report::{Course, Report};
use super::schedule::Schedule;
use super::tally::Tally;
use super::transport::{Connects, Failure, Hyper, OpenCount, Reqwest, Target, Transport};
use super::worker::{Shared, Worker};
use crate::descriptors::{self, TooFewDescriptors};
use crate::server::{self, Unreachable};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// The interval at which a stop is checked for.
const TICK: Duration = Duration::from_millis(20);

/// Errors before the first request is sent.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan is invalid.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The server cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// This process may not open that many connections.
    #[error(transparent)]
    Descriptors(#[from] TooFewDescriptors),
    /// The HTTP client could not be set up.
    #[error("cannot set up the HTTP client: {0}")]
    Client(Failure),
    /// A thread's runtime could not be set up.
    #[error("cannot start a runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// The workers of one core.
struct Core<T> {
    runtime: Runtime,
    workers: Vec<Worker<T>>,
    // Locked by the tasks of this core and by `Live`, so hardly ever contended.
    tally: Arc<Mutex<Tally>>,
}

/// Sends the requests of a plan and reports the outcome of each.
///
/// Blocks until the last answer; must not be called from within a runtime. Raises the process's
/// limit of open files to its maximum.
///
/// # Errors
/// When nothing could be sent: the plan is invalid, the server cannot be reached, or the process
/// may not open that many connections.
pub fn run(plan: &Plan, live: &Arc<Live>) -> Result<Report, RunError> {
    plan.check()?;
    let url = server::parse_url(&plan.url).map_err(PlanError::from)?;
    descriptors::reserve(plan.concurrency)?;
    let address = server::reach(&url, plan.timeout)?;
    let target = Target { url, address };
    match plan.engine {
        Engine::Reqwest => run_with::<Reqwest>(plan, live, target),
        Engine::Hyper => run_with::<Hyper>(plan, live, target),
    }
}

fn run_with<T: Transport>(
    plan: &Plan,
    live: &Arc<Live>,
    target: Target,
) -> Result<Report, RunError> {
    let open = Arc::new(OpenCount::default());
    let cores = set_up_cores::<T>(plan, target, &open)?;
    let tallies: Vec<_> = cores.iter().map(|core| core.tally.clone()).collect();

    let watch = CpuWatch::start();
    let start = Instant::now();
    live.start(start, &tallies);
    let schedule = Arc::new(Schedule::new(plan, plan.pacer()?, start));
    let shared = Arc::new(Shared::new(plan, schedule.clone(), live.clone()));
    let (running, all) = mpsc::channel();
    let (due_events, cut_at) = thread::scope(|scope| {
        for core in cores {
            let (shared, running) = (shared.clone(), running.clone());
            scope.spawn(move || {
                core.runtime.block_on(async {
                    tokio::select! {
                        () = run_workers(core.workers, shared.clone(), core.tally) => {}
                        () = wait_for_abort(&shared) => {}
                    }
                });
                drop(running);
            });
        }
        drop(running);
        let measured_from = schedule.measured_from();
        let deadline = plan.duration.and_then(|duration| measured_from.checked_add(duration));
        conduct(&schedule, live, &all, deadline)
    });
    let course = Course {
        measured_from: schedule.measured_from(),
        due_events,
        cut_at,
        peak_connections: open.peak(),
        interrupted: live.is_stopped(),
        gave_up: live.has_given_up(),
        client_cpu: watch.client(),
        machine_share: watch.machine_share(),
        throttled_share: watch.throttled_share(),
    };
    let mut total = Tally::new();
    for tally in tallies {
        total.add(&tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
    Ok(Report::new(plan, total, &course))
}

/// Creates the connections and spreads them evenly over the cores.
fn set_up_cores<T: Transport>(
    plan: &Plan,
    target: Target,
    open: &Arc<OpenCount>,
) -> Result<Vec<Core<T>>, RunError> {
    // Without a warm-up, more connections than requests would stay unused.
    let requests = plan.requests.filter(|_| plan.warmup.is_zero()).unwrap_or(u64::MAX);
    let count = plan.concurrency.min(requests);
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut result = Vec::new();
    for core in 0..cores.min(count) {
        let workers = (core..count).step_by(cores as usize).map(|nth| {
            let connects = Connects::new(open.clone());
            let transport = T::new(target.clone(), connects.clone()).map_err(RunError::Client)?;
            // In a closed loop the ramp adds connections; in an open loop it raises the rate.
            let ramp = if plan.rate.is_none() { plan.ramp } else { Duration::ZERO };
            let delay = ramp.mul_f64(nth as f64 / count as f64);
            Ok::<_, RunError>(Worker::new(transport, connects, delay))
        });
        result.push(Core {
            workers: workers.collect::<Result<_, _>>()?,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            tally: Arc::new(Mutex::new(Tally::new())),
        });
    }
    Ok(result)
}

/// Releases the slots of an open loop at their due times, and ends the run at its deadline or on a
/// stop. Returns when all cores are done: the number of events due after the warm-up, and the time
/// at which the run was ended, if it was.
///
/// Waits with a thread's timeout, which is late by 0.05 to 0.1 ms. A tokio timer would be late by 1
/// ms or more, and spinning would take a core from the run.
fn conduct(
    schedule: &Schedule,
    live: &Live,
    running: &Receiver<()>,
    mut deadline: Option<Instant>,
) -> (u64, Option<Instant>) {
    let mut released = 0;
    let mut ended = None;
    loop {
        let left =
            deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        if ended.is_none() && (live.is_ended() || left.is_zero()) {
            let now = Instant::now();
            // This thread may be late: count the events due before the deadline.
            let at = deadline.map_or(now, |at| at.min(now));
            ended = Some((schedule.due_before(at), Some(at)));
            schedule.stop();
            deadline = None;
        }
        let wait = schedule.release(&mut released, deadline).min(left).min(TICK);
        if running.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
            return ended.unwrap_or_else(|| (schedule.due_before(Instant::now()), None));
        }
    }
}

/// Waits until the run is aborted.
async fn wait_for_abort(shared: &Shared) {
    while !shared.is_aborted() {
        tokio::time::sleep(TICK).await;
    }
}

/// Runs the workers of one core to their end.
async fn run_workers<T: Transport>(
    workers: Vec<Worker<T>>,
    shared: Arc<Shared>,
    tally: Arc<Mutex<Tally>>,
) {
    let mut tasks = JoinSet::new();
    for worker in workers {
        tasks.spawn(worker.work(shared.clone(), tally.clone()));
    }
    tasks.join_all().await;
}
