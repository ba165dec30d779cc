//! Runs a plan: one thread with a current-thread runtime for each core, connections spread over
//! them, and the calling thread, which releases due requests and ends the run.

use super::live::Live;
use super::machine::CpuWatch;
use super::plan::{Engine, Plan, PlanError};
use super::report::{Course, Report};
use super::rules::Outcomes;
use super::schedule::{Schedule, Slots};
use super::tally::Tally;
use super::transport::{Connects, Failure, LongBodies, OpenCount, Raw, Reqwest, Target, Transport};
use super::worker::{Link, Shared, Worker};
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
    descriptors::reserve(plan.concurrency.saturating_mul(plan.all_urls().count() as u64))?;
    let targets = plan.all_urls().map(|url| target(plan, url)).collect::<Result<Vec<_>, _>>()?;
    match plan.engine {
        Engine::Reqwest => run_with::<Reqwest>(plan, live, &targets),
        Engine::Raw => run_with::<Raw>(plan, live, &targets),
        Engine::Hyper => Err(PlanError::Hyper.into()),
    }
}

/// Resolves a URL and connects to it once.
fn target(plan: &Plan, url: &str) -> Result<Target, RunError> {
    let url = server::parse_target(url, plan.engine).map_err(PlanError::from)?;
    let address = server::reach(&url, plan.timeout)?;
    let request = &plan.request;
    Ok(Target {
        address,
        method: request.method.clone(),
        headers: request.all_headers(&url),
        url: request.url(&url),
        long_bodies: match plan.outcomes {
            Outcomes::Rules { .. } => LongBodies::Skip,
            Outcomes::Contract | Outcomes::Echo => LongBodies::Cut,
        },
    })
}

fn run_with<T: Transport>(
    plan: &Plan,
    live: &Arc<Live>,
    targets: &[Target],
) -> Result<Report, RunError> {
    let open = Arc::new(OpenCount::default());
    let cores = set_up_cores::<T>(plan, targets, &open)?;
    let tallies: Vec<_> = cores.iter().map(|core| core.tally.clone()).collect();

    let watch = CpuWatch::start();
    let start = Instant::now();
    live.start(start, &tallies, &open);
    let schedule = Arc::new(Schedule::new(plan, plan.arrivals()?, start));
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
    let mut total = Tally::new(targets.len());
    for tally in tallies {
        total.add(&tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
    Ok(Report::new(plan, total, &course))
}

/// Creates the connections and spreads them evenly over the cores.
fn set_up_cores<T: Transport>(
    plan: &Plan,
    targets: &[Target],
    open: &Arc<OpenCount>,
) -> Result<Vec<Core<T>>, RunError> {
    // Without a warm-up, more connections than requests would stay unused.
    let requests = plan.requests.filter(|_| plan.warmup.is_zero()).unwrap_or(u64::MAX);
    let count = plan.concurrency.min(requests);
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut result = Vec::new();
    for core in 0..cores.min(count) {
        let workers = (core..count).step_by(cores as usize).map(|nth| {
            let links = targets.iter().map(|target| {
                let connects = Connects::new(open.clone());
                let transport = T::new(target.clone(), connects.clone());
                Ok(Link { transport: transport.map_err(RunError::Client)?, connects })
            });
            let links = links.collect::<Result<_, RunError>>()?;
            // In a closed loop the ramp adds connections; in an open loop it raises the rate.
            let ramp = if plan.is_open() { Duration::ZERO } else { plan.ramp };
            let delay = ramp.mul_f64(nth as f64 / count as f64);
            Ok::<_, RunError>(Worker::new(links, delay))
        });
        result.push(Core {
            workers: workers.collect::<Result<_, _>>()?,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            tally: Arc::new(Mutex::new(Tally::new(targets.len()))),
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
    let mut slots = schedule.slots();
    let mut ended = None;
    let due_before =
        |slots: &Option<Slots>, at| slots.as_ref().map_or(0, |slots| slots.due_before(at));
    loop {
        let left =
            deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        if ended.is_none() && (live.is_ended() || left.is_zero()) {
            let now = Instant::now();
            // This thread may be late: count the events due before the deadline.
            let at = deadline.map_or(now, |at| at.min(now));
            schedule.stop();
            ended = Some((due_before(&slots, at), Some(at)));
            deadline = None;
        }
        let next = slots.as_mut().filter(|_| ended.is_none());
        let next = next.map_or(Duration::MAX, |slots| schedule.release(slots, deadline));
        let wait = next.min(left).min(TICK);
        if running.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
            return ended.unwrap_or_else(|| (due_before(&slots, Instant::now()), None));
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
