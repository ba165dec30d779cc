//! Measures the rate and the processor time of each client.

use std::io;

use harness::process::descriptors;
use harness::server::Server;
use serde::Serialize;

use super::client::{Client, Load};
use super::client_process::ClientProcess;
use super::client_report::ClientReport;
use super::counters::{OPEN, ServerCounters};
use super::{Setup, with_client};

/// A run of one client.
#[derive(Debug, Serialize)]
pub struct Run {
    pub client: Client,
    /// Responses per second, by the client's own count and clock.
    pub requests_per_second: f64,
    /// Processor time of the client per million responses, in seconds.
    pub cpu_per_million: f64,
    /// The peak number of connections at the server.
    pub connections: usize,
    /// The number of connections requested.
    pub connections_wanted: u32,
    #[serde(rename = "told")]
    pub report: ClientReport,
    #[serde(rename = "books")]
    pub counters: ServerCounters,
}

/// Measures every client in turn, against a fresh server each, for a number of rounds.
pub fn measure(setup: &Setup, rounds: u32) -> Result<Vec<Run>, String> {
    let mut runs = Vec::new();
    for round in 1..=rounds {
        for &client in &setup.turns {
            let run = Run::measure(setup, client).map_err(with_client(client))?;
            eprintln!(
                "{round}/{rounds} {}: {:.0}/s, {:.2} s of CPU per million",
                client.name(),
                run.requests_per_second,
                run.cpu_per_million
            );
            runs.push(run);
        }
    }
    Ok(runs)
}

impl Run {
    fn measure(setup: &Setup, client: Client) -> io::Result<Run> {
        let server = Server::start(&setup.server, &OPEN)?;
        let (url, id) = (server.url(), server.process_id());
        let Setup { connections, seconds, .. } = *setup;
        let load = Load { url: &url, connections, seconds, rate: None };
        let idle = descriptors(id)?;
        let mut most = idle;
        let process = ClientProcess::start(setup.clients.command(client, load))?;
        let exit = process.wait(seconds, |_| most = most.max(descriptors(id).unwrap_or(0)))?;
        let report = ClientReport::parse(client, &exit)?;
        Ok(Run {
            client,
            requests_per_second: report.answers as f64 / report.seconds,
            cpu_per_million: exit.cpu_seconds * 1e6 / report.answers as f64,
            connections: most - idle,
            connections_wanted: connections,
            counters: ServerCounters::read_stable(&server)?,
            report,
        })
    }

    /// Returns the stress client's error, if there is one.
    pub fn fault(&self) -> Option<String> {
        let Run { client, report, counters, connections, connections_wanted, .. } = self;
        if !client.is_ours() {
            return None;
        }
        let connections = (*connections != *connections_wanted as usize)
            .then(|| format!("{connections} connections instead of {connections_wanted}"));
        let counts = (!report.agrees(counters))
            .then(|| format!("reported {}, server {counters}", report.summary));
        Some(format!("{}: {}", client.name(), counts.or(connections)?))
    }
}
