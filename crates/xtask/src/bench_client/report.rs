//! The figures as tables: medians, and the ratios of neighbouring runs with their range.

use std::fmt::Write as _;

use super::Figures;
use super::client::Client;
use super::memory::Memory;
use super::speed::Run;
use crate::spread::{ratio, spread};

type Figure = (&'static str, fn(&Run) -> f64);

const FIGURES: [Figure; 2] =
    [("requests/s", |run| run.requests_per_second), ("CPU s/million", |run| run.cpu_per_million)];

/// Memory that grew by less than this share, while the requests grew tenfold, did not grow with them.
const FLAT: f64 = 0.05;

/// How fast the clients were, and how their counts compare with the server's.
pub fn speed(figures: &Figures, turns: &[Client]) -> String {
    let rounds = figures.runs.len() / turns.len().max(1);
    let mut text = format!(
        "Stage 10, one thread for its connections; cores: {}; connections: {}; seconds: {}; \
         rounds: {rounds}\n\n",
        figures.cores, figures.connections, figures.seconds
    );
    let of = |client| figures.runs.iter().filter(move |run| run.client == client);
    row(&mut text, "", ["median", "range", "to wrk", "to naive-reqwest"].map(str::to_owned));
    for (name, get) in FIGURES {
        let values = |client| of(client).map(get).collect::<Vec<f64>>();
        for &client in turns {
            let own = values(client);
            let to = |other| match other == client {
                true => String::new(),
                false => ratio(&own, &values(other)),
            };
            let (to_wrk, to_naive) = (to(Client::Wrk), to(Client::Naive));
            let (low, middle, high) = spread(own);
            let (median, range) = (format!("{middle:.2}"), format!("{low:.2} – {high:.2}"));
            row(&mut text, &label(name, client), [median, range, to_wrk, to_naive]);
        }
        text.push('\n');
    }
    for &client in turns {
        let lost = of(client).map(|run| run.books.received as f64 - run.told.answers as f64);
        let (low, _, high) = spread(lost.collect());
        let (fewest, _, most) = spread(of(client).map(|run| run.connections as f64).collect());
        let _ = writeln!(
            text,
            "{:<50} received and not reported: {low} – {high}; connections: {fewest} – {most}",
            label("the server's books", client)
        );
    }
    text.push('\n');
    text
}

/// How much memory the stress client took.
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
            if grown < FLAT { "flat" } else { "it grows" }
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
