//! Stage 7: many workers and one lock.

use super::documented::{self, STAGE7, with_lags};
use super::figure::{Expected, Figure, Unit};
use super::machine::{Lags, Machine};
use super::rate::{fill, measure_rate};
use super::stage6::worker_count;
use super::trial::Trial;
use super::workers::{Activity, measure_activity};
use super::{Experiment, Failure, sound};
use harness::process;
use model::{Limits, Load, Server, limits};
use std::time::{Duration, Instant};

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "plateau",
            stage: 7,
            title: "1 to 64 workers under one lock",
            watch: [
                "1 s of work without the lock, 100 ms with it (ten times stage 7's own), never out \
                 of jobs.",
                "More workers do more jobs a second until the lock is held all the time: 1 ÷ hold.",
            ],
            figures: plateau_figures,
            measure: plateau,
            why: "The lock is held by one worker at a time, so no more than 1 ÷ hold jobs a second \
                  pass; more workers only add waiting.",
            read: "crates/stage7/src/balances.rs",
        },
        Experiment {
            name: "waits",
            stage: 7,
            title: "where sixteen workers spend their time",
            watch: [
                "Stage 7 as it is, never out of jobs. The server's log says of each job how long",
                "it waited for the lock and how long it had it.",
            ],
            figures: |machine| waits_figures(machine, 1),
            measure: |trial| waits(trial, 7),
            why: "The lock admits the jobs of eleven workers; the other five always wait, each for \
                  about five holds.",
            read: "crates/stage7/src/contention.rs",
        },
        Experiment {
            name: "documented-7",
            stage: 7,
            title: "the documented run: 138 accepted, 4,862 rejected",
            watch: [
                "5,000 events at 12,937 a second, as documented: 0.39 s, and a queue of 100.",
                "How much of \"97 % rejected because of the lock\" is the lock's doing?",
            ],
            figures: |machine| documented::figures(&STAGE7, machine.lags),
            measure: |trial| documented::measure(trial, &STAGE7),
            why: "A run of 0.39 s is over before the queue matters: 116 fit, and a free lock would \
                  have let twenty more in. The rest is 5,000 events against 116 places. Of the two \
                  readings of its hold, tokio's sleep comes nearer to 138.",
            read: "docs/stage7.md",
        },
    ]
}

const WORKERS: [u32; 5] = [1, 4, 11, 16, 64];
const WORK: Duration = Duration::from_secs(1);
const HOLD: Duration = Duration::from_millis(100);

/// Returns the two limits of the rate: workers ÷ (work + hold), and 1 ÷ hold.
pub fn plateau_limits(lags: Lags, workers: u32) -> Limits {
    scaled_limits(lags, workers, 1)
}

/// Like [`plateau_limits`], with all times divided by `divisor`.
fn scaled_limits(lags: Lags, workers: u32, divisor: u32) -> Limits {
    let (work, hold) = (WORK / divisor, HOLD / divisor);
    let server = with_lags(lags, Server { workers, work, hold, ..Server::default() });
    limits(&server, &Load::default())
}

/// Returns the lower of the two limits.
fn lowest_limit(lags: Lags, workers: u32, divisor: u32) -> f64 {
    scaled_limits(lags, workers, divisor).lowest().unwrap_or(f64::NAN)
}

fn plateau_figures(machine: &Machine) -> Vec<Figure> {
    let mut figures: Vec<Figure> = WORKERS
        .iter()
        .map(|&workers| {
            let what = format!("jobs a second, {}", worker_count(workers));
            let figure = Figure::new(format!("workers_{workers}"), what, Unit::PerSecond);
            let figure = figure.near(lowest_limit(machine.lags, workers, 1));
            match workers {
                16 => figure.documented("10–12/s"),
                64 => figure
                    .documented("slower")
                    .question("1 s of work, 100 ms under the lock, 64 workers: jobs a second?"),
                _ => figure,
            }
        })
        .collect();
    figures.push(
        Figure::new("cpu", "processor time of 16 workers, of one core", Unit::Percent)
            .documented("high")
            .at_most(10.0),
    );
    figures.push(
        Figure::new("as_it_is", "jobs a second, default flags", Unit::PerSecond)
            .documented("≈ 100/s")
            .near(lowest_limit(machine.lags, 16, 10)),
    );
    figures.extend(sound::figures());
    figures
}

fn plateau(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let mut curve = Vec::new();
    for workers in WORKERS {
        let (work, hold) = (WORK.as_millis(), HOLD.as_millis());
        let flags = format!("--workers {workers} --work {work}ms --hold {hold}ms --queue 1000");
        let server = trial.start(&flags)?;
        fill(trial, &server, 500, 10)?;
        let cpu = || process::cpu_seconds(server.process_id());
        let (begin, before) = (Instant::now(), cpu());
        // The first jobs begin together, so the warm-up is one round. Few workers finish in bursts,
        // so the window is a whole number of rounds.
        let window = (WORK + HOLD) * if workers < 11 { 5 } else { 4 };
        let label = worker_count(workers);
        let rate =
            trial.watch(HOLD, |trial| measure_rate(trial, &server, &label, WORK + HOLD, window))?;
        trial.record(format!("workers_{workers}"), rate);
        curve.push([f64::from(workers), rate]);
        if workers == 16 {
            let share = |taken: f64| taken / begin.elapsed().as_secs_f64() * 100.0;
            trial.record_if_available("cpu", before.and_then(|before| Ok(share(cpu()? - before))));
        }
    }
    trial.record_series("measured", curve);
    let server = trial.start("--queue 1000")?;
    fill(trial, &server, 400, 10)?;
    let (round, window) = ((WORK + HOLD) / 10, Duration::from_secs(2));
    let measure_defaults =
        |trial: &mut Trial<'_>| measure_rate(trial, &server, "told nothing", round, window);
    let rate = trial.watch(HOLD / 10, measure_defaults)?;
    trial.record("as_it_is", rate);
    sound::measure(trial)
}

/// Returns the figures of the workers' time, with one lock (stage 7) or with shards (stage 8).
pub(super) fn waits_figures(machine: &Machine, shards: u32) -> Vec<Figure> {
    let prediction = Activity::predict(machine.lags, shards);
    let hold = Figure::new("hold", "time with the lock, median", Unit::Milliseconds);
    let wait = Figure::new("wait", "time waiting for it, median", Unit::Milliseconds);
    vec![
        hold.documented("10 ms").near(prediction.hold_ms),
        match shards {
            // Late wake-ups lengthen the queue for the lock; twice as long is another regime.
            1 => wait
                .documented("45–82 ms")
                .expected(Expected::Within { value: prediction.wait_ms, share: 0.25 }),
            _ => wait.at_most(prediction.hold_ms),
        },
        Figure::new("waiting", "share of the workers' time spent waiting", Unit::Percent)
            .not_judged(prediction.waiting_percent),
    ]
}

/// Measures the workers' time in stage 7 or 8.
pub(super) fn waits(trial: &mut Trial<'_>, stage: u8) -> Result<(), Failure> {
    let flags = "--workers 16 --work 100ms --hold 10ms --queue 1000";
    let server = trial.start_logged(stage, flags)?;
    fill(trial, &server, 600, 10)?;
    let activity =
        trial.watch(Duration::from_millis(10), |trial| measure_activity(trial, &server))?;
    trial.record("hold", activity.hold_ms);
    trial.record("wait", activity.wait_ms);
    trial.record("waiting", activity.waiting_percent);
    trial.record_spans("workers", activity.spans);
    Ok(())
}
