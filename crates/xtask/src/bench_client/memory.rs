//! Measures whether the stress client's memory grows with the number of requests.

use std::io;

use harness::process::peak_resident_bytes;
use harness::server::Server;
use serde::Serialize;

use super::client::Client;
use super::client_process::ClientProcess;
use super::counters::OPEN;
use super::{Setup, with_client};

const REQUESTS: [u64; 2] = [1_000_000, 10_000_000];

/// A limit in seconds that no machine reaches.
const LIMIT: u32 = 3600;

#[derive(Debug, Serialize)]
pub struct Memory {
    pub client: Client,
    pub requests: u64,
    pub peak_bytes: u64,
}

/// Returns the stress client's peak memory for each number of requests.
pub fn measure(setup: &Setup) -> Result<Vec<Memory>, String> {
    let mut figures = Vec::new();
    for &client in setup.turns.iter().filter(|client| client.is_ours()) {
        for requests in REQUESTS {
            let peak_bytes = peak(setup, client, requests).map_err(with_client(client))?;
            eprintln!("{}, {requests} requests: {} KiB", client.name(), peak_bytes / 1024);
            figures.push(Memory { client, requests, peak_bytes });
        }
    }
    Ok(figures)
}

fn peak(setup: &Setup, client: Client, requests: u64) -> io::Result<u64> {
    let server = Server::start(&setup.server, &OPEN)?;
    let command = setup.clients.ours(client, &server.url(), setup.connections, requests);
    let mut peak = 0;
    let exit = ClientProcess::start(command)?.wait(LIMIT, |id| {
        // A process that has ended has no memory.
        peak = peak.max(peak_resident_bytes(id).unwrap_or(0));
    })?;
    if exit.status.success() { Ok(peak) } else { Err(io::Error::other(exit.stderr)) }
}
