//! Runs the client's binary and checks its output.

use serde_json::Value;
use std::process::{Command, Output, Stdio};

/// The output of a finished client.
pub struct Finished {
    command: String,
    pub output: Output,
}

/// Returns the command with these flags and piped streams.
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

/// Sends load to a server and returns the report, after checking its sums and the exit status.
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
    pub fn new(command: &str, output: Output) -> Self {
        Self { command: command.to_owned(), output }
    }

    /// Panics unless the client exited with this status.
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

    /// Panics unless standard error contains this text.
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr().contains(text), "no {text:?} in\n{self}");
        self
    }

    /// Parses standard output as a report on one line, and checks its sums.
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

/// Panics unless every request has one outcome, and every error one cause and one fate.
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
    for (outcome, outcomes) in [
        ("accepted", &report["accepted"]),
        ("rejected", &report["rejected"]),
        ("error", &errors["total"]),
    ] {
        let latency = &report["latency_ms"][outcome];
        assert_eq!(latency.is_null(), count(outcomes) == 0, "{report}");
    }
}

pub fn count(value: &Value) -> u64 {
    value.as_u64().unwrap()
}
