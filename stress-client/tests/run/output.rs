//! The destinations of the result, and errors writing it.

use crate::client::{Finished, client, command, finish};
use crate::server::{ACCEPTED, REJECTED, Server, answer, bind};
use serde_json::Value;
use std::path::PathBuf;

/// Returns a path that is unique to this process.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("stress-client-{}-{name}", std::process::id()))
}

#[test]
fn the_table_goes_to_standard_output_and_nothing_to_standard_error() {
    let server = Server::start(|stream, request| match request.number % 2 {
        0 => answer(stream, 202, ACCEPTED),
        _ => answer(stream, 503, REJECTED),
    });
    // Without a subcommand it is `run`.
    let finished = client(&["--url", &server.url(), "--requests", "2000"]).exits(0);
    assert_eq!(finished.stderr(), "");
    let table = finished.stdout();
    assert!(table.starts_with("2,000 requests to http://127.0.0.1:"), "{table}");
    assert!(table.contains("accepted     1,000   50.0%"), "{table}");
    assert!(table.contains("errors           0    0.0%\n"), "{table}");
    assert!(!table.contains("by cause"), "{table}");
}

#[test]
fn errors_are_shown_by_cause() {
    let server = Server::answering(404, "");
    let finished = client(&["--url", &server.url(), "--requests", "9"]).exits(4);
    let causes = "errors by cause: status 9 (never sent 0, fate unknown 9)";
    assert!(finished.stdout().contains(causes), "{finished}");
}

#[test]
fn with_json_on_standard_output_the_table_goes_to_standard_error() {
    let server = Server::answering(202, ACCEPTED);
    let finished = client(&["run", "--url", &server.url(), "--requests", "9", "--json", "-"]);
    let report = finished.json();
    assert_eq!(report["schema"], 1);
    for field in ["mean", "p50", "p90", "p99", "p999", "max"] {
        assert!(report["latency_ms"]["accepted"][field].is_number(), "{report}");
    }
    assert!(report["latency_ms"]["rejected"].is_null());
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    assert!(finished.stderr().starts_with("9 requests to"), "{finished}");
}

#[test]
fn a_json_file_is_replaced() {
    let server = Server::answering(202, ACCEPTED);
    let file = path("result.json");
    std::fs::write(&file, "x".repeat(10_000)).unwrap();
    let finished =
        client(&["--url", &server.url(), "--requests", "9", "--json", file.to_str().unwrap()])
            .exits(0);
    let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(report["accepted"], 9);
    assert!(finished.stdout().starts_with("9 requests to"), "{finished}");
}

#[test]
fn a_run_that_cannot_start_keeps_the_last_result() {
    let file = path("kept.json");
    std::fs::write(&file, "kept").unwrap();
    let free = bind();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    client(&["--url", &url, "--json", file.to_str().unwrap()]).exits(3);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
    std::fs::remove_file(&file).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_clear_line() {
    let server = Server::answering(202, ACCEPTED);
    let finished = client(&["--url", &server.url(), "--requests", "9", "--json", "/dev/full"])
        .exits(1)
        .says("cannot write /dev/full: ");
    assert_eq!(finished.stderr().lines().count(), 1, "{finished}");
}

/// Runs the client with a closed pipe as standard output.
fn run_into_closed_pipe(flags: &[&str]) -> Finished {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(flags);
    command.stdout(writer);
    finish(command).exits(1).says("stress-client: cannot write standard output: ")
}

#[test]
fn a_closed_pipe_is_one_clear_line() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    for flags in [
        &["run", "--url", &url, "--requests", "9"][..],
        &["silent", "--url", &url, "--connections", "2"],
        // One fails; the other passes and prints only its summary.
        &["check", "--url", &url, "--stage", "2", "--only", "echo-body"],
        &["check", "--url", &url, "--stage", "2", "--only", "answers"],
        &["check", "--list"],
        &["completions", "bash"],
    ] {
        let finished = run_into_closed_pipe(flags);
        assert_eq!(finished.stderr().lines().count(), 1, "{finished}");
    }
    // Here the text goes to standard error.
    let check = ["check", "--url", &url, "--stage", "2", "--only", "answers"];
    for flags in [&["run", "--url", &url, "--requests", "9"][..], &check] {
        let finished = run_into_closed_pipe(&[flags, &["--json", "-"]].concat());
        assert!(!finished.stderr().contains("panicked"), "{finished}");
    }
}

#[test]
fn a_check_has_its_verdicts_as_text_and_as_json() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let check = |only: &str, flags: &[&str]| {
        let check = ["check", "--stage", "2", "--url", &url, "--only", only];
        client(&[&check, flags].concat())
    };
    let passed = check("stage", &[]).exits(0);
    let summary = "stage 2: 2 passed, 0 failed\nstage 2 is done as far as `stage` goes\n";
    assert_eq!(passed.stdout(), summary);
    let failed = check("echo-body", &[]).exits(1);
    assert!(failed.stdout().starts_with("FAILED      echo-body (contract)\n"), "{failed}");
    let summary = "stage 2: 2 passed, 1 failed (contract)\nstage 2 is not done: 1 failure\n";
    assert!(failed.stdout().contains(summary), "{failed}");

    let json = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
    let aside = check("echo-body", &["--json", "-"]).exits(1).says("FAILED      echo-body");
    assert_eq!(json(&aside.output.stdout)["counts"]["failed"]["contract"], 1);
    let file = path("checks.json");
    let beside = check("stage", &["--json", file.to_str().unwrap()]).exits(0);
    assert_eq!(beside.stdout(), passed.stdout());
    assert_eq!(json(&std::fs::read(&file).unwrap())["counts"]["passed"], 2);
    std::fs::remove_file(&file).unwrap();

    check("no-such-check", &[]).exits(2).says("no check of this stage");
}

#[test]
fn the_table_ends_with_a_histogram() {
    let server = Server::answering(202, ACCEPTED);
    let finished = client(&["--url", &server.url(), "--requests", "9"]).exits(0);
    let (_, histogram) = finished.stdout().split_once("\naccepted, service time up to\n").unwrap();
    let counts = histogram.lines().map(|line| line.split_whitespace().nth(2).unwrap());
    assert_eq!(counts.map(|count| count.parse::<u64>().unwrap()).sum::<u64>(), 9, "{finished}");
    let finished = client(&["--url", &server.url(), "--requests", "9", "--rate", "1000"]).exits(0);
    assert!(finished.stdout().contains("\naccepted, response time up to\n"), "{finished}");
}

#[test]
fn completions_know_the_flags() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = client(&["completions", shell]).exits(0);
        assert!(script.stdout().contains("concurrency"), "{script}");
        assert_eq!(script.stderr(), "");
    }
    client(&["completions", "csh"]).exits(2).says("csh");
}

#[cfg(feature = "tui")]
#[test]
fn the_tui_needs_a_terminal() {
    let server = Server::answering(202, ACCEPTED);
    client(&["--url", &server.url(), "--tui"])
        .exits(2)
        .says("error: --tui: standard error is not a terminal\n");
    assert!(server.is_untouched());
}

#[cfg(unix)]
#[test]
fn the_report_is_written_even_if_the_table_is_not() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    // Without standard output the table is discarded. `1<>` opens it for reading and writing, as
    // Python's DEVNULL does.
    for (redirect, status) in [(">/dev/full", 1), (">&-", 0), ("1<>/dev/null", 0)] {
        let file = path("table.json");
        std::fs::write(&file, "{}").unwrap();
        let script = format!("exec \"$@\" {redirect}");
        let client = env!("CARGO_BIN_EXE_stress-client");
        let mut sh = std::process::Command::new("sh");
        sh.args(["-c", &script, "sh", client, "--url", &url, "--requests", "9", "--json"]);
        let finished = finish({
            sh.arg(&file);
            sh
        });
        let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(report["accepted"], 9);
        let finished = finished.exits(status);
        assert_eq!(finished.stderr().contains("standard output"), status == 1, "{finished}");
    }
    let mut sh = std::process::Command::new("sh");
    let client = env!("CARGO_BIN_EXE_stress-client");
    let script = "exec \"$@\" >&-";
    sh.args(["-c", script, "sh", client, "--url", &url, "--requests", "9", "--json", "-"]);
    finish(sh).exits(1).says("standard output");
}

#[test]
fn a_run_that_cannot_start_leaves_no_file() {
    let file = path("none.json");
    let free = bind();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    client(&["--url", &url, "--json", file.to_str().unwrap()]).exits(3);
    assert!(!file.exists());
}

#[test]
fn credentials_are_sent_and_never_printed() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url().replace("http://", "http://me:secret@");
    for flags in [&["--json", "-"][..], &[], &["--reconcile"], &["--requests", "0"]] {
        let finished = client(&[&["--url", &url, "--requests", "3"][..], flags].concat());
        assert!(!format!("{finished}").replace(&url, "").contains("secret"), "{finished}");
    }
}
