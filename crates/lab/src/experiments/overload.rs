//! More than a server can do, for some seconds: how many jobs are done in time, and how old a job is
//! when it is done.

use super::Failure;
use super::documented::with;
use super::figure::{Figure, Unit};
use super::machine::{Lags, Machine};
use super::trial::Trial;
use harness::log;
use load::statistics;
use load::{Plan, Timings};
use model::{Load, Placement, What, arrival, jobs, simulate};
use std::thread;
use std::time::{Duration, SystemTime};

/// One job's work. 100 of them are half a second's, so that a queue of 100 keeps the objective.
const WORK: Duration = Duration::from_millis(5);
/// A job that is done later is of no use.
const IN_TIME: f64 = 1.0;
/// How long the load lasts, in seconds.
const LASTS: f64 = 4.0;
/// The load, in capacities.
const FACTORS: [f64; 8] = [0.2, 0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0];
/// Those that are judged: under load, over it, and far over it.
const JUDGED: [f64; 3] = [0.5, 2.0, 5.0];

/// What becomes of what does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Queue {
    Bounded,
    Unbounded,
    Waiting,
}

const QUEUES: [Queue; 3] = [Queue::Bounded, Queue::Unbounded, Queue::Waiting];

impl Queue {
    fn name(self) -> &'static str {
        match self {
            Self::Bounded => "bounded",
            Self::Unbounded => "unbounded",
            Self::Waiting => "waiting",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Bounded => "a queue of 100",
            Self::Unbounded => "no bound",
            Self::Waiting => "clients wait",
        }
    }

    fn flags(self) -> &'static str {
        match self {
            Self::Bounded => "--queue 100",
            Self::Unbounded => "--queue unbounded",
            Self::Waiting => "--queue 100 --when-full wait",
        }
    }

    /// Clients that wait are a queue without a bound; it only stands elsewhere.
    fn bound(self) -> Option<u64> {
        (self == Self::Bounded).then_some(100)
    }
}

/// How old jobs were when they were done, in seconds, and how many of them were in time a second.
struct Ages {
    in_time: f64,
    median: f64,
}

impl Ages {
    fn of(ages: &[f64]) -> Self {
        let in_time = ages.iter().filter(|age| **age <= IN_TIME).count() as f64 / LASTS;
        Self { in_time, median: statistics::median(ages).unwrap_or(f64::NAN) }
    }
}

/// Jobs a second that one worker can do here.
fn capacity(lags: Lags) -> f64 {
    1.0 / (WORK + lags.timer()).as_secs_f64()
}

/// What the model says: ages of the jobs that are done no later than a second after the load's end.
fn foreseen(lags: Lags, queue: Queue, factor: f64) -> Ages {
    let server = model::Server {
        workers: 1,
        queue: queue.bound(),
        work: WORK,
        hold: Duration::ZERO,
        ..model::Server::default()
    };
    let rate = capacity(lags) * factor;
    let load = Load { rate, requests: (rate * LASTS) as u64, ..Load::default() };
    let server = with(lags, server);
    let mut ages = Vec::new();
    simulate(server.shape(), jobs(&server, &load, Placement::InTurn), |event| {
        let at = event.at as f64 / 1e9;
        if matches!(event.what, What::Done { .. }) && at <= LASTS + IN_TIME {
            ages.push(at - arrival(event.job, rate) as f64 / 1e9);
        }
    });
    Ages::of(&ages)
}

/// The figures of `overload`.
pub fn figures(machine: &Machine) -> Vec<Figure> {
    let mut figures = Vec::new();
    for queue in QUEUES {
        for factor in JUDGED {
            let what = format!("{}, {factor} × capacity: in time", queue.words());
            let id = format!("in_time_{}_{factor}", queue.name());
            let Ages { in_time, .. } = foreseen(machine.lags, queue, factor);
            figures.push(Figure::new(id, what, Unit::PerSecond).near(in_time));
        }
        let what = format!("{}, 5 × capacity: median age of a job done", queue.words());
        let Ages { median, .. } = foreseen(machine.lags, queue, 5.0);
        figures
            .push(Figure::new(format!("age_{}", queue.name()), what, Unit::Seconds).near(median));
    }
    figures[6].question =
        Some("No bound, 5 times too much for 4 s: jobs a second done in time?".into());
    figures
}

/// Offers every load to every queue.
pub fn measure(trial: &mut Trial<'_>) -> Result<(), Failure> {
    // The load is in capacities of this machine, as they were predicted.
    let lags = trial.machine.lags;
    for queue in QUEUES {
        let (mut in_time, mut age, mut model) = (Vec::new(), Vec::new(), Vec::new());
        for factor in FACTORS {
            let ages = offer(trial, lags, queue, factor)?;
            if JUDGED.contains(&factor) {
                trial.record(format!("in_time_{}_{factor}", queue.name()), ages.in_time);
            }
            if factor == 5.0 {
                trial.record(format!("age_{}", queue.name()), ages.median);
            }
            in_time.push([factor, ages.in_time]);
            age.push([factor, ages.median]);
            model.push([factor, foreseen(lags, queue, factor).in_time]);
        }
        trial.record_series(format!("in_time_{}", queue.name()), in_time);
        trial.record_series(format!("age_{}", queue.name()), age);
        trial.record_series(format!("model_{}", queue.name()), model);
    }
    Ok(())
}

/// Every event has a user of its own, so that the log says which job it was, and with it when it was due.
fn offer(trial: &mut Trial<'_>, lags: Lags, queue: Queue, factor: f64) -> Result<Ages, Failure> {
    let rate = (capacity(lags) * factor * 10.0).round() / 10.0;
    let server =
        trial.start_logged(5, &format!("--work {}ms {}", WORK.as_millis(), queue.flags()))?;
    let mut plan = open(rate, LASTS);
    plan.events.users = 1_000_000;
    let mut begin = None;
    let report = trial.load_with(&server, plan, |live| {
        let elapsed = live.elapsed().unwrap_or_default();
        begin.get_or_insert_with(|| SystemTime::now() - elapsed);
    })?;
    if queue != Queue::Waiting {
        trial.check_schedule(&report);
    }
    let begin = begin.ok_or("the load was over before it was seen")?;
    let begin = begin.duration_since(SystemTime::UNIX_EPOCH)?.as_secs_f64();
    // What is not done now is too late.
    let over = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(begin + LASTS + IN_TIME + 0.1);
    while let Ok(left) = over.duration_since(SystemTime::now()) {
        trial.show(&format!("{}, {factor} × capacity: is anything done in time?", queue.words()));
        thread::sleep(left.min(Duration::from_millis(50)));
    }
    let ages = log::jobs(&server.stderr()).into_iter().filter_map(|job| {
        let number: f64 = job.user.strip_prefix("user")?.parse().ok()?;
        let done = job.done - begin;
        (done <= LASTS + IN_TIME).then_some(done - number / rate)
    });
    Ok(Ages::of(&ages.collect::<Vec<_>>()))
}

/// As many as are due in so many seconds.
fn open(rate: f64, seconds: f64) -> Plan {
    let duration = Some(Duration::from_secs_f64(seconds));
    Plan { requests: None, duration, rate: Some(rate), ..Plan::default() }
}

/// The load of `hidden-queue`, in capacities.
pub const HIDDEN_FACTOR: f64 = 1.5;
/// How long it lasts, in seconds.
pub const HIDDEN_LASTS: f64 = 6.0;
/// A cell of the picture: this long, in seconds, and this much latency, in milliseconds.
pub const CELL_S: f64 = 0.25;
/// See [`CELL_S`].
pub const CELL_MS: f64 = 100.0;

/// The figures of `hidden-queue`.
pub fn hidden_figures(machine: &Machine) -> Vec<Figure> {
    let capacity = capacity(machine.lags);
    // What is too much, less what the queue and the worker took.
    let last = ((HIDDEN_FACTOR - 1.0) * HIDDEN_LASTS - 101.0 / capacity) * 1e3;
    vec![
        Figure::new("first", "latency in the first second, at most", Unit::Milliseconds)
            .at_most(100.0),
        Figure::new("last", "latency at the end of 6 s", Unit::Milliseconds).near(last).question(
            "1.5 times too much for 6 s, a queue of 100: how many ms does the last wait?",
        ),
        Figure::new("rejected", "rejected", Unit::Count).exactly(0.0),
    ]
}

/// What the argument above says of an answer at this time, in seconds: how long its request has waited.
pub fn hidden_latency(lags: Lags, answered: f64) -> f64 {
    // A request is taken when all that were sent before it are done but those in queue and worker.
    let sent = (answered + 101.0 / capacity(lags)) / HIDDEN_FACTOR;
    (answered - sent).max(0.0)
}

/// Sends a little too much and looks at the latency as it goes.
pub fn measure_hidden(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let rate = (capacity(trial.machine.lags) * HIDDEN_FACTOR).round();
    let server =
        trial.start(&format!("--work {}ms {}", WORK.as_millis(), Queue::Waiting.flags()))?;
    let plan = Plan { concurrency: 1000, ..open(rate, HIDDEN_LASTS) };
    let mut seen: Option<Timings> = None;
    let mut first_ms = f64::NAN;
    let mut cells: Vec<[f64; 3]> = Vec::new();
    let report = trial.load_with(&server, plan, |live| {
        let (Some(elapsed), Some(now)) = (live.elapsed(), live.accepted_timings()) else { return };
        let at = (elapsed.as_secs_f64() / CELL_S).floor() * CELL_S;
        let mut since = now.response.clone();
        if let Some(seen) = &seen {
            // Both are of the same shape, so this cannot fail.
            let _ = since.subtract(&seen.response);
        }
        if elapsed.as_secs_f64() < 1.0 {
            first_ms = first_ms.max(since.max() as f64 / 1e3);
        }
        for step in since.iter_recorded() {
            let ms = step.value_iterated_to() as f64 / 1e3;
            let place = [at, (ms / CELL_MS).floor() * CELL_MS];
            let count = step.count_at_value() as f64;
            match cells.iter_mut().find(|cell| cell[..2] == place) {
                Some(cell) => cell[2] += count,
                None => cells.push([place[0], place[1], count]),
            }
        }
        seen = Some(now);
    })?;
    trial.record("first", first_ms);
    trial.record("last", report.latency_ms.accepted.map_or(f64::NAN, |latency| latency.max));
    trial.record_count("rejected", report.rejected);
    trial.record_cells("latency", cells);
    Ok(())
}
