//! Stage 3: the contract checks against stages 2 and 3.

use super::figure::{Figure, Unit};
use super::trial::Trial;
use super::{Experiment, Failure};
use contract::Target;
use harness::server::Server;
use std::time::Duration;

pub(super) fn all() -> Vec<Experiment> {
    vec![Experiment {
        name: "contract",
        stage: 3,
        title: "malformed requests, incomplete ones, and silence: the answers",
        watch: [
            "The same checks against stage 2 and against stage 3, each a request and its due \
             answer.",
            "Stage 2 echoes what it is sent, believes every length, and waits for ever.",
        ],
        figures: |_| {
            vec![
                Figure::new("failed_before", "checks that stage 2 fails", Unit::Count)
                    .documented("crashes on bad input")
                    .at_least(1.0),
                Figure::new("failed", "checks that stage 3 fails", Unit::Count)
                    .documented("never crashes")
                    .exactly(0.0)
                    .question("How many of the same checks does stage 3 fail?"),
                Figure::new("passed", "checks that stage 3 passes", Unit::Count),
                Figure::new("before_serves", "stage 2 still answers afterwards", Unit::YesNo),
                Figure::new("serves", "stage 3 still answers afterwards", Unit::YesNo).exactly(1.0),
            ]
        },
        measure: contract,
        why: "Types and limits define valid input; everything else gets an answer that says what \
              was wrong.",
        read: "crates/stage3/src/main.rs",
    }]
}

/// Timeouts of the server, short enough for the checks to wait for.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(1500);
const IDLE_TIMEOUT: Duration = Duration::from_millis(4600);
const CONNECTIONS: usize = 128;

fn contract(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let before = trial.start_stage(2, "")?;
    // Stage 2 has no timeout: a check without an answer by then never gets one.
    let (failed, _) = run_checks(trial, &before, 2, Duration::from_secs(2));
    trial.record_count("failed_before", failed);
    trial.record_bool("before_serves", serves(&before));
    let server = trial.start(&flags())?;
    let (failed, passed) = run_checks(trial, &server, 3, Duration::from_secs(10));
    trial.record_count("failed", failed);
    trial.record_count("passed", passed);
    trial.record_bool("serves", serves(&server));
    Ok(())
}

/// Returns the limits as flags of the server and of the client.
fn flags() -> String {
    let [request, idle] = [REQUEST_TIMEOUT, IDLE_TIMEOUT].map(|time| time.as_millis());
    format!("--request-timeout {request}ms --idle-timeout {idle}ms --max-connections {CONNECTIONS}")
}

/// Runs the checks of stage 3 against a server; returns the number of failed and of passed ones.
fn run_checks(trial: &mut Trial<'_>, server: &Server, stage: u8, patience: Duration) -> (u64, u64) {
    let target = Target {
        request_timeout: Some(REQUEST_TIMEOUT),
        idle_timeout: Some(IDLE_TIMEOUT),
        max_connections: Some(CONNECTIONS),
        patience,
        ..Target::new(server.address(), 3)
    };
    let mut done = 0;
    // Each on its own: a server of another stage fails the first, which all others need.
    let report = contract::run_each(&target, contract::table(), |verdict| {
        done += 1;
        let line = verdict.to_string();
        let line = line.lines().next().unwrap_or_default();
        trial.show(&format!("stage {stage}: {done} checks, the last {line}"));
    });
    let failed = report.failed().count() as u64;
    let mut names: Vec<&str> = report.failed().map(|verdict| verdict.check.name).take(5).collect();
    names.extend((failed > 5).then_some("…"));
    let fails = if failed == 0 { String::new() } else { format!(", fails {}", names.join(" ")) };
    trial.note_command(format!(
        "cargo stress check --stage 3 --each {} # against stage {stage}{fails}",
        flags()
    ));
    (failed, report.verdicts.len() as u64 - failed)
}

/// Returns true if an honest request gets an answer.
fn serves(server: &Server) -> bool {
    server.request("POST", "/", r#"{"user":"alice","action":"buy","amount":100}"#).is_ok()
}
