//! The client's own binary: run with flags, and what it said and left.

use serde_json::Value;
use std::process::{Command, Output, Stdio};

/// What a finished client left behind.
pub struct Finished {
    command: String,
    pub output: Output,
}

/// The binary with these flags, streams piped.
pub fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stress-client"));
    command.args(flags).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the binary to its end.
pub fn client(flags: &[&str]) -> Finished {
    finish(command(flags))
}

pub fn finish(mut command: Command) -> Finished {
    Finished { output: command.output().unwrap(), command: format!("{command:?}") }
}

/// Runs load against a server and returns its JSON, whose books must balance and agree with the exit
/// status.
pub fn run(url: &str, flags: &[&str]) -> Value {
    let mut all = vec!["run", "--url", url, "--json", "-"];
    all.extend(flags);
    let finished = client(&all);
    let report = finished.json();
    let only_errors = report["errors"]["total"] == report["sent"];
    finished.exits(if only_errors { 4 } else { 0 });
    report
}

impl Finished {
    pub fn of(command: &str, output: Output) -> Self {
        Self { command: command.to_owned(), output }
    }

    /// Fails, with all there is to see, unless the client ended with this status.
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(status), "{self}");
        self
    }

    pub fn stdout(&self) -> &str {
        std::str::from_utf8(&self.output.stdout).unwrap()
    }

    pub fn stderr(&self) -> &str {
        std::str::from_utf8(&self.output.stderr).unwrap()
    }

    /// Fails unless standard error has these words.
    pub fn says(self, words: &str) -> Self {
        assert!(self.stderr().contains(words), "no {words:?} in\n{self}");
        self
    }

    /// Standard output as a report: one line of JSON, whose books balance.
    pub fn json(&self) -> Value {
        assert_eq!(self.stdout().lines().count(), 1, "{self}");
        let report = serde_json::from_str(self.stdout()).unwrap();
        assert_balanced(&report);
        report
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}\n{}", self.command, self.output.status)?;
        writeln!(f, "--- stdout\n{}", self.stdout())?;
        writeln!(f, "--- stderr\n{}", self.stderr())
    }
}

/// Every request sent has one outcome; every error has one cause and one fate.
fn assert_balanced(report: &Value) {
    let errors = &report["errors"];
    let sum = |names: &[&str]| -> u64 { names.iter().map(|name| count(&errors[name])).sum() };
    let total = count(&errors["total"]);
    assert_eq!(
        count(&report["sent"]),
        count(&report["accepted"]) + count(&report["rejected"]) + total,
        "{report}"
    );
    let causes = ["refused", "reset", "closed", "timeout", "status", "body", "ports", "other"];
    assert_eq!(sum(&causes), total, "{report}");
    assert_eq!(sum(&["not_sent", "unknown"]), total, "{report}");
    for (outcome, count_of_it) in [
        ("accepted", &report["accepted"]),
        ("rejected", &report["rejected"]),
        ("error", &errors["total"]),
    ] {
        let latency = &report["latency_ms"][outcome];
        assert_eq!(latency.is_null(), count(count_of_it) == 0, "{report}");
    }
}

pub fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}
