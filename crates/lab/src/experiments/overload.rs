//! Overload for some seconds: the jobs done in time, and the age of jobs when they are done.

use super::Failure;
use super::documented::with_lags;
use super::figure::{Figure, Unit};
use super::machine::{Lags, Machine};
use super::trial::Trial;
use harness::log;
use load::statistics;
use load::{Plan, Timings};
use model::{EventKind, Load, Placement, arrival, jobs, simulate};
use std::thread;
use std::time::{Duration, SystemTime};

/// The work of a job: 100 jobs take half a second, so a queue of 100 keeps the objective.
const WORK: Duration = Duration::from_millis(5);
/// The age up to which a job is done in time, in seconds.
const IN_TIME: f64 = 1.0;
/// The duration of the load, in seconds.
const DURATION_S: f64 = 4.0;
/// The loads, as multiples of the capacity.
const FACTORS: [f64; 8] = [0.2, 0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0];
/// The loads that are judged: below capacity, above, and far above.
const JUDGED: [f64; 3] = [0.5, 2.0, 5.0];

/// The kinds of queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Queue {
    /// Rejects events when it is full.
    Bounded,
    /// Accepts every event.
    Unbounded,
    /// Lets clients wait when it is full.
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

    /// Returns the capacity for the model, where waiting clients are part of an unbounded queue.
    fn bound(self) -> Option<u64> {
        (self == Self::Bounded).then_some(100)
    }
}

/// The ages of jobs when they are done.
struct Ages {
    /// The jobs done in time, per second.
    in_time: f64,
    /// The median age, in seconds.
    median: f64,
}

impl Ages {
    fn new(ages: &[f64]) -> Self {
        let in_time = ages.iter().filter(|age| **age <= IN_TIME).count() as f64 / DURATION_S;
        Self { in_time, median: statistics::median(ages).unwrap_or(f64::NAN) }
    }
}

/// Returns the jobs a second that one worker can do on this machine.
fn capacity(lags: Lags) -> f64 {
    1.0 / (WORK + lags.timer()).as_secs_f64()
}

/// Predicts the ages of jobs that are done within a second of the load's end.
fn predict_ages(lags: Lags, queue: Queue, factor: f64) -> Ages {
    let server = model::Server {
        workers: 1,
        queue: queue.bound(),
        work: WORK,
        hold: Duration::ZERO,
        ..model::Server::default()
    };
    let rate = capacity(lags) * factor;
    let load = Load { rate, requests: (rate * DURATION_S) as u64, ..Load::default() };
    let server = with_lags(lags, server);
    let mut ages = Vec::new();
    simulate(server.shape(), jobs(&server, &load, Placement::InTurn), |event| {
        let at = event.at as f64 / 1e9;
        if matches!(event.kind, EventKind::Done { .. }) && at <= DURATION_S + IN_TIME {
            ages.push(at - arrival(event.job, rate) as f64 / 1e9);
        }
    });
    Ages::new(&ages)
}

/// Returns the figures of `overload`.
pub fn figures(machine: &Machine) -> Vec<Figure> {
    let mut figures = Vec::new();
    for queue in QUEUES {
        for factor in JUDGED {
            let what = format!("{}, {factor} × capacity: in time", queue.words());
            let id = format!("in_time_{}_{factor}", queue.name());
            let Ages { in_time, .. } = predict_ages(machine.lags, queue, factor);
            figures.push(Figure::new(id, what, Unit::PerSecond).near(in_time));
        }
        let what = format!("{}, 5 × capacity: median age of a job done", queue.words());
        let Ages { median, .. } = predict_ages(machine.lags, queue, 5.0);
        figures
            .push(Figure::new(format!("age_{}", queue.name()), what, Unit::Seconds).near(median));
    }
    figures[6].question =
        Some("No bound, 5 times too much for 4 s: jobs a second done in time?".into());
    figures
}

/// Sends every load to every kind of queue.
pub fn measure(trial: &mut Trial<'_>) -> Result<(), Failure> {
    // The capacity is the one that the predictions are made with.
    let lags = trial.machine.lags;
    for queue in QUEUES {
        let (mut in_time, mut age, mut model) = (Vec::new(), Vec::new(), Vec::new());
        for factor in FACTORS {
            let ages = send_load(trial, lags, queue, factor)?;
            if JUDGED.contains(&factor) {
                trial.record(format!("in_time_{}_{factor}", queue.name()), ages.in_time);
            }
            if factor == 5.0 {
                trial.record(format!("age_{}", queue.name()), ages.median);
            }
            in_time.push([factor, ages.in_time]);
            age.push([factor, ages.median]);
            model.push([factor, predict_ages(lags, queue, factor).in_time]);
        }
        trial.record_series(format!("in_time_{}", queue.name()), in_time);
        trial.record_series(format!("age_{}", queue.name()), age);
        trial.record_series(format!("model_{}", queue.name()), model);
    }
    Ok(())
}

/// Sends a load and reads the ages from the log. Every event has a user of its own, which tells
/// when it was due.
fn send_load(
    trial: &mut Trial<'_>,
    lags: Lags,
    queue: Queue,
    factor: f64,
) -> Result<Ages, Failure> {
    let rate = (capacity(lags) * factor * 10.0).round() / 10.0;
    let server =
        trial.start_logged(5, &format!("--work {}ms {}", WORK.as_millis(), queue.flags()))?;
    let mut plan = open_loop(rate, DURATION_S);
    plan.events.users = 1_000_000;
    let mut begin = None;
    let report = trial.load_with(&server, plan, |live| {
        let elapsed = live.elapsed().unwrap_or_default();
        begin.get_or_insert_with(|| SystemTime::now() - elapsed);
    })?;
    if queue != Queue::Waiting {
        trial.check_schedule(&report);
    }
    let begin = begin.ok_or("the load ended before its progress was observed")?;
    let begin = begin.duration_since(SystemTime::UNIX_EPOCH)?.as_secs_f64();
    // Jobs that are not done by then are late.
    let over = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(begin + DURATION_S + IN_TIME + 0.1);
    while let Ok(left) = over.duration_since(SystemTime::now()) {
        trial.show(&format!("{}, {factor} × capacity: waiting for jobs in time", queue.words()));
        thread::sleep(left.min(Duration::from_millis(50)));
    }
    let ages = log::jobs(&server.stderr()).into_iter().filter_map(|job| {
        let number: f64 = job.user.strip_prefix("user")?.parse().ok()?;
        let done = job.done - begin;
        (done <= DURATION_S + IN_TIME).then_some(done - number / rate)
    });
    Ok(Ages::new(&ages.collect::<Vec<_>>()))
}

/// Returns the plan of an open loop.
fn open_loop(rate: f64, seconds: f64) -> Plan {
    let duration = Some(Duration::from_secs_f64(seconds));
    Plan { requests: None, duration, rate: Some(rate), ..Plan::default() }
}

/// The load of `hidden-queue`, as a multiple of the capacity.
pub const HIDDEN_FACTOR: f64 = 1.5;
/// Its duration, in seconds.
pub const HIDDEN_DURATION_S: f64 = 6.0;
/// The width of a cell in the heat map, in seconds.
pub const CELL_S: f64 = 0.25;
/// The height of a cell in the heat map, in milliseconds of latency.
pub const CELL_MS: f64 = 100.0;

/// Returns the figures of `hidden-queue`.
pub fn hidden_figures(machine: &Machine) -> Vec<Figure> {
    let capacity = capacity(machine.lags);
    // The surplus, less the jobs in the queue and the worker.
    let last = ((HIDDEN_FACTOR - 1.0) * HIDDEN_DURATION_S - 101.0 / capacity) * 1e3;
    vec![
        Figure::new("first", "latency in the first second, at most", Unit::Milliseconds)
            .at_most(100.0),
        Figure::new("last", "latency at the end of 6 s", Unit::Milliseconds).near(last).question(
            "1.5 times too much for 6 s, a queue of 100: how many ms does the last wait?",
        ),
        Figure::new("rejected", "rejected", Unit::Count).exactly(0.0),
    ]
}

/// Predicts the latency of an answer at this time, both in seconds.
pub fn predict_hidden_latency(lags: Lags, answered: f64) -> f64 {
    // A request is accepted when all before it are done, except those in the queue and the worker.
    let sent = (answered + 101.0 / capacity(lags)) / HIDDEN_FACTOR;
    (answered - sent).max(0.0)
}

/// Sends a load slightly above capacity and records the latency over time.
pub fn measure_hidden(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let rate = (capacity(trial.machine.lags) * HIDDEN_FACTOR).round();
    let server =
        trial.start(&format!("--work {}ms {}", WORK.as_millis(), Queue::Waiting.flags()))?;
    let plan = Plan { concurrency: 1000, ..open_loop(rate, HIDDEN_DURATION_S) };
    let mut seen: Option<Timings> = None;
    let mut first_ms = f64::NAN;
    let mut cells: Vec<[f64; 3]> = Vec::new();
    let report = trial.load_with(&server, plan, |live| {
        let (Some(elapsed), Some(now)) = (live.elapsed(), live.accepted_timings()) else { return };
        let at = (elapsed.as_secs_f64() / CELL_S).floor() * CELL_S;
        let mut since = now.response.clone();
        if let Some(seen) = &seen {
            // Both histograms have the same range and precision, so this cannot fail.
            let _ = since.subtract(&seen.response);
        }
        if elapsed.as_secs_f64() < 1.0 {
            first_ms = first_ms.max(since.max() as f64 / 1e3);
        }
        for step in since.iter_recorded() {
            let ms = step.value_iterated_to() as f64 / 1e3;
            let corner = [at, (ms / CELL_MS).floor() * CELL_MS];
            let count = step.count_at_value() as f64;
            match cells.iter_mut().find(|cell| cell[..2] == corner) {
                Some(cell) => cell[2] += count,
                None => cells.push([corner[0], corner[1], count]),
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
