//! Stage 4: half a second under one lock, and the queue for it.

use super::figure::{Figure, Unit};
use super::machine::Machine;
use super::trial::Trial;
use super::{Experiment, Failure};
use contract::To;
use harness::books::{event, post};
use harness::server::Server;
use load::Plan;

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "staircase",
            stage: 4,
            title: "ten clients at once, 500 ms each under one lock",
            watch: [
                "Ten clients ask at the same moment. The server is async and accepts them all.",
                "Each must have the lock for 500 ms, so each waits for all who came before.",
            ],
            figures: |machine| staircase_figures(machine, true),
            measure: |trial| {
                let server = trial.start("")?;
                staircase(trial, &server)
            },
            why: "Async lets ten wait at a time; the lock lets one pass at a time.",
            read: "crates/stage4/src/balances.rs",
        },
        Experiment {
            name: "no-staircase",
            stage: 4,
            title: "the same 500 ms, before the lock instead of under it",
            watch: [
                "The same ten clients and the same 500 ms, but nobody holds the lock meanwhile.",
                "500 ms of work are 2 requests a second only where they come one after the other.",
            ],
            figures: |machine| staircase_figures(machine, false),
            measure: |trial| {
                let server = trial.start("--work 500ms --hold 0s")?;
                staircase(trial, &server)
            },
            why: "Ten sleeps end at the same time; only work under the lock is done one at a time.",
            read: "crates/stage4/src/main.rs",
        },
        Experiment {
            name: "blocking-sleep",
            stage: 4,
            title: "a thread's sleep in async code stops those who need no lock, too",
            watch: [
                "One event is being worked on for a second. Then an invalid request comes, which \
                 needs",
                "neither work nor lock. Is it answered first?",
            ],
            figures: |_| {
                vec![
                    Figure::new("async", "answered first beside tokio's sleep", Unit::YesNo)
                        .exactly(1.0),
                    Figure::new("blocking", "answered first beside a thread's", Unit::YesNo)
                        .documented("no")
                        .exactly(0.0)
                        .question(
                            "An invalid request beside a thread's sleep: answered first (1/0)?",
                        ),
                ]
            },
            measure: blocking_sleep,
            why: "There is one thread, and while it sleeps it reads, answers and accepts nothing.",
            read: "crates/stage4/src/sleep.rs",
        },
    ]
}

const CLIENTS: u64 = 10;
const EACH_MS: f64 = 500.0;

fn staircase_figures(machine: &Machine, in_line: bool) -> Vec<Figure> {
    let each = EACH_MS + machine.lags.timer_ms;
    let steps = if in_line { CLIENTS as f64 } else { 1.0 };
    let last = each * steps;
    let mut figures = vec![
        Figure::new("first", "latency of the first", Unit::Milliseconds).near(each),
        Figure::new("last", "latency of the last", Unit::Milliseconds).near(last).question(
            "Ten clients at once, 500 ms each: after how many ms has the last its answer?",
        ),
        Figure::new("rate", "requests a second", Unit::PerSecond).near(CLIENTS as f64 / last * 1e3),
    ];
    figures[2].documented = Some("2/s".to_owned());
    if in_line {
        figures.push(
            Figure::new("step", "added by each one in line", Unit::Milliseconds)
                .documented("500 ms")
                .near(each),
        );
    }
    figures
}

fn staircase(trial: &mut Trial<'_>, server: &Server) -> Result<(), Failure> {
    let plan = Plan { requests: Some(CLIENTS), concurrency: CLIENTS, ..Plan::default() };
    let report = trial.load(server, plan)?;
    if report.accepted != CLIENTS {
        return Err(format!("{} of {CLIENTS} were accepted", report.accepted).into());
    }
    let timings = report.distributions.ok_or("no latencies")?.accepted.service;
    let latencies: Vec<f64> = timings
        .iter_recorded()
        .flat_map(|step| {
            vec![step.value_iterated_to() as f64 / 1e3; step.count_at_value() as usize]
        })
        .collect();
    let (first, last) = (latencies[0], latencies[latencies.len() - 1]);
    trial.record("first", first);
    trial.record("last", last);
    trial.record("step", (last - first) / (CLIENTS - 1) as f64);
    trial.record("rate", CLIENTS as f64 / last * 1e3);
    trial
        .record_series("latency", (1..).zip(latencies).map(|(n, ms)| [f64::from(n), ms]).collect());
    Ok(())
}

fn blocking_sleep(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for sleep in ["async", "blocking"] {
        let server = trial.start(&format!("--work 1s --hold 0s --sleep {sleep}"))?;
        let (mut busy, mut invalid) = (server.connect()?, server.connect()?);
        trial.show(&format!("--sleep {sleep}: an event, and an invalid request beside it"));
        busy.send(post(event("alice", 1)))?;
        // A round trip on another connection gives the server time to begin the event.
        let _ = server.request("GET", "/nothing", "");
        invalid.send(post("{}"))?;
        let refused = invalid.answer(To::Other)?;
        let busy_first = busy.is_readable_within(std::time::Duration::from_millis(1))?;
        let accepted = busy.answer(To::Other)?;
        if (refused.status, accepted.status) != (400, 200) {
            return Err(format!("400 and 200 are due: {refused}, {accepted}").into());
        }
        trial.record_bool(sleep, !busy_first);
    }
    Ok(())
}
