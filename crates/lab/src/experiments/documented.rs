//! The two documented runs: their parameters, as flags, as a load and for the model; and the experiment of
//! either, as it was and ten times slower.

use super::Failure;
use super::figure::{Figure, Unit};
use super::machine::Lags;
use super::trial::Trial;
use load::Plan;
use load::statistics;
use model::{
    Load, Placement, Prediction, Server, What, accepted_without_lock, jobs, predict, simulate,
};
use std::time::{Duration, Instant};

/// Everything that the documented runs of stages 7 and 8 differ in, beside the lock.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// The stage that they belong to.
    pub stage: u8,
    /// What was accepted, as documented.
    pub accepted: u64,
    queue: u64,
    work_ms: u32,
    hold_ms: u32,
    /// Requests a second, as the client of that time sent them.
    pub rate: f64,
}

/// Stage 7's.
pub const SEVENTH: Parameters =
    Parameters { stage: 7, accepted: 138, queue: 100, work_ms: 100, hold_ms: 10, rate: 12_937.0 };
/// Stage 8's.
pub const EIGHTH: Parameters =
    Parameters { stage: 8, accepted: 1536, queue: 1000, work_ms: 10, hold_ms: 1, rate: 10_799.0 };

/// With every time so much longer and the rate so much lower the counts are the same, and lags are so
/// much smaller beside them.
pub const SCALE: u32 = 10;
/// Locks: one, or as many as stage 8 has.
pub const SHARDS: [u32; 2] = [1, 64];
/// A map's hasher is random, so where users share a lock is drawn so often.
const DRAWS: u64 = 31;

impl Parameters {
    /// The stage's flags.
    pub fn flags(&self, scale: u32) -> String {
        let (work, hold) = (self.work_ms * scale, self.hold_ms * scale);
        format!("--workers 16 --queue {} --work {work}ms --hold {hold}ms", self.queue)
    }

    /// The same in words.
    pub fn words(&self, scale: u32) -> String {
        let (work, hold) = (self.work_ms * scale, self.hold_ms * scale);
        format!("16 workers, queue {}, work {work} ms, hold {hold} ms", self.queue)
    }

    /// The client's plan: 5,000 events of ten users, when they are due.
    pub fn plan(&self, scale: u32) -> Plan {
        Plan { rate: Some(self.rate / f64::from(scale)), ..Plan::default() }
    }

    /// The same load, for the model.
    pub fn load(&self, scale: u32) -> Load {
        Load { rate: self.rate / f64::from(scale), ..Load::default() }
    }

    /// The same server, for the model.
    pub fn server(&self, scale: u32, shards: u32) -> Server {
        let time = |ms| Duration::from_millis(u64::from(ms * scale));
        Server {
            queue: Some(self.queue),
            work: time(self.work_ms),
            hold: time(self.hold_ms),
            shards,
            ..Server::default()
        }
    }

    /// How many locks its stage has.
    fn shards(&self) -> u32 {
        if self.stage == 7 { SHARDS[0] } else { SHARDS[1] }
    }

    /// How many fit at once: the queue, and a job for each of sixteen workers.
    pub fn capacity(&self) -> u64 {
        self.queue + 16
    }

    /// How many are accepted and how many rejected up to each second of the run, as the model foresees
    /// it for one draw of the users' shards.
    pub fn course(&self, lags: Lags, scale: u32) -> [Vec<[f64; 2]>; 2] {
        let (server, load) = (with(lags, self.server(scale, self.shards())), self.load(scale));
        let mut course = [vec![[0.0, 0.0]], vec![[0.0, 0.0]]];
        let mut so_far = [0.0, 0.0];
        simulate(server.shape(), jobs(&server, &load, Placement::Drawn { seed: 0 }), |event| {
            match event.what {
                What::Accepted => so_far[0] += 1.0,
                What::Rejected => so_far[1] += 1.0,
                _ => return,
            }
            let at = event.at as f64 / 1e9;
            // Fifty points a second are as good as five thousand.
            if at - course[0][course[0].len() - 1][0] >= 0.02 {
                course[0].push([at, so_far[0]]);
                course[1].push([at, so_far[1]]);
            }
        });
        course
    }

    /// How many are accepted, at the median over draws of the users' shards.
    pub fn accepted_by(&self, server: &Server, scale: u32) -> f64 {
        median_of_draws(server, &self.load(scale), |it| it.accepted as f64)
    }
}

/// A server whose work is tokio's sleep and whose hold is a thread's, as from stage 7 on.
pub fn with(lags: Lags, server: Server) -> Server {
    Server { timer_lag: lags.timer(), hold_lag: Some(lags.thread()), ..server }
}

/// A figure of the model's, at the median over draws of the users' shards.
pub fn median_of_draws(server: &Server, load: &Load, figure: impl Fn(&Prediction) -> f64) -> f64 {
    let draws = if server.shards == 1 { 1 } else { DRAWS };
    let drawn = (0..draws).map(|seed| figure(&predict(server, load, Placement::Drawn { seed })));
    statistics::median(&drawn.collect::<Vec<_>>()).unwrap_or(f64::NAN)
}

/// The figures of a documented run: the model without lags and with them, and for either kind of sleep
/// that its hold may have been.
pub fn figures(run: &Parameters, lags: Lags) -> Vec<Figure> {
    let bare = run.server(1, run.shards());
    let tokio = Server { timer_lag: lags.timer(), hold_lag: None, ..bare.clone() };
    let thread = with(lags, bare.clone());
    let scaled = with(lags, run.server(SCALE, run.shards()));
    let free = accepted_without_lock(&thread, &run.load(1)) as f64;
    let by = |server| run.accepted_by(server, 1);
    let of = |id, what: &str| Figure::new(id, what, Unit::Count);
    let documented = Unit::Count.words(run.accepted as f64);
    let at = format!("accepted at {}", Unit::PerSecond.words(run.rate));
    let free_lock = if run.shards() == 1 { "a lock that costs" } else { "locks that cost" };
    vec![
        of("accepted", &at).documented(&documented).count_near(by(&thread)),
        of("scaled", "accepted, every time × 10")
            .documented(&documented)
            .count_near(run.accepted_by(&scaled, SCALE)),
        of("bare", "the model, sleeps that end on time").not_judged(by(&bare)),
        of("thread", "the model, the hold a thread's sleep").not_judged(by(&thread)),
        of("tokio", "the model, the hold tokio's sleep")
            .documented(&documented)
            .not_judged(by(&tokio)),
        of("free", &format!("the model, {free_lock} nothing")).not_judged(free),
    ]
}

/// Makes a documented run, as it was and ten times slower.
pub fn measure(trial: &mut Trial<'_>, run: &Parameters) -> Result<(), Failure> {
    for (id, scale) in [("accepted", 1), ("scaled", SCALE)] {
        let server = trial.start(&run.flags(scale))?;
        let begin = Instant::now();
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        let report = trial.load_with(&server, run.plan(scale), |live| {
            let (at, counts) = (begin.elapsed().as_secs_f64(), live.counts());
            accepted.push([at, counts.accepted as f64]);
            rejected.push([at, counts.rejected as f64]);
        })?;
        trial.check_schedule(&report);
        trial.record_count(id, report.accepted);
        // The slower one's, which the picture is of, takes the other's place.
        trial.record_series("accepted", accepted);
        trial.record_series("rejected", rejected);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tokio's sleeps end one to two milliseconds late. Then, and not with sleeps that end on time, the
    /// model accepts what is documented, within 5 %.
    #[test]
    fn the_documented_counts_are_those_of_sleeps_that_end_late() {
        let accepted = |parameters: Parameters, shards, lag_us| {
            let lag = Duration::from_micros(lag_us);
            let server = Server { timer_lag: lag, ..parameters.server(1, shards) };
            parameters.accepted_by(&server, 1)
        };
        let off = |parameters: Parameters, accepted: f64| {
            (accepted / parameters.accepted as f64 - 1.0).abs()
        };
        for lag in [1000, 1250, 1500, 1750, 2000] {
            for (parameters, shards) in [(SEVENTH, SHARDS[0]), (EIGHTH, SHARDS[1])] {
                let accepted = accepted(parameters, shards, lag);
                assert!(off(parameters, accepted) < 0.05, "{parameters:?}, {lag} µs: {accepted}");
            }
        }
        let on_time = accepted(EIGHTH, SHARDS[1], 0);
        assert!(off(EIGHTH, on_time) > 0.05, "{on_time}");
    }

    #[test]
    fn ten_times_slower_is_the_same_run() {
        for (parameters, shards) in [(SEVENTH, SHARDS[0]), (EIGHTH, SHARDS[1])] {
            let by = |scale| parameters.accepted_by(&parameters.server(scale, shards), scale);
            assert_eq!(by(1), by(SCALE), "{parameters:?}");
        }
    }
}
