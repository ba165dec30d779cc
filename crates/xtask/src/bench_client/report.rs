//! Formats the figures as tables: medians, and ratios of neighbouring runs with their range.

use std::fmt::Write as _;

use super::Figures;
use super::client::Client;
use super::memory::Memory;
use super::speed::Run;
use crate::spread::{ratio, spread};

type Figure = (&'static str, fn(&Run) -> f64);

const FIGURES: [Figure; 2] =
    [("requests/s", |run| run.requests_per_second), ("CPU s/million", |run| run.cpu_per_million)];

/// Growth below this share, with ten times the requests, counts as none.
const FLAT_MAX: f64 = 0.05;

/// Formats the speed of the clients, and the difference of their counts from the server's.
pub fn speed(figures: &Figures, turns: &[Client]) -> String {
    let rounds = figures.runs.len() / turns.len().max(1);
    let mut text = format!(
        "Stage 10, one thread for its connections; cores: {}; connections: {}; seconds: {}; \
         rounds: {rounds}\n\n",
        figures.cores, figures.connections, figures.seconds
    );
    let runs = |client| figures.runs.iter().filter(move |run| run.client == client);
    row(&mut text, "", ["median", "range", "to wrk", "to naive-reqwest"].map(str::to_owned));
    for (name, get) in FIGURES {
        let values = |client| runs(client).map(get).collect::<Vec<f64>>();
        for &client in turns {
            let own = values(client);
            let to = |other| {
                if other == client { String::new() } else { ratio(&own, &values(other)) }
            };
            let (to_wrk, to_naive) = (to(Client::Wrk), to(Client::Naive));
            let (low, middle, high) = spread(&own);
            let (median, range) = (format!("{middle:.2}"), format!("{low:.2} – {high:.2}"));
            row(&mut text, &label(name, client), [median, range, to_wrk, to_naive]);
        }
        text.push('\n');
    }
    for &client in turns {
        let lost = runs(client).map(|run| run.counters.received as f64 - run.report.answers as f64);
        let (low, _, high) = spread(&lost.collect::<Vec<_>>());
        let connections: Vec<f64> = runs(client).map(|run| run.connections as f64).collect();
        let (fewest, _, most) = spread(&connections);
        let _ = writeln!(
            text,
            "{:<50} received but not reported: {low} – {high}; connections: {fewest} – {most}",
            label("server counters", client)
        );
    }
    text.push('\n');
    text
}

/// Formats the stress client's memory.
pub fn memory(figures: &[Memory]) -> String {
    let mut text = String::new();
    for pair in figures.chunks_exact(2) {
        let [before, after] = pair else { continue };
        let grown = after.peak_bytes as f64 / before.peak_bytes as f64 - 1.0;
        let _ = writeln!(
            text,
            "{:<50} {} KiB after {} requests, {} KiB after {}: {}",
            label("peak memory", before.client),
            before.peak_bytes / 1024,
            before.requests,
            after.peak_bytes / 1024,
            after.requests,
            if grown < FLAT_MAX { "flat" } else { "grows" }
        );
    }
    text.push('\n');
    text
}

fn label(figure: &str, client: Client) -> String {
    format!("{figure:<19} {}", client.name())
}

fn row(text: &mut String, label: &str, columns: [String; 4]) {
    let [median, range, to_wrk, to_naive] = columns;
    let line = format!("{label:<50} {median:>10}  {range:<24} {to_wrk:<20} {to_naive}");
    let _ = writeln!(text, "{}", line.trim_end());
}
