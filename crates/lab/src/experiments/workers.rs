//! The activity of workers over time, from a stage's log and from the model.

use super::Failure;
use super::documented::with_lags;
use super::machine::Lags;
use super::results::Span;
use super::trial::Trial;
use harness::log;
use harness::server::Server;
use load::statistics;
use model::{EventKind, Load, Placement, jobs, simulate};
use std::thread;
use std::time::{Duration, Instant};

/// The window that is evaluated, in seconds. It begins when the queue for the lock has formed.
const FROM: f64 = 1.0;
const TO: f64 = 3.0;

/// The activity of sixteen workers.
#[derive(Debug, Default)]
pub struct Activity {
    /// The median time with the lock, in milliseconds.
    pub hold_ms: f64,
    /// The median wait for it, in milliseconds.
    pub wait_ms: f64,
    /// The share of the workers' time spent waiting for it, in percent.
    pub waiting_percent: f64,
    /// The activity of each worker, in seconds from the begin.
    pub spans: Vec<Span>,
}

/// Reads the activity from the log of a server that is always busy.
pub fn measure_activity(trial: &mut Trial<'_>, server: &Server) -> Result<Activity, Failure> {
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < TO + 0.3 {
        let done = server.stderr().matches(" done ").count();
        trial.show(&format!("{done} jobs done"));
        thread::sleep(Duration::from_millis(50));
    }
    let jobs = log::jobs(&server.stderr());
    let first = jobs.iter().map(|job| job.done).reduce(f64::min).ok_or("no job was done")?;
    // The first job was started 110 ms, a work and a hold, before it was done.
    let begin = first - 0.11;
    let mut spans = Vec::new();
    for worker in 0..16 {
        let mut free = 0.0;
        for job in jobs.iter().filter(|job| job.worker == Some(worker)) {
            let (Some(wait), Some(hold)) = (job.wait, job.hold) else {
                return Err("the log has no wait and hold".into());
            };
            let done = job.done - begin;
            let mut span = |what: &str, from: f64, to: f64| {
                spans.push(Span { worker, what: what.to_owned(), from, to });
            };
            span("work", free, done - hold - wait);
            span("wait", done - hold - wait, done - hold);
            span("hold", done - hold, done);
            free = done;
        }
    }
    Activity::new(spans)
}

impl Activity {
    fn new(spans: Vec<Span>) -> Result<Self, Failure> {
        let is_in_window = |span: &&Span| (FROM..TO).contains(&span.from);
        let median_ms = |what: &str| {
            let times = spans.iter().filter(is_in_window).filter(|span| span.what == what);
            let times: Vec<f64> = times.map(|span| (span.to - span.from) * 1e3).collect();
            statistics::median(&times).ok_or("no jobs in the window")
        };
        let (hold_ms, wait_ms) = (median_ms("hold")?, median_ms("wait")?);
        let all: f64 = spans.iter().filter(is_in_window).map(|span| span.to - span.from).sum();
        let waiting = spans.iter().filter(is_in_window).filter(|span| span.what == "wait");
        let waiting: f64 = waiting.map(|span| span.to - span.from).sum();
        let waiting_percent = waiting / all * 100.0;
        // The plot shows the first second.
        let spans = spans.into_iter().filter(|span| span.from < 1.5).collect();
        Ok(Self { hold_ms, wait_ms, waiting_percent, spans })
    }

    /// Predicts the activity of sixteen workers with 100 ms of work and a hold of 10 ms.
    pub fn predict(lags: Lags, shards: u32) -> Self {
        let server = with_lags(lags, model::Server { shards, queue: None, ..Default::default() });
        let load = Load { rate: 10_000.0, requests: 600, ..Load::default() };
        let mut since = [0; 16];
        let mut spans = Vec::new();
        let jobs = jobs(&server, &load, Placement::Drawn { seed: 0 });
        simulate(server.shape(), jobs, |event| {
            let (what, worker) = match event.kind {
                EventKind::Started { worker } => (None, worker),
                EventKind::LockRequested { worker } => (Some("work"), worker),
                EventKind::Locked { worker } => (Some("wait"), worker),
                EventKind::Done { worker } => (Some("hold"), worker),
                EventKind::Accepted | EventKind::Rejected => return,
            };
            let from = std::mem::replace(&mut since[worker as usize], event.at);
            let seconds = |at: u64| at as f64 / 1e9;
            if let Some(what) = what {
                let (from, to) = (seconds(from), seconds(event.at));
                spans.push(Span { worker, what: what.to_owned(), from, to });
            }
        });
        Self::new(spans).unwrap_or_default()
    }
}
