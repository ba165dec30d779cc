//! Formats the figures as tables: medians, and ratios of neighbouring runs with their range.

use std::fmt::Write as _;

use super::run::Run;
use super::{Figures, LOADS, SERVERS, Server};
use crate::spread::{ratio, spread};

/// Formats all figures.
pub fn tables(figures: &Figures) -> String {
    let mut text = format!(
        "One thread for the connections of each server, two for wrk; cores: {}; seconds: {}\n\n",
        figures.cores, figures.seconds
    );
    for load in &LOADS {
        let runs = |server| -> Vec<&Run> {
            let runs = figures.runs.iter().filter(|run| run.load == load.name);
            runs.filter(|run| run.server == server).collect()
        };
        let rounds = runs(Server::Stage10).len();
        if rounds == 0 {
            continue;
        }
        let workers = load.workers.unwrap_or(figures.workers);
        let heading = format!("{}, workers: {workers}, rounds: {rounds}", load.name);
        let columns = ["median", "range", "to static", "to hyper", "to axum"];
        row(&mut text, &heading, columns.map(str::to_owned));
        for (name, get) in FIGURES {
            if name == JOBS && load.workers.is_none() {
                continue; // the same as requests/s
            }
            for server in SERVERS {
                let values = |server| runs(server).into_iter().map(get).collect();
                let label = format!("{name:<16} {}", server.name());
                if let Some(columns) = compare(server, values) {
                    row(&mut text, &label, columns);
                }
            }
        }
        text.push('\n');
    }
    for memory in &figures.memory {
        let label = format!("KiB/connection   {}", memory.server.name());
        let kib = memory.bytes_per_connection / 1024.0;
        let _ = writeln!(text, "{label:<50} {kib:>10.2}  idle, {} of them", memory.connections);
    }
    text
}

const JOBS: &str = "jobs/s";

type Figure = (&'static str, fn(&Run) -> f64);

const FIGURES: [Figure; 4] = [
    ("requests/s", |run| run.requests_per_second),
    (JOBS, |run| run.jobs_per_second),
    ("CPU µs/request", |run| run.cpu_us),
    ("of it, front", |run| run.front_us),
];

fn row(text: &mut String, label: &str, columns: [String; 5]) {
    let [median, range, to_static, to_hyper, to_axum] = columns;
    let line =
        format!("{label:<50} {median:>10}  {range:<24} {to_static:<20} {to_hyper:<20} {to_axum}");
    let _ = writeln!(text, "{}", line.trim_end());
}

/// Returns a server's figure, and its ratios to other servers in the same round; `None` when the
/// server has no such figure.
fn compare(server: Server, values: impl Fn(Server) -> Vec<f64>) -> Option<[String; 5]> {
    let own = values(server);
    if own.iter().all(|value| *value == 0.0) {
        return None;
    }
    let (low, middle, high) = spread(&own);
    let to = |other: Server| {
        if other == server { String::new() } else { ratio(&own, &values(other)) }
    };
    let (median, range) = (format!("{middle:.2}"), format!("{low:.2} – {high:.2}"));
    Some([median, range, to(Server::Static), to(Server::Hyper), to(Server::Axum)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_round() {
        let values = |server| match server {
            Server::Stage10 => vec![30.0, 10.0, 20.0],
            Server::Hyper => vec![10.0, 10.0, 5.0],
            _ => vec![0.0; 3],
        };
        let columns = compare(Server::Stage10, values).unwrap();
        assert_eq!(columns, ["20.00", "10.00 – 30.00", "", "3.00 (1.00 – 4.00)", ""]);
        assert_eq!(compare(Server::Static, values), None);
    }
}
