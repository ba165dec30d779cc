//! A client that records what was accepted, and the expected balance of each user.

use crate::server::{PATIENCE, Server};
use contract::{To, Wire, WireError};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// The record of a client at the end of a run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Books {
    /// The number of requests accepted.
    pub accepted: u64,
    /// The number of requests rejected.
    pub rejected: u64,
    /// The number of requests without an answer.
    pub unknown: u64,
    /// The sum of the absolute amounts of those requests: the possible error of `sums`.
    pub doubt: u64,
    /// The number of truncated answers.
    pub cut: u64,
    /// The sums of the accepted amounts, by user.
    pub sums: BTreeMap<String, i64>,
}

/// Returns an event as JSON.
pub fn event(user: &str, amount: i64) -> String {
    format!(r#"{{"user":"{user}","action":"lab","amount":{amount}}}"#)
}

/// Returns the request that posts a body.
pub fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

impl Books {
    /// Sends `count` events over `connections` concurrent connections, with a pipeline of `depth`,
    /// for `users` users in turn, with positive and negative amounts. A connection stops when it is
    /// closed.
    pub fn keep(server: SocketAddr, connections: u64, count: u64, depth: u64, users: u64) -> Self {
        let each = count / connections;
        let send = |nth: u64| Self::send(server, nth * each, each, depth, users);
        thread::scope(|scope| {
            let clients: Vec<_> = (0..connections).map(|n| scope.spawn(move || send(n))).collect();
            let mut all = Self::default();
            for client in clients {
                // Propagate a panic.
                all.add(client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            all
        })
    }

    /// Sends the events from `first` on over one connection.
    fn send(server: SocketAddr, first: u64, count: u64, depth: u64, users: u64) -> Self {
        let mut books = Self::default();
        let Ok(mut wire) = Wire::open(server, PATIENCE) else { return books };
        let mut numbers = first..first + count;
        loop {
            let batch = numbers.by_ref().take(depth as usize);
            let batch: Vec<_> = batch.map(|n| (format!("user{}", n % users), amount(n))).collect();
            let requests = batch.iter().flat_map(|(user, amount)| post(event(user, *amount)));
            let bytes: Vec<u8> = requests.collect();
            if batch.is_empty() || wire.send(bytes).is_err() {
                books.add_unknown(&batch);
                return books;
            }
            for (index, (user, amount)) in batch.iter().enumerate() {
                match wire.answer(To::Other) {
                    Ok(got) if got.says("status", "accepted") => {
                        books.accepted += 1;
                        *books.sums.entry(user.clone()).or_default() += amount;
                    }
                    Ok(got) if got.says("status", "rejected") => books.rejected += 1,
                    Err(error @ (WireError::Closed | WireError::Reset | WireError::Cut(_))) => {
                        books.cut += u64::from(matches!(error, WireError::Cut(_)));
                        books.add_unknown(&batch[index..]);
                        return books;
                    }
                    other => panic!("neither accepted nor rejected: {other:?}"),
                }
            }
        }
    }

    /// Records events without an answer.
    fn add_unknown(&mut self, events: &[(String, i64)]) {
        self.unknown += events.len() as u64;
        self.doubt += events.iter().map(|(_, amount)| amount.unsigned_abs()).sum::<u64>();
    }

    /// Checks final balances: they have to be the sums of the accepted amounts, within `doubt`.
    ///
    /// # Errors
    /// A sentence with both.
    pub fn check(&self, balances: &BTreeMap<String, i64>) -> Result<(), String> {
        let users: BTreeSet<&String> = self.sums.keys().chain(balances.keys()).collect();
        let get = |sums: &BTreeMap<String, i64>, user| sums.get(user).copied().unwrap_or(0);
        let off = |user| get(balances, user).abs_diff(get(&self.sums, user));
        let off: u64 = users.into_iter().map(off).sum();
        let doubt = self.doubt;
        (off <= doubt).then_some(()).ok_or_else(|| {
            format!("off by {off}, of which {doubt} in doubt: {balances:?}, accepted {self:?}")
        })
    }

    /// Adds the record of another client.
    pub fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.unknown += other.unknown;
        self.doubt += other.doubt;
        self.cut += other.cut;
        for (user, sum) in other.sums {
            *self.sums.entry(user).or_default() += sum;
        }
    }
}

/// Returns an amount that is never 0, so that a lost or duplicate event changes a sum.
fn amount(n: u64) -> i64 {
    let size = (n % 97 + 1) as i64;
    if n.is_multiple_of(3) { -size } else { size }
}

/// Calls `poll` until it returns a value.
///
/// # Errors
/// When `poll` fails, or its last message after [`PATIENCE`].
pub fn wait_for<T>(
    what: &str,
    mut poll: impl FnMut() -> Result<Result<T, String>, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let until = Instant::now() + PATIENCE;
    loop {
        match poll()? {
            Ok(value) => return Ok(value),
            Err(last) if Instant::now() > until => {
                return Err(format!("timeout waiting for {what}: {last}").into());
            }
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Waits until the balances are as expected.
pub fn wait_for_balances(
    server: &Server,
    expected: &BTreeMap<String, i64>,
) -> Result<(), Box<dyn Error>> {
    wait_for("balances", || {
        let balances = server.balances()?;
        let matches = balances == *expected;
        Ok(if matches { Ok(()) } else { Err(format!("{balances:?}, expected {expected:?}")) })
    })
}

/// Waits until no event is pending, and returns the metrics.
pub fn wait_for_rest(server: &Server) -> Result<BTreeMap<String, u64>, Box<dyn Error>> {
    wait_for("no pending event", || {
        let metrics = server.metrics()?;
        Ok(if metrics["pending"] == 0 { Ok(metrics) } else { Err(format!("{metrics:?}")) })
    })
}
