//! Stage 8: a lock for each shard, and the effect of that alone.

use super::documented::{
    self, Parameters, SCALE, SHARDS, STAGE7, STAGE8, predict_median, with_lags,
};
use super::figure::{Figure, Unit};
use super::machine::Machine;
use super::rate::{count_lost_updates, fill, measure_rate};
use super::stage7::{waits, waits_figures};
use super::trial::Trial;
use super::{Experiment, Failure, sound};
use model::Load;
use std::time::Duration;

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "comparison",
            stage: 8,
            title: "one lock and 64, each with stage 7's parameters and with stage 8's",
            watch: [
                "From 138 to 1,536 accepted three things changed: the lock, the queue, the times.",
                "Here they change one at a time (every time × 10, the rate ÷ 10: the same counts).",
            ],
            figures: comparison_figures,
            measure: comparison,
            why: "A queue of 1,000 takes 900 more and jobs ten times shorter make room for the \
                  rest; the lock is worth a seventh.",
            read: "crates/stage8/src/balances.rs",
        },
        Experiment {
            name: "documented-8",
            stage: 8,
            title: "the documented run: 1,536 accepted, 3,464 rejected",
            watch: [
                "5,000 events at 10,799 a second, as documented: 0.46 s, and a queue of 1,000.",
                "If that server held its locks for tokio's sleeps, they ended a millisecond late \
                 and more.",
            ],
            figures: |machine| documented::figures(&STAGE8, machine.lags),
            measure: |trial| documented::measure(trial, &STAGE8),
            why: "1,016 fit at once, and in 0.46 s sixteen workers do some 600 jobs more; a hold \
                  of 1 ms that takes 2 costs them a twelfth of these. Of the two readings of its \
                  hold, tokio's sleep comes nearer to 1,536.",
            read: "docs/stage8.md",
        },
        Experiment {
            name: "sharding-pays",
            stage: 8,
            title: "where the lock is all there is to wait for",
            watch: [
                "No work, 100 ms under the lock, 1,000 users, never out of jobs: one lock, then \
                 64.",
                "This is the regime in which sharding pays in full.",
            ],
            figures: |machine| {
                lock_bound_figures(machine, USERS, "With one lock 10 jobs a second. And with 64?")
            },
            measure: |trial| measure_lock_bound(trial, USERS),
            why: "Sixteen workers meet in 64 shards now and then, and hold a lock each when they \
                  do not.",
            read: "crates/stage8/src/balances.rs",
        },
        Experiment {
            name: "hot-user",
            stage: 8,
            title: "one user has all the events",
            watch: [
                "The same once more, and every event is of the same user.",
                "One user is in one shard, whatever their number.",
            ],
            figures: |machine| lock_bound_figures(machine, 1, "And with 64 locks and one user?"),
            measure: |trial| measure_lock_bound(trial, 1),
            why: "A shard is a lock for the users in it; a single user cannot be split.",
            read: "crates/stage8/src/balances.rs",
        },
        Experiment {
            name: "waits-gone",
            stage: 8,
            title: "where sixteen workers spend their time now",
            watch: [
                "Stage 8 with stage 7's work, hold and queue, never out of jobs.",
                "Compare with stage 7's `waits`: nothing but the lock has changed.",
            ],
            figures: |machine| waits_figures(machine, SHARDS[1]),
            measure: |trial| waits(trial, 8),
            why: "Ten users in 64 shards seldom share one, and two workers seldom have the same \
                  user.",
            read: "crates/stage8/src/contention.rs",
        },
        Experiment {
            name: "get-then-insert",
            stage: 8,
            title: "every call is safe, and updates are lost",
            watch: [
                "800 events of one user, each adding 1; sixteen workers.",
                "Read under a lock, let it go, lock again and write: what others added is \
                 overwritten.",
            ],
            figures: |_| {
                let lost = |id, what| Figure::new(id, what, Unit::Count);
                vec![
                    lost("entry", "updates lost of 800, in one entry").exactly(0.0),
                    // Of sixteen workers that read the same balance, one update remains.
                    lost("get_then_insert", "updates lost of 800, get then insert").at_least(400.0),
                ]
            },
            measure: get_then_insert,
            why: "Sixteen workers read the same balance, and the last write wins.",
            read: "crates/stage8/src/balances.rs",
        },
    ]
}

/// Returns the four cells of the comparison: parameters, stage, and its number of locks.
fn cells() -> impl Iterator<Item = (Parameters, u8, u32)> {
    let stages = |parameters| [(parameters, 7, SHARDS[0]), (parameters, 8, SHARDS[1])];
    [STAGE7, STAGE8].into_iter().flat_map(stages)
}

fn cell_id(parameters: &Parameters, stage: u8) -> String {
    format!("stage{stage}_with_{}", parameters.stage)
}

fn comparison_figures(machine: &Machine) -> Vec<Figure> {
    let mut predicted = Vec::new();
    let mut figures: Vec<Figure> = cells()
        .map(|(parameters, stage, shards)| {
            let server = with_lags(machine.lags, parameters.server(SCALE, shards));
            let accepted = parameters.predict_accepted(&server, SCALE);
            predicted.push(accepted);
            let lock = if stage == 7 { "one lock" } else { "64 locks" };
            let what = format!("accepted: {lock}, stage {}'s parameters", parameters.stage);
            let figure = Figure::new(cell_id(&parameters, stage), what, Unit::Count);
            let figure = figure.count_near(accepted);
            if parameters.stage == stage {
                figure.documented(Unit::Count.words(parameters.accepted as f64))
            } else {
                figure
            }
        })
        .collect();
    figures[1].question =
        Some("Only the lock changes, 144 before: how many are accepted?".to_owned());
    figures[2].question =
        Some("One lock, but stage 8's queue and times: how many are accepted?".to_owned());
    let times = |id, what: &str| Figure::new(id, what, Unit::Times);
    figures.extend([
        times("all", "all three together")
            .documented("11×")
            .not_judged(predicted[3] / predicted[0]),
        times("lock_7", "the lock alone, stage 7's parameters")
            .not_judged(predicted[1] / predicted[0]),
        times("lock_8", "the lock alone, stage 8's parameters")
            .not_judged(predicted[3] / predicted[2]),
        times("rest", "queue and times alone, one lock").not_judged(predicted[2] / predicted[0]),
    ]);
    figures.extend(sound::figures());
    figures
}

fn comparison(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let mut accepted = Vec::new();
    for (parameters, stage, _) in cells() {
        let flags = parameters.flags(SCALE);
        let server =
            if stage == 8 { trial.start(&flags)? } else { trial.start_stage(7, &flags)? };
        let report = trial.load(&server, parameters.plan(SCALE))?;
        trial.check_schedule(&report);
        trial.record_count(cell_id(&parameters, stage), report.accepted);
        accepted.push(report.accepted as f64);
    }
    trial.record("all", accepted[3] / accepted[0]);
    trial.record("lock_7", accepted[1] / accepted[0]);
    trial.record("lock_8", accepted[3] / accepted[2]);
    trial.record("rest", accepted[2] / accepted[0]);
    sound::measure(trial)
}

const USERS: u64 = 1000;
const HOLD: Duration = Duration::from_millis(100);
const QUEUE: u64 = 2000;

fn lock_bound_figures(machine: &Machine, users: u64, question: &str) -> Vec<Figure> {
    // Twice the rate of the faster one, so that neither runs out of jobs.
    let load = Load { rate: 320.0, requests: QUEUE, users };
    let predicted = SHARDS.map(|shards| {
        let queue = Some(QUEUE);
        let work = Duration::ZERO;
        let server = model::Server { shards, queue, work, hold: HOLD, ..Default::default() };
        let server = with_lags(machine.lags, server);
        predict_median(&server, &load, |prediction| prediction.rate.unwrap_or(f64::NAN))
    });
    let rate = |id, what: &str| Figure::new(id, what, Unit::PerSecond);
    vec![
        rate("stage7", "jobs a second, one lock").near(predicted[0]),
        rate("stage8", "jobs a second, 64 locks").near(predicted[1]).question(question),
        Figure::new("times", "as many", Unit::Times).not_judged(predicted[1] / predicted[0]),
    ]
}

fn measure_lock_bound(trial: &mut Trial<'_>, users: u64) -> Result<(), Failure> {
    let flags = format!("--workers 16 --work 0s --hold {}ms --queue {QUEUE}", HOLD.as_millis());
    let mut rates = Vec::new();
    for stage in [7, 8] {
        let server =
            if stage == 8 { trial.start(&flags)? } else { trial.start_stage(7, &flags)? };
        fill(trial, &server, QUEUE, users)?;
        let label = format!("stage {stage}, {users} users");
        let rate = trial.watch(HOLD, |trial| {
            measure_rate(trial, &server, &label, Duration::from_millis(500), Duration::from_secs(6))
        })?;
        trial.record(format!("stage{stage}"), rate);
        rates.push(rate);
    }
    trial.record("times", rates[1] / rates[0]);
    Ok(())
}

fn get_then_insert(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for (id, update) in [("entry", "entry"), ("get_then_insert", "get-then-insert")] {
        let flags = format!("--work 0s --hold 1ms --queue 1000 --workers 16 --update {update}");
        let server = trial.start(&flags)?;
        let lost = count_lost_updates(trial, &server, 800, 1)?;
        trial.record_count(id, lost);
    }
    Ok(())
}
