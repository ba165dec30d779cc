//! A run: one load against a fresh server, with rates and processor time. The server's counters
//! must match the client's.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::{io, thread};

use harness::process::{cpu_seconds, main_thread_cpu_seconds};
use harness::server::PATIENCE;
use serde::Serialize;

use super::{Load, Server};
use crate::wrk::Outcome;

#[derive(Debug, Serialize)]
pub struct Run {
    pub load: &'static str,
    pub server: Server,
    pub requests_per_second: f64,
    /// Processor time of the process per request, in microseconds.
    pub cpu_us: f64,
    /// The part of `cpu_us` spent in the thread that serves the connections.
    pub front_us: f64,
    /// Jobs done per second under the load; 0 for the static loop.
    pub jobs_per_second: f64,
    /// The share of responses other than 202.
    pub rejected: f64,
    pub p50_us: u64,
    pub p99_us: u64,
}

impl Run {
    /// Runs a load against a fresh server.
    pub fn measure(
        server: Server,
        binary: &str,
        load: &Load,
        workers: u16,
        drive: impl FnOnce(SocketAddr) -> io::Result<Outcome>,
    ) -> io::Result<Run> {
        let process = server.start(binary, workers, load.full)?;
        let id = process.process_id();
        let outcome = drive(process.address())?;
        let seconds = outcome.microseconds as f64 / 1e6;
        let processed = match server {
            Server::Static => 0,
            _ => {
                let processed = process.metrics()?["processed"];
                settle(server, &process, load, &outcome)?;
                processed
            }
        };
        let requests = outcome.requests as f64;
        let per_request = |seconds: f64| seconds * 1e6 / requests;
        Ok(Run {
            load: load.name,
            server,
            requests_per_second: requests / seconds,
            cpu_us: per_request(cpu_seconds(id)?),
            front_us: per_request(main_thread_cpu_seconds(id)?),
            jobs_per_second: processed as f64 / seconds,
            rejected: outcome.not_2xx as f64 / requests,
            p50_us: outcome.p50_us,
            p99_us: outcome.p99_us,
        })
    }
}

/// Waits until every accepted job is done, then compares the server's counters with the client's.
fn settle(
    server: Server,
    process: &harness::server::Server,
    load: &Load,
    outcome: &Outcome,
) -> io::Result<()> {
    // A full queue keeps one job, and stage 10's worker another.
    let at_rest = match (load.full, server) {
        (false, _) => 0,
        (true, Server::Stage10) => 2,
        (true, _) => 1,
    };
    let begin = Instant::now();
    let metrics = loop {
        let metrics = process.metrics()?;
        if pending(&metrics) == Some(at_rest) || begin.elapsed() > PATIENCE {
            break metrics;
        }
        thread::sleep(Duration::from_millis(10));
    };
    let in_flight = u64::from(load.connections) * u64::from(load.depth);
    let agrees = |count: u64, answers: u64| (answers..=answers + in_flight).contains(&count);
    let all_agree = pending(&metrics) == Some(at_rest)
        && outcome.errors == 0
        && agrees(metrics["received"], outcome.requests)
        && agrees(metrics["dropped"], outcome.not_2xx);
    if !all_agree {
        let message = format!("{metrics:?} does not match the client's {outcome:?}");
        return Err(io::Error::other(message));
    }
    Ok(())
}

/// Returns the number of jobs received and neither done nor dropped.
fn pending(metrics: &BTreeMap<String, u64>) -> Option<u64> {
    let count = |name: &str| metrics.get(name).copied();
    count("received")?.checked_sub(count("processed")?)?.checked_sub(count("dropped")?)
}

impl Display for Run {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Run { server, requests_per_second, cpu_us, front_us, .. } = self;
        write!(f, "{server:?} {requests_per_second:.0}/s, {cpu_us:.2} µs, front {front_us:.2} µs")
    }
}
