//! What each client says in the end, read from its own words.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::Value;

use super::client::Client;
use super::running::Ended;
use super::server::Books;
use crate::wrk;

/// A client's report.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Told {
    /// Answers that it counted.
    pub answers: u64,
    /// Those among them that it calls successes, or sets apart from the others.
    pub successes: u64,
    /// Requests that it says had no answer.
    pub unanswered: u64,
    /// How long it ran, by its own clock.
    pub seconds: f64,
    pub p99_ms: f64,
    /// Where it has one.
    pub p999_ms: Option<f64>,
    pub max_ms: f64,
    /// How it puts the first three.
    pub words: String,
}

impl Told {
    /// Whether its counts are the server's, to the unit.
    pub fn agrees(&self, books: &Books) -> bool {
        let Books { received, accepted, .. } = *books;
        (self.answers, self.successes, self.unanswered) == (received, accepted, 0)
    }

    /// Reads what a client has said.
    pub fn read(client: Client, ended: &Ended) -> io::Result<Told> {
        let said = ended.stdout.as_str();
        let told = match client {
            Client::Wrk => of_wrk(said),
            Client::Oha => of_oha(said),
            Client::Hey => of_hey(said),
            Client::Ab => of_ab(said),
            Client::Naive => of_naive(said),
            Client::Ours | Client::OursHyper => of_ours(said),
        };
        let line = ended.stderr.lines().last().unwrap_or_default();
        let failed = || io::Error::other(format!("not understood, {}: {line}", ended.status));
        told.ok_or_else(failed)
    }
}

fn of_wrk(said: &str) -> Option<Told> {
    let outcome = wrk::outcome(said)?;
    let line = |begin: &str| said.lines().map(str::trim).find(|line| line.starts_with(begin));
    let summary = said.lines().map(str::trim).find(|line| line.contains(" requests in "));
    let mut words = summary?.to_owned();
    for line in [line("Non-2xx"), line("Socket errors")].into_iter().flatten() {
        let _ = write!(words, "; {line}");
    }
    Some(Told {
        answers: outcome.requests,
        successes: outcome.requests.checked_sub(outcome.not_2xx)?,
        unanswered: outcome.errors,
        seconds: outcome.microseconds as f64 / 1e6,
        p99_ms: outcome.p99_us as f64 / 1e3,
        p999_ms: None,
        max_ms: outcome.max_us as f64 / 1e3,
        words,
    })
}

fn of_oha(said: &str) -> Option<Told> {
    let told: Value = serde_json::from_str(said).ok()?;
    let sum =
        |counts: &Value| -> Option<u64> { counts.as_object()?.values().map(Value::as_u64).sum() };
    let (statuses, errors) = (&told["statusCodeDistribution"], &told["errorDistribution"]);
    let answers = sum(statuses)?;
    let rate = &told["summary"]["successRate"];
    let milliseconds = |value: &Value| value.as_f64().map(|seconds| seconds * 1000.0);
    let percentiles = &told["latencyPercentiles"];
    Some(Told {
        answers,
        successes: (rate.as_f64()? * answers as f64).round() as u64,
        unanswered: sum(errors)?,
        seconds: told["summary"]["total"].as_f64()?,
        p99_ms: milliseconds(&percentiles["p99"])?,
        p999_ms: milliseconds(&percentiles["p99.9"]),
        max_ms: milliseconds(&told["summary"]["slowest"])?,
        words: format!("success rate {rate}, status codes {statuses}, errors {errors}"),
    })
}

fn of_hey(said: &str) -> Option<Told> {
    let lines = || said.lines().map(str::trim);
    let seconds = |begin: &str| -> Option<f64> {
        let line = lines().find_map(|line| line.strip_prefix(begin))?;
        line.trim().strip_suffix(" secs")?.parse().ok()
    };
    let (statuses, errors) = said.split_once("Error distribution:").unwrap_or((said, ""));
    let counted = |text: &str| -> Vec<(u64, String)> {
        let bracketed = |line: &str| {
            let (number, rest) = line.trim().strip_prefix('[')?.split_once(']')?;
            Some((number.parse().ok()?, rest.trim().to_owned()))
        };
        text.lines().filter_map(bracketed).collect()
    };
    let (_, statuses) = statuses.split_once("Status code distribution:")?;
    let mut told = Told {
        answers: 0,
        successes: 0,
        unanswered: counted(errors).iter().map(|(count, _)| count).sum(),
        seconds: seconds("Total:")?,
        p99_ms: seconds("99% in")? * 1000.0,
        p999_ms: None,
        max_ms: seconds("Slowest:")? * 1000.0,
        words: String::new(),
    };
    for (status, responses) in counted(statuses) {
        let count: u64 = responses.strip_suffix(" responses")?.parse().ok()?;
        told.answers += count;
        told.successes += if (200..300).contains(&status) { count } else { 0 };
        let comma = if told.words.is_empty() { "" } else { ", " };
        let _ = write!(told.words, "{comma}[{status}] {responses}");
    }
    if told.unanswered > 0 {
        let _ = write!(told.words, ", {} errors", told.unanswered);
    }
    Some(told)
}

fn of_ab(said: &str) -> Option<Told> {
    let value = |begin: &str| {
        let line = said.lines().find_map(|line| line.trim().strip_prefix(begin))?;
        line.split_ascii_whitespace().next()
    };
    let count = |begin: &str| value(begin).and_then(|count| count.parse::<u64>().ok());
    let milliseconds = |begin: &str| value(begin).and_then(|value| value.parse::<f64>().ok());
    let complete = count("Complete requests:")?;
    let failed = count("Failed requests:")?;
    // A line that is there only when there are any.
    let other = count("Non-2xx responses:").unwrap_or(0);
    Some(Told {
        answers: complete.saturating_sub(failed),
        successes: complete.saturating_sub(failed + other),
        unanswered: failed,
        seconds: value("Time taken for tests:")?.parse().ok()?,
        p99_ms: milliseconds("99%")?,
        p999_ms: None,
        max_ms: milliseconds("100%")?,
        words: format!(
            "Complete requests {complete}, Failed requests {failed}, Non-2xx responses {other}"
        ),
    })
}

fn of_naive(said: &str) -> Option<Told> {
    let told: Value = serde_json::from_str(said).ok()?;
    let count = |name: &str| told[name].as_u64();
    let (ok, failed, errors) = (count("ok")?, count("failed")?, count("errors")?);
    Some(Told {
        answers: ok + failed,
        successes: ok,
        unanswered: errors,
        seconds: told["seconds"].as_f64()?,
        p99_ms: told["p99_ms"].as_f64()?,
        p999_ms: None,
        max_ms: told["max_ms"].as_f64()?,
        words: format!("ok {ok}, failed {failed}, errors {errors}"),
    })
}

fn of_ours(said: &str) -> Option<Told> {
    let told: Value = serde_json::from_str(said).ok()?;
    let count = |value: &Value| value.as_u64();
    let accepted = count(&told["accepted"])?;
    let (rejected, errors) = (count(&told["rejected"])?, count(&told["errors"]["total"])?);
    let latencies = &told["latency_ms"];
    // Of the outcome that there was more of; they are never mixed.
    let latency = &latencies[if accepted >= rejected { "accepted" } else { "rejected" }];
    Some(Told {
        answers: accepted + rejected,
        successes: accepted,
        unanswered: errors,
        seconds: told["seconds"].as_f64()?,
        p99_ms: latency["p99"].as_f64()?,
        p999_ms: latency["p999"].as_f64(),
        max_ms: latency["max"].as_f64()?,
        words: format!("accepted {accepted}, rejected {rejected}, errors {errors}"),
    })
}

#[cfg(test)]
mod tests;
