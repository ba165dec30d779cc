//! Parses the final report of each client.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::Value;

use super::client::Client;
use super::client_process::ClientExit;
use super::counters::ServerCounters;
use crate::wrk;

/// The figures of a client's report.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ClientReport {
    /// Responses, by its count.
    pub answers: u64,
    /// Responses that it counts as successes or lists separately from the rest.
    pub successes: u64,
    /// Requests that it reports as without a response.
    pub unanswered: u64,
    /// The duration of the run, by its own clock.
    pub seconds: f64,
    pub p99_ms: f64,
    /// `None` if it reports no such percentile.
    pub p999_ms: Option<f64>,
    pub max_ms: f64,
    /// The counts in its own words.
    #[serde(rename = "words")]
    pub summary: String,
}

impl ClientReport {
    /// Returns true if its counts equal the server's.
    pub fn agrees(&self, counters: &ServerCounters) -> bool {
        let ServerCounters { received, accepted, .. } = *counters;
        (self.answers, self.successes, self.unanswered) == (received, accepted, 0)
    }

    /// Parses the output of a client.
    pub fn parse(client: Client, exit: &ClientExit) -> io::Result<ClientReport> {
        let parse = match client {
            Client::Wrk => parse_wrk,
            Client::Oha => parse_oha,
            Client::Hey => parse_hey,
            Client::Ab => parse_ab,
            Client::Naive => parse_naive,
            Client::Ours | Client::OursRaw => parse_ours,
        };
        let line = exit.stderr.lines().last().unwrap_or_default();
        let invalid = || io::Error::other(format!("no valid report ({}): {line}", exit.status));
        parse(&exit.stdout).ok_or_else(invalid)
    }
}

fn parse_wrk(stdout: &str) -> Option<ClientReport> {
    let outcome = wrk::parse_outcome(stdout)?;
    let line = |begin: &str| stdout.lines().map(str::trim).find(|line| line.starts_with(begin));
    let summary = stdout.lines().map(str::trim).find(|line| line.contains(" requests in "));
    let mut summary = summary?.to_owned();
    for line in [line("Non-2xx"), line("Socket errors")].into_iter().flatten() {
        let _ = write!(summary, "; {line}");
    }
    Some(ClientReport {
        answers: outcome.requests,
        successes: outcome.requests.checked_sub(outcome.not_2xx)?,
        unanswered: outcome.errors,
        seconds: outcome.microseconds as f64 / 1e6,
        p99_ms: outcome.p99_us as f64 / 1e3,
        p999_ms: None,
        max_ms: outcome.max_us as f64 / 1e3,
        summary,
    })
}

fn parse_oha(stdout: &str) -> Option<ClientReport> {
    let report: Value = serde_json::from_str(stdout).ok()?;
    let sum =
        |counts: &Value| -> Option<u64> { counts.as_object()?.values().map(Value::as_u64).sum() };
    let (statuses, errors) = (&report["statusCodeDistribution"], &report["errorDistribution"]);
    let answers = sum(statuses)?;
    let rate = &report["summary"]["successRate"];
    let milliseconds = |value: &Value| value.as_f64().map(|seconds| seconds * 1000.0);
    let percentiles = &report["latencyPercentiles"];
    Some(ClientReport {
        answers,
        successes: (rate.as_f64()? * answers as f64).round() as u64,
        unanswered: sum(errors)?,
        seconds: report["summary"]["total"].as_f64()?,
        p99_ms: milliseconds(&percentiles["p99"])?,
        p999_ms: milliseconds(&percentiles["p99.9"]),
        max_ms: milliseconds(&report["summary"]["slowest"])?,
        summary: format!("success rate {rate}, status codes {statuses}, errors {errors}"),
    })
}

fn parse_hey(stdout: &str) -> Option<ClientReport> {
    let lines = || stdout.lines().map(str::trim);
    let seconds = |begin: &str| -> Option<f64> {
        let line = lines().find_map(|line| line.strip_prefix(begin))?;
        line.trim().strip_suffix(" secs")?.parse().ok()
    };
    let (statuses, errors) = stdout.split_once("Error distribution:").unwrap_or((stdout, ""));
    let counted = |text: &str| -> Vec<(u64, String)> {
        let bracketed = |line: &str| {
            let (number, rest) = line.trim().strip_prefix('[')?.split_once(']')?;
            Some((number.parse().ok()?, rest.trim().to_owned()))
        };
        text.lines().filter_map(bracketed).collect()
    };
    let (_, statuses) = statuses.split_once("Status code distribution:")?;
    let mut report = ClientReport {
        answers: 0,
        successes: 0,
        unanswered: counted(errors).iter().map(|(count, _)| count).sum(),
        seconds: seconds("Total:")?,
        p99_ms: seconds("99% in")? * 1000.0,
        p999_ms: None,
        max_ms: seconds("Slowest:")? * 1000.0,
        summary: String::new(),
    };
    for (status, responses) in counted(statuses) {
        let count: u64 = responses.strip_suffix(" responses")?.parse().ok()?;
        report.answers += count;
        report.successes += if (200..300).contains(&status) { count } else { 0 };
        let comma = if report.summary.is_empty() { "" } else { ", " };
        let _ = write!(report.summary, "{comma}[{status}] {responses}");
    }
    if report.unanswered > 0 {
        let _ = write!(report.summary, ", {} errors", report.unanswered);
    }
    Some(report)
}

fn parse_ab(stdout: &str) -> Option<ClientReport> {
    let value = |begin: &str| {
        let line = stdout.lines().find_map(|line| line.trim().strip_prefix(begin))?;
        line.split_ascii_whitespace().next()
    };
    let count = |begin: &str| value(begin).and_then(|count| count.parse::<u64>().ok());
    let milliseconds = |begin: &str| value(begin).and_then(|value| value.parse::<f64>().ok());
    let complete = count("Complete requests:")?;
    let failed = count("Failed requests:")?;
    // ab prints this line only for a count above zero.
    let other = count("Non-2xx responses:").unwrap_or(0);
    Some(ClientReport {
        answers: complete.saturating_sub(failed),
        successes: complete.saturating_sub(failed + other),
        unanswered: failed,
        seconds: value("Time taken for tests:")?.parse().ok()?,
        p99_ms: milliseconds("99%")?,
        p999_ms: None,
        max_ms: milliseconds("100%")?,
        summary: format!(
            "Complete requests {complete}, Failed requests {failed}, Non-2xx responses {other}"
        ),
    })
}

fn parse_naive(stdout: &str) -> Option<ClientReport> {
    let report: Value = serde_json::from_str(stdout).ok()?;
    let count = |name: &str| report[name].as_u64();
    let (ok, failed, errors) = (count("ok")?, count("failed")?, count("errors")?);
    Some(ClientReport {
        answers: ok + failed,
        successes: ok,
        unanswered: errors,
        seconds: report["seconds"].as_f64()?,
        p99_ms: report["p99_ms"].as_f64()?,
        p999_ms: None,
        max_ms: report["max_ms"].as_f64()?,
        summary: format!("ok {ok}, failed {failed}, errors {errors}"),
    })
}

fn parse_ours(stdout: &str) -> Option<ClientReport> {
    let report: Value = serde_json::from_str(stdout).ok()?;
    let count = |value: &Value| value.as_u64();
    let accepted = count(&report["accepted"])?;
    let (rejected, errors) = (count(&report["rejected"])?, count(&report["errors"]["total"])?);
    let latencies = &report["latency_ms"];
    // The latencies of the more frequent outcome: the client keeps them apart.
    let latency = &latencies[if accepted >= rejected { "accepted" } else { "rejected" }];
    Some(ClientReport {
        answers: accepted + rejected,
        successes: accepted,
        unanswered: errors,
        seconds: report["seconds"].as_f64()?,
        p99_ms: latency["p99"].as_f64()?,
        p999_ms: latency["p999"].as_f64(),
        max_ms: latency["max"].as_f64()?,
        summary: format!("accepted {accepted}, rejected {rejected}, errors {errors}"),
    })
}

#[cfg(test)]
mod tests;
