//! Stage 6: the gain and the cost of more workers, and a header in lower case.

use super::figure::{Figure, Unit};
use super::machine::Machine;
use super::rate::{fill, measure_rate, wait_until_done};
use super::trial::Trial;
use super::{Experiment, Failure, sound};
use contract::To;
use harness::books::{event, wait_for};
use harness::log;
use harness::process;
use harness::server::Server;
use load::Plan;
use std::time::Duration;

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "workers",
            stage: 6,
            title: "1, 2, 4 and 8 workers, waiting and computing",
            watch: [
                "Jobs that wait for something else: twice the workers, twice the jobs a second.",
                "Jobs that compute: as many at a time as there are cores, whatever the workers.",
            ],
            figures: workers_figures,
            measure: workers,
            why: "A waiting job needs no core. A computing one has it for all of its time.",
            read: "crates/stage6/src/worker.rs",
        },
        Experiment {
            name: "header-case",
            stage: 6,
            title: "Content-Length as curl spells it, and as reqwest does",
            watch: [
                "A hundred events each way to a server that knows `Content-Length` in this \
                 spelling only,",
                "then to one that knows that case means nothing in a field's name (RFC 9110 §5.1).",
            ],
            figures: |_| {
                let count = |id, what| Figure::new(id, what, Unit::Count);
                vec![
                    count("exact_upper", "exact case: lost as curl sends them").exactly(0.0),
                    count("exact_lower", "exact case: lost as reqwest sends them")
                        .documented("100")
                        .exactly(100.0)
                        .question(
                            "Of 100 valid events from reqwest, how many does it call invalid?",
                        ),
                    count("any_upper", "any case: lost as curl sends them").exactly(0.0),
                    count("any_lower", "any case: lost as reqwest sends them")
                        .documented("0")
                        .exactly(0.0),
                ]
            },
            measure: header_case,
            why: "Without its length the body counts as empty, and an empty body is no event: the \
                  error names the symptom.",
            read: "crates/stage6/src/main.rs",
        },
        Experiment {
            name: "order",
            stage: 6,
            title: "one user's jobs, done in the order they came?",
            watch: [
                "400 events of one user, sent one after the other, each with an amount of its own.",
                "The balance after each job tells which one it was.",
            ],
            figures: |_| {
                let count = |id, what| Figure::new(id, what, Unit::Count);
                vec![
                    count("late_1", "overtaken by a later one, 1 worker")
                        .documented("0 (ordered)")
                        .exactly(0.0),
                    count("late_4", "overtaken by a later one, 4 workers").at_least(1.0),
                ]
            },
            measure: order,
            why: "Four workers begin jobs in order and end them in any: the first to wake changes \
                  the balance first.",
            read: "crates/stage6/src/worker.rs",
        },
        Experiment {
            name: "hand-over",
            stage: 6,
            title: "jobs that take no time: the cost of handing one over",
            watch: [
                "60,000 events without any work. What remains is the way through queue and \
                 receiver.",
                "Look at the workers' own processor time for each job.",
            ],
            figures: |_| {
                HAND_OVER_WORKERS
                    .map(|workers| {
                        let what = format!("processor time of {} for a job", worker_count(workers));
                        Figure::new(format!("us_{workers}"), what, Unit::Microseconds)
                    })
                    .to_vec()
            },
            measure: hand_over,
            why: "The workers take turns with one receiver; an idle worker has to be woken for it.",
            read: "crates/stage6/src/worker.rs",
        },
    ]
}

const WORKERS: [u32; 4] = [1, 2, 4, 8];
/// The numbers of workers in `hand-over`.
const HAND_OVER_WORKERS: [u32; 3] = [1, 4, 16];
const WAIT_MS: f64 = 500.0;
const SPIN_MS: f64 = 100.0;
/// The number of computing jobs whose processor time is measured.
const COMPUTED: u64 = 20;

/// Formats a number of workers.
pub(super) fn worker_count(workers: u32) -> String {
    format!("{workers} worker{}", if workers == 1 { "" } else { "s" })
}

fn workers_figures(machine: &Machine) -> Vec<Figure> {
    let waiting = WORKERS.map(|workers| {
        let rate = f64::from(workers) * 1e3 / (WAIT_MS + machine.lags.timer_ms);
        let what = format!("jobs a second, {} waiting 500 ms", worker_count(workers));
        let figure = Figure::new(format!("wait_{workers}"), what, Unit::PerSecond).near(rate);
        match workers {
            1 => figure.documented("2/s"),
            4 => figure
                .documented("8/s")
                .question("4 workers, jobs that wait 500 ms: jobs a second?"),
            _ => figure,
        }
    });
    let spinning = WORKERS.map(|workers| {
        let rate = computed_at_most(machine.cores, workers.into());
        let what = format!("jobs a second, {} computing 100 ms", worker_count(workers));
        let figure = Figure::new(format!("spin_{workers}"), what, Unit::PerSecond);
        // Other processes can only make it less.
        figure.at_most(rate * 1.05)
    });
    let cost = Figure::new("spin_cpu", "processor time of a computing job", Unit::Milliseconds);
    [&waiting[..], &spinning[..], &[cost.near(SPIN_MS)], &sound::figures()].concat()
}

/// Returns the most jobs a second that workers can compute: one at a time on each core.
pub fn computed_at_most(cores: usize, workers: f64) -> f64 {
    workers.min(cores as f64) * 1e3 / SPIN_MS
}

fn workers(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let mut curves = [Vec::new(), Vec::new()];
    for (curve, (kind, ms)) in curves.iter_mut().zip([("sleep", WAIT_MS), ("spin", SPIN_MS)]) {
        for workers in WORKERS {
            let flags = format!("--workers {workers} --work {ms}ms --work-as {kind} --queue 1000");
            let server = trial.start(&flags)?;
            fill(trial, &server, 300, 10)?;
            let label = format!("{}, {kind} {ms} ms", worker_count(workers));
            // Six bursts of waiting jobs.
            let window = Duration::from_secs_f64(if kind == "sleep" { 3.0 } else { 1.5 });
            let rate = measure_rate(trial, &server, &label, Duration::ZERO, window)?;
            let id = if kind == "sleep" { "wait" } else { "spin" };
            trial.record(format!("{id}_{workers}"), rate);
            curve.push([f64::from(workers), rate]);
        }
    }
    let server = trial.start(&format!("--workers 4 --work {SPIN_MS}ms --work-as spin"))?;
    fill(trial, &server, COMPUTED, 10)?;
    wait_until_done(trial, &server, COMPUTED)?;
    let cpu = process::cpu_seconds(server.process_id());
    trial.record_if_available("spin_cpu", cpu.map(|cpu| cpu * 1e3 / COMPUTED as f64));
    let [waiting, spinning] = curves;
    trial.record_series("waiting", waiting);
    trial.record_series("spinning", spinning);
    sound::measure(trial)
}

fn header_case(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for case in ["exact", "any"] {
        // Room for all 300, however slow the workers are.
        let server = trial.start(&format!("--work 0s --queue 300 --content-length {case}-case"))?;
        for (id, spelling) in [("upper", "Content-Length"), ("lower", "content-length")] {
            let lost = count_lost_bodies(&server, spelling)?;
            trial.record_count(format!("{case}_{id}"), lost);
        }
        // The stress client sends the header as reqwest spells it.
        let plan = Plan { requests: Some(100), concurrency: 1, ..Plan::default() };
        let report = trial.load(&server, plan)?;
        if Some(&(report.errors.status as f64))
            != trial.repetition.measured.get(&format!("{case}_lower"))
            || report.rejected > 0
        {
            return Err(format!("reqwest's events have other outcomes: {:?}", report.errors).into());
        }
    }
    Ok(())
}

/// Sends a hundred events with this spelling of the header; returns the number of those answered
/// `invalid_json` because the body is ignored.
///
/// # Errors
/// When another is not accepted.
fn count_lost_bodies(server: &Server, spelling: &str) -> Result<u64, Failure> {
    let body = event("alice", 1);
    let request =
        format!("POST / HTTP/1.1\r\nHost: lab\r\n{spelling}: {}\r\n\r\n{body}", body.len());
    let mut wire = server.connect()?;
    let mut lost = 0;
    for _ in 0..100 {
        wire.send(&request)?;
        let got = wire.answer(To::Other)?;
        let is_lost = got.status == 400 && got.says("reason", "invalid_json");
        if got.status != 202 && !is_lost {
            return Err(format!("neither accepted nor invalid_json: {got}").into());
        }
        lost += u64::from(is_lost);
    }
    Ok(lost)
}

const ORDERED: i64 = 400;

fn order(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for workers in [1, 4] {
        let flags = format!("--work 1ms --queue {ORDERED} --workers {workers}");
        let server = trial.start_logged(6, &flags)?;
        trial.show(&format!("{ORDERED} events of one user, {}", worker_count(workers)));
        let mut wire = server.connect()?;
        for amount in 1..=ORDERED {
            wire.request("POST", "/", &event("alice", amount))?;
        }
        let jobs = wait_for("the last job", || {
            let jobs = log::jobs(&server.stderr());
            Ok(if jobs.len() == ORDERED as usize { Ok(jobs) } else { Err(server.stderr()) })
        })
        .map_err(|error| error.to_string())?;
        trial.record_count(format!("late_{workers}"), count_overtaken(&jobs)?);
    }
    Ok(())
}

/// Returns the number of jobs done after a later one. Amounts are above zero, so sorted balances
/// are in the order of completion, and their differences are the amounts, which were sent in
/// ascending order.
fn count_overtaken(jobs: &[log::Job]) -> Result<u64, Failure> {
    let balances: Option<Vec<i64>> = jobs.iter().map(|job| job.balance).collect();
    let mut balances = balances.ok_or("a job without a balance")?;
    balances.sort_unstable();
    let amounts = balances
        .iter()
        .scan(0, |before, balance| Some(balance - std::mem::replace(before, *balance)));
    let mut latest = 0;
    let late = amounts.filter(|amount| {
        latest = latest.max(*amount);
        *amount < latest
    });
    Ok(late.count() as u64)
}

fn hand_over(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for workers in HAND_OVER_WORKERS {
        let flags = format!("--work 0s --workers {workers} --queue 10000");
        let server = trial.start(&flags)?;
        let plan = Plan { requests: Some(60_000), concurrency: 64, ..Plan::default() };
        let report = trial.load(&server, plan)?;
        wait_until_done(trial, &server, report.accepted)?;
        let process = server.process_id();
        let all = process::cpu_seconds(process);
        let own = all.and_then(|all| Ok(all - process::main_thread_cpu_seconds(process)?));
        let each = own.map(|own| own * 1e6 / report.accepted as f64);
        trial.record_if_available(format!("us_{workers}"), each);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overtaken_jobs_are_found_by_the_balances() {
        let jobs = |balances: &[i64]| -> Vec<log::Job> {
            let line = |balance| {
                format!("2026-01-02T03:04:05Z DEBUG done user=a balance={balance} waited=1ms")
            };
            log::jobs(&balances.iter().map(line).collect::<Vec<_>>().join("\n"))
        };
        // 1, 2, 3 in order; 2 before 1; 3 before 1 and 2. The log's own order does not matter.
        for (balances, late) in [(&[1, 3, 6][..], 0), (&[2, 3, 6], 1), (&[6, 3, 4], 2)] {
            assert_eq!(count_overtaken(&jobs(balances)).unwrap(), late, "{balances:?}");
        }
    }
}
