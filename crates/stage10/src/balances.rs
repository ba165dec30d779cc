//! The shared state: every user's balance, in shards with a lock each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use connection::run_on_thread;
use dashmap::DashMap;
use protocol::{Event, Fault};
use serde_json::value::{RawValue, to_raw_value};

pub struct Balances {
    /// The hash of a user's name selects its shard, and so its lock.
    users: Arc<DashMap<String, i64>>,
    /// The time for which an update holds the lock.
    hold: Duration,
}

/// The result of one update, and its lock times; by default, a failure.
#[derive(Default)]
pub struct Update {
    /// The new balance; `None` if it would overflow, and so does not change.
    pub balance: Option<i64>,
    /// From requesting the lock to acquiring it.
    pub wait: Duration,
    /// From acquiring it to releasing it.
    pub hold: Duration,
}

impl Balances {
    /// Starts with the balances of the server's last run.
    pub fn new(shards: usize, hold: Duration, saved: &BTreeMap<String, i64>) -> Balances {
        let users = Arc::new(DashMap::with_shard_amount(shards));
        for (user, balance) in saved {
            users.insert(user.clone(), *balance);
        }
        Balances { users, hold }
    }

    /// Adds an event's amount to its user's balance. Not an `async fn`: a shard's lock blocks the
    /// whole thread, so nothing may be awaited while it is held.
    pub fn add(&self, event: &Event) -> Update {
        let asked = Instant::now();
        let mut balance = self.users.entry(event.user.clone()).or_insert(0);
        let locked = Instant::now();
        thread::sleep(self.hold);
        let sum = balance.checked_add(event.amount);
        *balance = sum.unwrap_or(*balance);
        drop(balance);
        Update { balance: sum, wait: locked - asked, hold: locked.elapsed() }
    }

    /// Returns every user's balance as JSON, sorted by name. Shards are read one after the other,
    /// so this is not a snapshot of one moment. Another thread reads them, since a worker may hold
    /// a shard for long.
    pub async fn all(&self) -> Result<Box<RawValue>, Fault> {
        let users = self.users.clone();
        let read = move || {
            let all = users.iter().map(|entry| (entry.key().clone(), *entry.value()));
            to_raw_value(&all.collect::<BTreeMap<_, _>>()).expect("a map with string keys")
        };
        run_on_thread(read).await
    }
}
