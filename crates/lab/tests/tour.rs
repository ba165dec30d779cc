//! Tests of the tour's command: its output, files and exit status, and that it leaves no process
//! behind.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn tour() -> Command {
    let mut tour = Command::new(env!("CARGO_BIN_EXE_tour"));
    tour.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    tour
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut running = tour().args(arguments).stdin(Stdio::piped()).spawn().expect("a tour");
    let mut stdin = running.stdin.take().expect("its input");
    // It may end before it has read everything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    running.wait_with_output().expect("its end")
}

#[test]
fn the_list_names_every_experiment_and_marks_one_for_each_stage() {
    let output = tour().arg("--list").output().unwrap();
    let list = words(&output);
    assert!(output.status.success());
    for experiment in lab::experiments::all() {
        assert!(list.contains(experiment.name), "{list}");
    }
    assert_eq!(
        list.lines()
            .filter(|line| line.get(2..5) == Some(" * ") && !line.starts_with("  "))
            .count(),
        10,
        "{list}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn abuse_tests_are_run_by_their_own_flag_alone() {
    let list = words(&tour().arg("--list").output().unwrap());
    let abuse_list = words(&tour().args(["--abuse", "--list"]).output().unwrap());
    for experiment in lab::abuse::all() {
        assert!(abuse_list.contains(experiment.title) && !list.contains(experiment.title));
    }
    let output = run(&["--abuse", "bodies"], "");
    let said = words(&output);
    assert!(output.status.success() && said.contains("11 verdicts hold"), "{said}");
    assert_eq!(run(&["--abuse", "freeze"], "").status.code(), Some(2));
}

#[test]
fn unknown_names_are_refused() {
    for word in ["0", "11", "capacty"] {
        let output = tour().arg(word).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(word) && output.stdout.is_empty(), "{said}");
    }
}

#[test]
fn a_tour_predicts_measures_explains_and_writes_its_results() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("results.json");
    let output = run(&["header-case", "--step", "--json", json.to_str().unwrap()], "\n\n\n");
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    let places =
        ["predicted\n", "verdict", "100  holds", "why: ", "read next: ", "4 verdicts hold"];
    let found: Vec<_> = places.iter().map(|place| said.find(place)).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{found:?} in {said}");
    let results: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let experiment = &results["experiments"][0];
    assert_eq!(experiment["experiment"], "header-case");
    assert_eq!(experiment["rows"][1]["measured"], serde_json::json!([100.0]));
    assert_eq!(experiment["rows"][1]["verdict"], "holds");
    assert!(results["machine"]["lags"]["timer_ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_quiz_asks_first_and_keeps_the_score() {
    let output = run(&["header-case", "--quiz"], "many\n100\n");
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("a number, please"), "{said}");
    assert!(said.contains("right: 100") && said.contains("1 of 1 right"), "{said}");
    assert!(said.find("right: 100") < said.find("predicted\n"), "{said}");
    let output = run(&["header-case", "--quiz"], "3");
    assert!(words(&output).contains("0 of 1 right"), "{}", words(&output));
    // Without input the tour goes on.
    assert!(words(&run(&["header-case", "--quiz"], "")).contains("0 of 0 right"));
}

#[test]
fn another_program_gets_the_stages_flags_and_is_measured() {
    // Stage 5 in place of stage 6 does not know --content-length.
    let stages = std::path::Path::new(env!("CARGO_BIN_EXE_tour")).parent().unwrap();
    let stage = |number: u8| stages.join(format!("stage{number}")).display().to_string();
    let output = run(&["header-case", "--server", &stage(5)], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("it could not be run"), "{}", words(&output));
    // Stage 6 itself, by way of a shell.
    let output = run(&["header-case", "--server", &stage(6)], "");
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    let flags = "--listen 127.0.0.1:0 --work 0s --queue 300 --content-length exact-case";
    assert!(said.contains(flags), "{said}");
    // Stage 1 in place of stage 2 freezes.
    let output = run(&["no-freeze", "--server", &stage(1)], "");
    let said = words(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("FAILS") && said.contains("1 fail"), "{said}");
}

#[test]
fn json_on_standard_output_is_alone_there() {
    let output = tour().args(["header-case", "--json", "-"]).output().unwrap();
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results["experiments"][0]["stage"], 6);
    assert!(String::from_utf8_lossy(&output.stderr).contains("4 verdicts hold"));
}

#[test]
fn an_unwritable_file_is_reported_before_the_run() {
    for flag in ["--json", "--report"] {
        let output = tour().args(["freeze", flag, "/proc/no/such"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(said.contains("/proc/no/such") && output.stdout.is_empty(), "{said}");
    }
}

/// Each experiment has a recorded result, and it matches the experiment as it is now. The book's
/// tables are made from these.
#[test]
fn every_experiment_has_a_recorded_result_and_nothing_else_has() {
    let folder = lab::experiments::programs::Programs::repository().join("docs/results");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let experiments = lab::experiments::all();
    let mut names: Vec<_> =
        experiments.iter().map(|experiment| format!("{}.json", experiment.name)).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
    for experiment in experiments {
        let text = fs::read(folder.join(format!("{}.json", experiment.name))).unwrap();
        let recorded: lab::experiments::results::Outcome = serde_json::from_slice(&text).unwrap();
        let ids = |figures: &[lab::experiments::figure::Figure]| -> Vec<_> {
            figures.iter().map(|figure| (figure.id.clone(), figure.what.clone())).collect()
        };
        let named = (experiment.figures)(&recorded.machine);
        let distinct: BTreeSet<_> = named.iter().map(|figure| &figure.id).collect();
        assert_eq!(distinct.len(), named.len(), "{}: two figures of one name", experiment.name);
        let rows: Vec<_> = recorded.rows.iter().map(|row| row.figure.clone()).collect();
        assert_eq!(ids(&rows), ids(&named), "{}", experiment.name);
    }
}

#[test]
fn a_closed_output_ends_the_tour_without_a_backtrace() {
    let mut running = tour().arg("header-case").spawn().unwrap();
    drop(running.stdout.take());
    let output = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("standard output") && !said.contains("panicked"), "{said}");
}

#[cfg(target_os = "linux")]
mod left_behind {
    use super::tour;
    use std::fs;
    use std::process::Command;
    use std::time::{Duration, Instant};

    /// Returns the parent and the state of a process, from proc(5).
    fn parent(process: &str) -> Option<(u32, char)> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split(' ');
        let state = fields.next()?.chars().next()?;
        Some((fields.next()?.parse().ok()?, state))
    }

    /// Returns the servers that a tour has started: its child processes that are stages.
    fn servers(of: u32) -> Vec<String> {
        let all = fs::read_dir("/proc").expect("processes").filter_map(|entry| {
            let process = entry.ok()?.file_name().into_string().ok()?;
            let named = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
            let child = parent(&process)?.0 == of && named.starts_with("stage");
            child.then_some(process)
        });
        all.collect()
    }

    #[test]
    fn no_server_outlives_a_tour_that_is_killed() {
        for signal in ["INT", "TERM", "KILL"] {
            let mut running = tour().arg("staircase").spawn().unwrap();
            let until = Instant::now() + Duration::from_secs(60);
            let started = loop {
                let started = servers(running.id());
                if !started.is_empty() {
                    break started;
                }
                assert!(Instant::now() < until && running.try_wait().unwrap().is_none());
                std::thread::sleep(Duration::from_millis(5));
            };
            let id = running.id().to_string();
            let killed = Command::new("kill").args([&format!("-{signal}"), &id]).status();
            assert!(killed.unwrap().success());
            running.wait().unwrap();
            for server in started {
                let gone = || parent(&server).is_none_or(|(_, state)| state == 'Z');
                while !gone() {
                    assert!(Instant::now() < until, "{server} has outlived SIG{signal}");
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }
}

#[test]
fn a_report_is_made_of_earlier_results() {
    let folder = tempfile::tempdir().unwrap();
    let (json, report) = (folder.path().join("results.json"), folder.path().join("report"));
    let results = lab::experiments::results::Results::new(Default::default());
    fs::write(&json, serde_json::to_string(&results).unwrap()).unwrap();
    let arguments = ["--report", report.to_str().unwrap(), "--from", json.to_str().unwrap()];
    let output = tour().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(words(&output).contains(&format!("report: {}/index.html", report.display())));
    assert!(fs::read_to_string(report.join("index.html")).unwrap().contains("0 experiments"));
}
