//! The figures as tables: medians, and the ratios of neighbouring runs with their range.

use std::fmt::Write as _;

use super::run::Run;
use super::{Figures, LOADS, SERVERS, Server};

/// Everything that was measured, for a person.
pub fn tables(figures: &Figures) -> String {
    let mut text = String::new();
    for load in &LOADS {
        let of = |server| -> Vec<&Run> {
            figures.runs.iter().filter(|it| it.load == load.name && it.server == server).collect()
        };
        if !of(Server::Stage10).is_empty() {
            let _ = writeln!(text, "\n{} ({} rounds)", load.name, of(Server::Stage10).len());
            let _ = write!(text, "{}", table(of));
        }
    }
    if let Some(first) = figures.memory.first() {
        let _ = writeln!(text, "\nmemory of an idle connection ({} of them)", first.connections);
        for memory in &figures.memory {
            let kib = memory.bytes_per_connection / 1024.0;
            let _ = writeln!(text, "{:<11} {kib:6.2} KiB", memory.server.name());
        }
    }
    text
}

type Figure = (&'static str, fn(&Run) -> Option<f64>);

const FIGURES: [Figure; 5] = [
    ("requests/s", |run| Some(run.requests_per_second)),
    ("jobs/s", |run| run.jobs_per_second),
    ("CPU µs/request", |run| Some(run.cpu_us)),
    ("of it, front", |run| Some(run.front_us)),
    ("p99 latency, µs", |run| Some(run.p99_us as f64)),
];

/// One load: a row for each server and figure.
fn table<'a>(of: impl Fn(Server) -> Vec<&'a Run>) -> String {
    let mut text = format!(
        "{:<16} {:<11} {:>10}  {:<24} {:<20} {:<20} {:<20}\n",
        "", "", "median", "range", "to static", "to hyper", "to axum"
    );
    for (name, get) in FIGURES {
        for server in SERVERS {
            let values = |server| of(server).into_iter().map(get).collect::<Option<Vec<f64>>>();
            let Some(own) = values(server) else { continue };
            let (low, middle, high) = spread(own.clone());
            let _ = write!(text, "{name:<16} {:<11} {middle:>10.2}  ", server.name());
            let _ = write!(text, "{:<24}", format!("{low:.2} – {high:.2}"));
            for other in [Server::Static, Server::Hyper, Server::Axum] {
                let ratios = values(other).filter(|_| other != server).map(|others| {
                    let ratios = own.iter().zip(others).map(|(own, other)| own / other).collect();
                    let (low, middle, high) = spread(ratios);
                    format!("{middle:.2} ({low:.2} – {high:.2})")
                });
                let _ = write!(text, " {:<20}", ratios.unwrap_or_default());
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    text
}

/// Lowest, median, highest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values[0], values[values.len() - 1]);
    let middle = (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0;
    (low, middle, high)
}
