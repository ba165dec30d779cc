//! Whether the stress client's memory grows with the run.

use std::io;

use harness::process::peak_resident_bytes;
use harness::server::Server;
use serde::Serialize;

use super::client::Client;
use super::running::Running;
use super::server::OPEN;
use super::{Stand, of};

const REQUESTS: [u64; 2] = [1_000_000, 10_000_000];

/// More seconds than the slowest machine needs.
const LIMIT: u32 = 3600;

#[derive(Debug, Serialize)]
pub struct Memory {
    pub client: Client,
    pub requests: u64,
    pub peak_bytes: u64,
}

/// The stress client's peak after each number of requests.
pub fn measure(stand: &Stand) -> Result<Vec<Memory>, String> {
    let mut figures = Vec::new();
    for &client in stand.turns.iter().filter(|client| client.is_ours()) {
        for requests in REQUESTS {
            let peak_bytes = peak(stand, client, requests).map_err(of(client))?;
            eprintln!("{}, {requests} requests: {} KiB", client.name(), peak_bytes / 1024);
            figures.push(Memory { client, requests, peak_bytes });
        }
    }
    Ok(figures)
}

fn peak(stand: &Stand, client: Client, requests: u64) -> io::Result<u64> {
    let server = Server::start(&stand.server, &OPEN)?;
    let command = stand.clients.ours(client, &server.url(), stand.connections, requests);
    let mut peak = 0;
    let ended = Running::start(command)?.end(LIMIT, |id| {
        // Between its end and its being waited for it has no memory any more.
        peak = peak.max(peak_resident_bytes(id).unwrap_or(0));
    })?;
    match ended.status.success() {
        true => Ok(peak),
        false => Err(io::Error::other(ended.stderr)),
    }
}
