//! What workers do with their time, as the log of a stage tells it and as the model foresees it.

use super::Failure;
use super::documented::with;
use super::machine::Lags;
use super::results::Span;
use super::trial::Trial;
use harness::log;
use harness::server::Server;
use load::statistics;
use model::{Load, Placement, What, jobs, simulate};
use std::thread;
use std::time::{Duration, Instant};

/// The time that is looked at: from some way into the run, when the line before the lock has formed.
const FROM: f64 = 1.0;
const TO: f64 = 3.0;

/// What was seen.
#[derive(Debug, Default)]
pub struct Watched {
    /// Time with the lock, in milliseconds, at the median.
    pub hold_ms: f64,
    /// Time waiting for it.
    pub wait_ms: f64,
    /// The share of the workers' time in which they waited for it, in hundredths.
    pub waiting_percent: f64,
    /// What each of them did, in seconds from the beginning.
    pub spans: Vec<Span>,
}

/// Watches a server with a log at `debug` and never out of jobs.
pub fn watch(trial: &mut Trial<'_>, server: &Server) -> Result<Watched, Failure> {
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < TO + 0.3 {
        let done = server.stderr().matches(" done ").count();
        trial.show(&format!("{done} jobs done"));
        thread::sleep(Duration::from_millis(50));
    }
    let jobs = log::jobs(&server.stderr());
    let first = jobs.iter().map(|job| job.done).reduce(f64::min).ok_or("no job was done")?;
    // The first job was begun a work and a hold before it was done.
    let begin = first - 0.11;
    let mut spans = Vec::new();
    for worker in 0..16 {
        let mut free = 0.0;
        for job in jobs.iter().filter(|job| job.worker == Some(worker)) {
            let (Some(wait), Some(hold)) = (job.wait, job.hold) else {
                return Err("the log does not tell wait and hold".into());
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
    Watched::of(spans)
}

impl Watched {
    fn of(spans: Vec<Span>) -> Result<Self, Failure> {
        let seen = |span: &&Span| (FROM..TO).contains(&span.from);
        let median_ms = |what: &str| {
            let times = spans.iter().filter(seen).filter(|span| span.what == what);
            let times: Vec<f64> = times.map(|span| (span.to - span.from) * 1e3).collect();
            statistics::median(&times).ok_or("no jobs in the time that is looked at")
        };
        let (hold_ms, wait_ms) = (median_ms("hold")?, median_ms("wait")?);
        let all: f64 = spans.iter().filter(seen).map(|span| span.to - span.from).sum();
        let waiting = spans.iter().filter(seen).filter(|span| span.what == "wait");
        let waiting: f64 = waiting.map(|span| span.to - span.from).sum();
        let waiting_percent = waiting / all * 100.0;
        // A picture of more than the first second and a half is no clearer.
        let spans = spans.into_iter().filter(|span| span.from < 1.5).collect();
        Ok(Self { hold_ms, wait_ms, waiting_percent, spans })
    }

    /// What the model foresees of sixteen workers, 100 ms of work and a hold of 10 ms.
    pub fn foreseen(lags: Lags, shards: u32) -> Self {
        let server = with(lags, model::Server { shards, queue: None, ..Default::default() });
        let load = Load { rate: 10_000.0, requests: 600, ..Load::default() };
        let mut since = [0; 16];
        let mut spans = Vec::new();
        let jobs = jobs(&server, &load, Placement::Drawn { seed: 0 });
        simulate(server.shape(), jobs, |event| {
            let (what, worker) = match event.what {
                What::Started { worker } => (None, worker),
                What::Asked { worker } => (Some("work"), worker),
                What::Locked { worker } => (Some("wait"), worker),
                What::Done { worker } => (Some("hold"), worker),
                What::Accepted | What::Rejected => return,
            };
            let from = std::mem::replace(&mut since[worker as usize], event.at);
            let seconds = |at: u64| at as f64 / 1e9;
            if let Some(what) = what {
                let (from, to) = (seconds(from), seconds(event.at));
                spans.push(Span { worker, what: what.to_owned(), from, to });
            }
        });
        Self::of(spans).unwrap_or_default()
    }
}
