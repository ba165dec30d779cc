//! The client of the checks: it keeps books, and puts what is wrong into sentences.

use crate::books::{Books, event, post};
use crate::server::Server;
use contract::{Response, Stop, To, Wire, WireError, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

/// A server on which nothing has changed for so long is at rest.
const AT_REST: Duration = Duration::from_secs(4);
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// The number of users that a sentence names.
const NAMED: usize = 3;

pub(super) type Balances = BTreeMap<String, i64>;

/// Returns true if an event was accepted.
pub(super) fn is_accepted(got: &Response) -> bool {
    got.status / 100 == 2 && !got.says("status", "rejected")
}

/// Returns true if an event was rejected: the server is busy, or about to stop.
pub(super) fn is_rejected(got: &Response) -> bool {
    got.says("status", "rejected") || got.status == 503 || got.status == 429
}

/// Sends an event on a new connection, which has to be accepted.
pub(super) fn accept(server: &Server, user: &str, amount: i64) -> Result<(), Stop> {
    let got = request(server, "POST", "/", &event(user, amount))?;
    ensure(is_accepted(&got), format!("an event of {amount} for {user} was answered with {got}"))
}

/// Sends a request on a new connection.
pub(super) fn request(
    server: &Server,
    method: &str,
    target: &str,
    body: &str,
) -> Result<Response, Stop> {
    let failed = |error| Stop::Failed(format!("{method} {target}: {error}"));
    server.request(method, target, body).map_err(failed)
}

/// Returns the balance of every user.
pub(super) fn balances(server: &Server) -> Result<Balances, Stop> {
    let got = request(server, "GET", "/balances", "")?;
    let object = got.json().and_then(|json| json.as_object().cloned());
    let wrong = || Stop::Failed(format!("GET /balances is not an object of balances: {got}"));
    let balance = |(user, value): (String, Value)| {
        let balance = value.as_i64().ok_or_else(|| {
            Stop::Failed(format!(
                "the balance of {user} is {value}, which is no integer of 64 bits"
            ))
        })?;
        Ok((user, balance))
    };
    object.ok_or_else(wrong)?.into_iter().map(balance).collect()
}

/// Calls `poll` until it returns a value, or until what it says instead does not change any more.
pub(super) fn wait_for<T>(
    server: &Server,
    mut poll: impl FnMut() -> Result<Result<T, String>, Stop>,
) -> Result<T, Stop> {
    let until = Instant::now() + server.patience();
    let (mut last, mut changed) = (String::new(), Instant::now());
    loop {
        let wrong = match poll()? {
            Ok(value) => return Ok(value),
            Err(wrong) => wrong,
        };
        if wrong != last {
            (last, changed) = (wrong, Instant::now());
        } else if changed.elapsed() > AT_REST || Instant::now() > until {
            return Err(Stop::Failed(last));
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// Waits until the balances are the sums of the accepted amounts.
pub(super) fn await_balances(server: &Server, books: &Books) -> Result<(), Stop> {
    wait_for(server, || Ok(compare(&balances(server)?, books)))
}

/// Compares balances with the sums of the accepted amounts.
pub(super) fn compare(found: &Balances, books: &Books) -> Result<(), String> {
    if books.check(found).is_ok() {
        return Ok(());
    }
    let users: BTreeSet<&String> = books.sums.keys().chain(found.keys()).collect();
    let mut wrong = Vec::new();
    for user in users {
        let (has, sum) = (found.get(user), books.sums.get(user).copied().unwrap_or(0));
        if has.copied().unwrap_or(0) != sum {
            let has = has.map_or("no balance".to_owned(), ToString::to_string);
            wrong.push(format!("{user} has {has}, and the accepted amounts add up to {sum}"));
        }
    }
    let more = wrong.len().saturating_sub(NAMED);
    wrong.truncate(NAMED);
    let more = if more > 0 { format!("; and {more} more are wrong") } else { String::new() };
    let doubt = match books.unknown {
        0 => String::new(),
        count => format!(" ({count} events without an answer explain at most {})", books.doubt),
    };
    Err(format!("{}{more}{doubt}", wrong.join("; ")))
}

/// The result of a load.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// The books of all clients.
    pub books: Books,
    /// The first event without an answer, and why.
    pub unanswered: Option<String>,
}

/// Sends `count` events over `connections` concurrent connections, for `users` users in turn.
pub(super) fn load(
    server: &Server,
    connections: u64,
    count: u64,
    users: u64,
) -> Result<Load, Stop> {
    let persists = persists(server);
    let each = count / connections;
    thread::scope(|scope| {
        let send = |nth: u64| send(server, nth * each..(nth + 1) * each, users, persists);
        let clients: Vec<_> = (0..connections).map(|n| scope.spawn(move || send(n))).collect();
        let mut all = Load::default();
        for client in clients {
            let load = client.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            all.books.add(load.books);
            all.unanswered = all.unanswered.or(load.unanswered);
        }
        Ok(all)
    })
}

/// Sends a load of which each event must have an answer.
pub(super) fn answered_load(
    server: &Server,
    connections: u64,
    count: u64,
    users: u64,
) -> Result<Books, Stop> {
    let Load { books, unanswered } = load(server, connections, count, users)?;
    let unanswered = unanswered.unwrap_or_default();
    let left = count - books.accepted - books.rejected;
    ensure(left == 0, format!("{left} of {count} events got no answer: {unanswered}"))?;
    Ok(books)
}

/// Returns true if a connection serves a second request. A server without is judged for that
/// elsewhere.
pub(super) fn persists(server: &Server) -> bool {
    let Ok(mut wire) = server.connect() else { return true };
    let mut ask = || wire.request("GET", "/nothing", "");
    ask().is_ok_and(|got| !got.lists("Connection", "close")) && ask().is_ok()
}

/// Sends events one after the other, until the server closes or refuses a connection.
fn send(server: &Server, numbers: Range<u64>, users: u64, persists: bool) -> Result<Load, Stop> {
    let mut load = Load::default();
    let mut open: Option<Wire> = None;
    for number in numbers {
        let (user, amount) = (format!("user{}", number % users), amount(number));
        let wire = open.take().map_or_else(|| server.connect(), Ok);
        let mut wire = match wire {
            Ok(wire) => wire,
            Err(error) => {
                load.unanswered = Some(error.to_string());
                return Ok(load);
            }
        };
        let sent = wire.send(post(event(&user, amount)));
        match sent.and_then(|()| wire.answer(To::Other)) {
            Ok(got) if is_accepted(&got) => {
                load.books.accepted += 1;
                *load.books.sums.entry(user).or_default() += amount;
                let stays = persists && !got.lists("Connection", "close");
                open = stays.then_some(wire);
            }
            Ok(got) if is_rejected(&got) => {
                load.books.rejected += 1;
                let stays = persists && !got.lists("Connection", "close");
                open = stays.then_some(wire);
            }
            Ok(got) => {
                return Err(Stop::Failed(format!(
                    "an event of {amount} for {user} was neither accepted nor rejected: {got}"
                )));
            }
            Err(error) => {
                load.books.unknown += 1;
                load.books.doubt += amount.unsigned_abs();
                load.books.cut += u64::from(matches!(error, WireError::Cut(_)));
                load.unanswered = Some(error.to_string());
                return Ok(load);
            }
        }
    }
    Ok(load)
}

/// Returns an amount that is never 0, so that a lost or duplicate event changes a sum.
fn amount(number: u64) -> i64 {
    let size = (number % 97 + 1) as i64;
    if number.is_multiple_of(3) { -size } else { size }
}
