//! Where the result goes, and what happens when it cannot go there.

use crate::client::{Finished, client, command};
use crate::server::{ACCEPTED, REJECTED, Server, answer};
use serde_json::Value;
use std::path::PathBuf;

/// A path that this process alone uses.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("stress-client-{}-{name}", std::process::id()))
}

#[test]
fn the_table_goes_to_standard_output_and_nothing_to_standard_error() {
    let server = Server::start(|stream, request| match request.number % 2 {
        0 => answer(stream, 202, ACCEPTED),
        _ => answer(stream, 503, REJECTED),
    });
    // No subcommand is `run`.
    let finished = client(&["--url", &server.url(), "--requests", "2000"]).exits(0);
    assert_eq!(finished.stderr(), "");
    let table = finished.stdout();
    assert!(table.starts_with("2,000 requests to http://127.0.0.1:"), "{table}");
    assert!(table.contains("accepted     1,000   50.0%"), "{table}");
    assert!(table.contains("errors           0    0.0%\n"), "{table}");
    assert!(!table.contains("by cause"), "{table}");
}

#[test]
fn errors_are_told_by_cause() {
    let server = Server::answering(404, "");
    let finished = client(&["--url", &server.url(), "--requests", "9"]).exits(4);
    let causes = "errors by cause: status 9 (never sent 0, fate unknown 9)";
    assert!(finished.stdout().contains(causes), "{finished}");
}

#[test]
fn json_on_standard_output_is_all_there_is_and_the_table_moves() {
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
fn json_in_a_file_replaces_what_was_there() {
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
fn a_run_that_never_began_leaves_the_last_result_alone() {
    let file = path("kept.json");
    std::fs::write(&file, "kept").unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
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

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_one_clear_line() {
    let server = Server::answering(202, ACCEPTED);
    let mut child = command(&["--url", &server.url(), "--requests", "9"]).spawn().unwrap();
    drop(child.stdout.take());
    let finished = Finished::of("a closed pipe", child.wait_with_output().unwrap())
        .exits(1)
        .says("cannot write standard output: ");
    assert_eq!(finished.stderr().lines().count(), 1, "{finished}");
}
