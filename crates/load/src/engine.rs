//! Runs a plan: one thread with its own current-thread runtime a core, the connections spread over
//! them, and the calling thread as conductor, which releases what is due and ends the run.

use super::live::Live;
use super::machine::CpuWatch;
use super::plan::{Engine, Plan, PlanError};
use super::report::{Course, Report};
use super::schedule::Schedule;
use super::tally::Tally;
use super::transport::{Connects, Failure, Hyper, Open, Reqwest, Target, Transport};
use super::worker::{Shared, Worker};
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
    Client(Failure),
    /// A thread's runtime could not be set up.
    #[error("cannot start a runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// One core's work, ready to be begun.
struct Core<T> {
    runtime: Runtime,
    workers: Vec<Worker<T>>,
    // Only this core's tasks touch it, and a person who looks on: the lock is nearly always free.
    tally: Arc<Mutex<Tally>>,
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
    let open = Arc::new(Open::default());
    let cores = cores::<T>(plan, target, &open)?;
    let tallies: Vec<_> = cores.iter().map(|core| core.tally.clone()).collect();

    let watch = CpuWatch::start();
    let start = Instant::now();
    live.start(start, &tallies);
    let schedule = Arc::new(Schedule::new(plan, plan.pacer()?, start));
    let shared = Arc::new(Shared::new(plan, schedule.clone(), live.clone()));
    let (running, all) = mpsc::channel();
    let (due, cut_at) = thread::scope(|scope| {
        for core in cores {
            let (shared, running) = (shared.clone(), running.clone());
            scope.spawn(move || {
                core.runtime.block_on(async {
                    tokio::select! {
                        () = drive(core.workers, shared.clone(), core.tally) => {}
                        () = aborted(&shared) => {}
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
        due,
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

/// Deals the connections out to the cores, as evenly as they go.
fn cores<T: Transport>(
    plan: &Plan,
    target: Target,
    open: &Arc<Open>,
) -> Result<Vec<Core<T>>, RunError> {
    // More connections than requests would stay unused, unless a warm-up uses them.
    let wanted = plan.requests.filter(|_| plan.warmup.is_zero()).unwrap_or(u64::MAX);
    let count = plan.concurrency.min(wanted);
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut dealt = Vec::new();
    for core in 0..cores.min(count) {
        let workers = (core..count).step_by(cores as usize).map(|nth| {
            let connects = Connects::new(open.clone());
            let transport = T::new(target.clone(), connects.clone()).map_err(RunError::Client)?;
            // A closed loop grows by connections; an open one by its rate.
            let ramp = if plan.rate.is_none() { plan.ramp } else { Duration::ZERO };
            let begins = ramp.mul_f64(nth as f64 / count as f64);
            Ok::<_, RunError>(Worker::new(transport, connects, begins))
        });
        dealt.push(Core {
            workers: workers.collect::<Result<_, _>>()?,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            tally: Arc::new(Mutex::new(Tally::new())),
        });
    }
    Ok(dealt)
}

/// Releases the slots of an open loop as they fall due, and ends the run when it is to end. Returns,
/// when all cores are done, how many events fell due behind the warm-up, and when it was ended, if it did not
/// end by itself.
///
/// The wait is a thread's own, which is late by 0.05 to 0.1 ms; tokio's timers would be late by
/// 1 ms and more, and spinning to do better would take a core from what is measured.
fn conduct(
    schedule: &Schedule,
    live: &Live,
    running: &Receiver<()>,
    mut deadline: Option<Instant>,
) -> (u64, Option<Instant>) {
    let mut released = 0;
    // Events fall due until the time at which the run was to end: this thread may be late.
    let mut ended = None;
    loop {
        let left =
            deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        if ended.is_none() && (live.is_ended() || left.is_zero()) {
            let now = Instant::now();
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

/// Waits until what is in flight is not to be waited for any more.
async fn aborted(shared: &Shared) {
    while !shared.is_aborted() {
        tokio::time::sleep(TICK).await;
    }
}

/// One core's share.
async fn drive<T: Transport>(
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
