//! One run: a fresh server, one load, what it did and what that took. Its books have to agree with the
//! client's, or the figures are worth nothing.

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
    /// Processor time of the whole process for one request, in microseconds.
    pub cpu_us: f64,
    /// The part of it that the thread with the connections took.
    pub front_us: f64,
    /// Jobs done while the load lasted; the loop has none.
    pub jobs_per_second: f64,
    /// Of all answers, those that were no 202.
    pub rejected: f64,
    pub p50_us: u64,
    pub p99_us: u64,
}

impl Run {
    /// Puts a load on a fresh server.
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
                let at_the_end = process.metrics()?["processed"];
                settle(server, &process, load, &outcome)?;
                at_the_end
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

/// Waits until every accepted job is done, and compares the server's books with the client's.
fn settle(
    server: Server,
    process: &harness::server::Server,
    load: &Load,
    outcome: &Outcome,
) -> io::Result<()> {
    // A full queue keeps its one job, and stage 10's worker another.
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
    let agree = |count: u64, answers: u64| (answers..=answers + in_flight).contains(&count);
    let agreed = pending(&metrics) == Some(at_rest)
        && outcome.errors == 0
        && agree(metrics["received"], outcome.requests)
        && agree(metrics["dropped"], outcome.not_2xx);
    match agreed {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "{metrics:?} does not agree with the client's {outcome:?}"
        ))),
    }
}

/// Jobs that were received and neither done nor dropped.
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
