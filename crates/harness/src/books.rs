//! A client that keeps books: what it sent, and what was accepted, for each user.

use crate::server::{PATIENCE, Server};
use contract::{To, Wire, WireError};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// What a client knows at the end of a run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Books {
    /// Requests answered "accepted".
    pub accepted: u64,
    /// Requests answered "rejected".
    pub rejected: u64,
    /// Requests whose answer did not come.
    pub unknown: u64,
    /// By how much the sums may be wrong for it: the sizes of those requests' amounts.
    pub doubt: u64,
    /// Answers that were cut in half.
    pub cut: u64,
    /// The sum of the accepted amounts, by user.
    pub sums: BTreeMap<String, i64>,
}

/// An event as it is sent.
pub fn event(user: &str, amount: i64) -> String {
    format!(r#"{{"user":"{user}","action":"lab","amount":{amount}}}"#)
}

/// The request that sends a body.
pub fn post(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

impl Books {
    /// Sends `count` events over `connections` connections at once, `depth` ahead on each, for
    /// `users` users by turns, with amounts of either sign, and stops where a connection ends.
    pub fn keep(server: SocketAddr, connections: u64, count: u64, depth: u64, users: u64) -> Self {
        let each = count / connections;
        let one = |first: u64| Self::on_one_connection(server, first * each, each, depth, users);
        thread::scope(|scope| {
            let clients: Vec<_> = (0..connections).map(|n| scope.spawn(move || one(n))).collect();
            let mut all = Self::default();
            for client in clients {
                // A panic is the client's own and goes on.
                all.add(client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            all
        })
    }

    fn on_one_connection(
        server: SocketAddr,
        first: u64,
        count: u64,
        depth: u64,
        users: u64,
    ) -> Self {
        let mut books = Self::default();
        let Ok(mut wire) = Wire::open(server, PATIENCE) else { return books };
        let mut numbers = first..first + count;
        loop {
            let batch = numbers.by_ref().take(depth as usize);
            let batch: Vec<_> = batch.map(|n| (format!("user{}", n % users), amount(n))).collect();
            let requests = batch.iter().flat_map(|(user, amount)| post(event(user, *amount)));
            let bytes: Vec<u8> = requests.collect();
            if batch.is_empty() || wire.send(bytes).is_err() {
                books.leave_open(&batch);
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
                        books.leave_open(&batch[index..]);
                        return books;
                    }
                    other => panic!("neither accepted nor rejected: {other:?}"),
                }
            }
        }
    }

    /// Enters events that got no answer.
    fn leave_open(&mut self, events: &[(String, i64)]) {
        self.unknown += events.len() as u64;
        self.doubt += events.iter().map(|(_, amount)| amount.unsigned_abs()).sum::<u64>();
    }

    /// Says what is wrong with balances at rest: they have to be the sums of the accepted amounts,
    /// give or take what is in doubt.
    ///
    /// # Errors
    /// A sentence with both.
    pub fn check(&self, balances: &BTreeMap<String, i64>) -> Result<(), String> {
        let users: BTreeSet<&String> = self.sums.keys().chain(balances.keys()).collect();
        let of = |sums: &BTreeMap<String, i64>, user| sums.get(user).copied().unwrap_or(0);
        let off = |user| of(balances, user).abs_diff(of(&self.sums, user));
        let off: u64 = users.into_iter().map(off).sum();
        let doubt = self.doubt;
        (off <= doubt).then_some(()).ok_or_else(|| {
            format!("off by {off}, of which {doubt} in doubt: {balances:?}, accepted {self:?}")
        })
    }

    /// Takes over what other books say.
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

/// Amounts of either sign, never 0, so that an event lost or counted twice shows in a sum.
fn amount(n: u64) -> i64 {
    let size = (n % 97 + 1) as i64;
    if n.is_multiple_of(3) { -size } else { size }
}

/// Waits until `done` gives something, and tells what it gave last if it never does.
pub fn wait_for<T>(
    what: &str,
    mut done: impl FnMut() -> Result<Result<T, String>, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let until = Instant::now() + PATIENCE;
    loop {
        match done()? {
            Ok(value) => return Ok(value),
            Err(last) if Instant::now() > until => return Err(format!("{what}: {last}").into()),
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Waits until the balances are these.
pub fn wait_for_balances(
    server: &Server,
    due: &BTreeMap<String, i64>,
) -> Result<(), Box<dyn Error>> {
    wait_for("balances", || {
        let balances = server.balances()?;
        Ok(if balances == *due { Ok(()) } else { Err(format!("{balances:?}, {due:?} are due")) })
    })
}

/// Waits until every event that was received is processed or dropped, and tells the figures.
pub fn wait_for_rest(server: &Server) -> Result<BTreeMap<String, u64>, Box<dyn Error>> {
    wait_for("not all that was received is processed or dropped", || {
        let metrics = server.metrics()?;
        Ok(if metrics["pending"] == 0 { Ok(metrics) } else { Err(format!("{metrics:?}")) })
    })
}
