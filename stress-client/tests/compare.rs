//! Runs `stress-client compare` on files that each test writes.

// Test code, including the helpers.
#![allow(clippy::unwrap_used)]

#[expect(dead_code, reason = "this suite sends no load")]
#[path = "run/client.rs"]
mod client;

use client::{Finished, command, finish};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A temporary folder with `before.json` and `after.json`.
struct Files(TempDir);

impl Files {
    fn new(before: &str, after: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("before.json"), before).unwrap();
        std::fs::write(folder.path().join("after.json"), after).unwrap();
        Self(folder)
    }

    fn compare(&self, flags: &[&str]) -> Finished {
        let mut command = command(&["compare", "before.json", "after.json"]);
        command.args(flags).current_dir(self.0.path());
        finish(command)
    }
}

/// Returns the essential fields of a run with this rate and this p99 of the accepted requests.
fn run(rate: f64, p99: f64) -> Value {
    json!({
        "schema": 1, "asked": { "url": "http://127.0.0.1:8080", "concurrency": 200, "rate": null },
        "sent": 5000, "accepted": 3000, "rejected": 2000, "errors": { "total": 0 },
        "seconds": 5000.0 / rate, "rate": rate,
        "latency_ms": {
            "accepted": { "mean": 1.9, "p50": 1.5, "p90": 3.0, "p99": p99, "p999": 9.0, "max": 9.5 },
            "rejected": null, "error": null,
        },
        "limit": { "by": "server", "client_cpu_seconds_per_million": null },
    })
}

/// Returns the report of a run with repeats.
fn repeated(runs: &[Value]) -> String {
    let mut report = runs[0].clone();
    report["runs"] = runs.into();
    report.to_string()
}

/// Returns the report of five runs with a noise of a few per cent.
fn five(p99: f64) -> String {
    let noise = [1.0, 1.04, 0.97, 1.02, 0.99];
    repeated(&noise.map(|noise| run(10_000.0 * noise, p99 * noise)))
}

/// Changes one run of a report with repeats.
fn with(report: &str, change: impl Fn(&mut Value)) -> String {
    let mut report: Value = serde_json::from_str(report).unwrap();
    change(&mut report["runs"][1]);
    report.to_string()
}

fn json_of(finished: Finished) -> Value {
    let finished = finished.exits(0);
    assert_eq!(finished.stdout().lines().count(), 1, "{finished}");
    serde_json::from_str(finished.stdout()).unwrap()
}

/// Finds a figure by name.
fn figure<'a>(comparison: &'a Value, name: &str) -> &'a Value {
    let figures = comparison["figures"].as_array().unwrap();
    figures.iter().find(|figure| figure["name"] == name).unwrap()
}

#[test]
fn noise_is_not_a_difference() {
    let finished = Files::new(&five(4.0), &five(4.1)).compare(&[]).exits(0);
    assert_eq!(finished.stderr(), "");
    for line in ["requests a second", "accepted a second", "accepted latency p99, ms"] {
        let mut lines = finished.stdout().lines();
        let line = lines.find(|found| found.starts_with(line)).unwrap();
        assert!(line.ends_with("no difference beyond noise"), "{finished}");
    }
    assert!(!finished.stdout().contains("note:"), "{finished}");
}

#[test]
fn a_difference_is_shown_with_its_band_and_assumptions() {
    let finished = Files::new(&five(4.0), &five(8.0)).compare(&[]).exits(0);
    let table = "\
5 runs before, 5 runs after: median (min..max)

                            before                  after                   ratio  band
requests a second           10,000 (9,700..10,400)  10,000 (9,700..10,400)  1.000  0.952..1.051  no difference beyond noise
accepted a second           6,000 (5,820..6,240)    6,000 (5,820..6,240)    1.000  0.952..1.051  no difference beyond noise
rejected                    2,000                   2,000                   1.000  1.000..1.000  no difference beyond noise
errors                      0                       0                                            none in any run
accepted latency p50, ms    1.50                    1.50                    1.000  1.000..1.000  no difference beyond noise
accepted latency p99, ms    4.00 (3.88..4.16)       8.00 (7.76..8.32)       2.000  1.904..2.101  100.0% more
accepted latency p99.9, ms  9                       9                       1.000  1.000..1.000  no difference beyond noise

The ratio is after / before";
    assert!(finished.stdout().starts_with(table), "{finished}");
    for words in ["96.8% confidence interval", "each line on its own", "independent"] {
        assert!(finished.stdout().contains(words), "{finished}");
    }
}

#[test]
fn the_json_has_the_same_figures() {
    let files = Files::new(&five(4.0), &five(8.0));
    let finished = files.compare(&["--json", "-"]);
    assert!(finished.stderr().starts_with("5 runs before"), "{finished}");
    let comparison = json_of(finished);
    assert_eq!(comparison["schema"], 1);
    assert!((comparison["level"].as_f64().unwrap() - (1.0 - 8.0 / 252.0)).abs() < 1e-9);
    let p99 = figure(&comparison, "latency_ms.accepted.p99");
    assert_eq!(p99["before"], json!({ "median": 4.0, "min": 3.88, "max": 4.16 }));
    assert_eq!((&p99["ratio"], &p99["verdict"]), (&json!(2.0), &json!("more")));
    assert!(p99["band"][0].as_f64().unwrap() > 1.9, "{p99}");
    assert_eq!(figure(&comparison, "rate")["verdict"], "no_difference");

    files.compare(&["--json", "result.json"]).exits(0);
    let written = std::fs::read(files.0.path().join("result.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), comparison);
}

#[test]
fn too_few_runs_have_no_band_and_a_remedy() {
    for (before, after) in [(3, 3), (1, 1), (1, 9), (4, 3)] {
        let report = |count, p99: f64| repeated(&vec![run(10_000.0, p99); count]);
        let files = Files::new(&report(before, 4.0), &report(after, 400.0));
        let table = files.compare(&[]).exits(0);
        assert!(table.stdout().contains("100.0  "), "{table}");
        assert!(table.stdout().contains("too few runs\n"), "{table}");
        assert!(table.stdout().contains("--repeat 5 or more"), "{table}");
        let comparison = json_of(files.compare(&["--json", "-"]));
        assert!(comparison["level"].is_null());
        assert!(figure(&comparison, "rate")["band"].is_null(), "{comparison}");
    }
}

#[test]
fn different_settings_are_named() {
    let changed = five(4.0).replace("200", "100").replace("8080", "9090");
    let finished = Files::new(&five(4.0), &changed).compare(&[]).exits(0);
    let note = "note: the settings differ: concurrency (200 before, 100 after); ";
    assert!(finished.stdout().contains(note), "{finished}");
}

#[test]
fn invalid_runs_are_counted() {
    let interrupted = with(&five(4.0), |run| run["interrupted"] = true.into());
    let limited = with(&five(4.0), |run| run["limit"]["by"] = "client".into());
    let finished = Files::new(&interrupted, &limited).compare(&[]).exits(0);
    for note in
        ["1 of 5 runs before was interrupted: ", "1 of 5 runs after was held back by the client"]
    {
        assert!(finished.stdout().contains(&format!("note: {note}")), "{finished}");
    }
}

#[test]
fn a_count_of_zero_has_a_verdict_in_words() {
    let none = |report: &str| report.replace("\"rejected\":2000", "\"rejected\":0");
    let some = with(&five(4.0), |run| run["rejected"] = 0.into());
    for (before, after, verdict) in [
        (none(&five(4.0)), five(4.0), "none before"),
        (five(4.0), none(&five(4.0)), "none after"),
        (five(4.0), some, "none in some runs"),
    ] {
        let finished = Files::new(&before, &after).compare(&[]).exits(0);
        let line = finished.stdout().lines().find(|line| line.starts_with("rejected")).unwrap();
        assert!(line.ends_with(verdict), "{finished}");
    }
}

#[test]
fn several_reports_in_a_file_are_like_one_with_repeats() {
    let runs: Vec<_> = [9.0, 10.0, 11.0, 12.0, 13.0].map(|rate| run(rate, 4.0)).into();
    let lines: Vec<_> = runs.iter().map(Value::to_string).collect();
    let one = Files::new(&repeated(&runs), &five(4.0)).compare(&["--json", "-"]);
    let several = Files::new(&(lines.join("\n") + "\n"), &five(4.0)).compare(&["--json", "-"]);
    assert_eq!(json_of(one), json_of(several));
}

#[test]
fn a_report_of_another_schema_is_refused() {
    let other = run(1.0, 1.0).to_string().replace("\"schema\":1", "\"schema\":2");
    let finished = Files::new(&other, &five(4.0)).compare(&[]).exits(2);
    let line = "stress-client: before.json is a report of schema 2, and this client reads schema 1: \
                use the client that wrote it\n";
    assert_eq!(finished.stderr(), line, "{finished}");
    assert_eq!(finished.stdout(), "", "{finished}");
}

#[test]
fn a_file_that_is_not_a_report_is_refused_in_one_line() {
    let comparison = Files::new(&five(4.0), &five(4.0)).compare(&["--json", "-"]).exits(0);
    let short = run(1.0, 1.0).to_string().replace("\"sent\":5000", "\"sent\":\"many\"");
    for (text, says) in [
        ("", "after.json is not a report of `stress-client run --json`: the file is empty"),
        ("5,000 requests to", "after.json is not JSON: "),
        ("{\"schema\": 1", "after.json is not JSON: EOF"),
        ("[1]", "it has no \"schema\""),
        ("{\"schema\": 1, \"sent\": 5}", "it has no \"accepted\""),
        (comparison.stdout(), "it has no \"sent\""),
        (&short, "invalid type: string \"many\""),
        (&run(1.0, 1.0).to_string().replace("\"schema\":1", "\"schema\":\"1\""), "is not a number"),
        (&format!("{} oops", run(1.0, 1.0)), "after.json is not JSON: "),
        (&repeated(&vec![run(1.0, 1.0); 101]), "there are 101 runs after"),
    ] {
        let finished = Files::new(&five(4.0), text).compare(&[]).exits(2).says(says);
        assert_eq!(finished.stderr().lines().count(), 1, "{finished}");
    }
}

#[test]
fn a_missing_file_is_refused_in_one_line() {
    let files = Files::new(&five(4.0), "");
    std::fs::remove_file(files.0.path().join("after.json")).unwrap();
    let finished = files.compare(&[]).exits(2).says("cannot read after.json: ");
    assert_eq!(finished.stderr().lines().count(), 1, "{finished}");
    // Without a comparison no file is written.
    files.compare(&["--json", "result.json"]).exits(2);
    assert!(!files.0.path().join("result.json").exists());
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_one_clear_line() {
    let files = Files::new(&five(4.0), &five(4.0));
    // Closed before the client starts, or a fast client would be done first.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(&["compare", "before.json", "after.json"]);
    command.current_dir(files.0.path()).stdout(writer);
    let child = command.spawn().unwrap();
    let finished = Finished::new("a closed pipe", child.wait_with_output().unwrap())
        .exits(1)
        .says("cannot write standard output: ");
    assert_eq!(finished.stderr().lines().count(), 1, "{finished}");
}
