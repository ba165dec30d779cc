//! How fast a client is, and what that takes.

use std::io;

use harness::process::descriptors;
use harness::server::Server;
use serde::Serialize;

use super::client::{Client, Load};
use super::running::Running;
use super::server::{Books, OPEN};
use super::told::Told;
use super::{Stand, of};

/// One run of one client.
#[derive(Debug, Serialize)]
pub struct Run {
    pub client: Client,
    /// Answers by the client's own count, in a second of its own.
    pub requests_per_second: f64,
    /// Processor time of the client in seconds for a million answers.
    pub cpu_per_million: f64,
    /// The most connections that the server had at any time.
    pub connections: usize,
    /// How many were asked for.
    pub connections_wanted: u32,
    pub told: Told,
    pub books: Books,
}

/// Every client in turn, on a fresh server each, and all over again.
pub fn measure(stand: &Stand, rounds: u32) -> Result<Vec<Run>, String> {
    let mut runs = Vec::new();
    for round in 1..=rounds {
        for &client in &stand.turns {
            let run = Run::measure(stand, client).map_err(of(client))?;
            eprintln!(
                "{round}/{rounds} {}: {:.0}/s, {:.2} s of CPU for a million",
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
    fn measure(stand: &Stand, client: Client) -> io::Result<Run> {
        let server = Server::start(&stand.server, &OPEN)?;
        let (url, id) = (server.url(), server.process_id());
        let Stand { connections, seconds, .. } = *stand;
        let load = Load { url: &url, connections, seconds, rate: None };
        let idle = descriptors(id)?;
        let mut most = idle;
        let running = Running::start(stand.clients.command(client, load))?;
        let ended = running.end(seconds, |_| most = most.max(descriptors(id).unwrap_or(0)))?;
        let told = Told::read(client, &ended)?;
        Ok(Run {
            client,
            requests_per_second: told.answers as f64 / told.seconds,
            cpu_per_million: ended.cpu_seconds * 1e6 / told.answers as f64,
            connections: most - idle,
            connections_wanted: connections,
            books: Books::at_rest(&server)?,
            told,
        })
    }

    /// What the stress client said that was not so.
    pub fn fault(&self) -> Option<String> {
        let Run { client, told, books, connections, connections_wanted, .. } = self;
        if !client.is_ours() {
            return None;
        }
        let connections = (*connections != *connections_wanted as usize)
            .then(|| format!("{connections} connections instead of {connections_wanted}"));
        let counts = (!told.agrees(books)).then(|| format!("said {}, was {books}", told.words));
        Some(format!("{}: {}", client.name(), counts.or(connections)?))
    }
}
