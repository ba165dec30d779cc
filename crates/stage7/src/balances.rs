//! The shared state: every user's balance, under one lock.

use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::{Duration, Instant};

use protocol::Event;
use tokio::sync::Mutex;

pub struct Balances {
    /// tokio's mutex: waiting for it must not block the thread that serves all connections.
    users: Mutex<HashMap<String, i64>>,
    /// The time for which an update holds the lock.
    hold: Duration,
}

/// The result of one update, and its lock times.
pub struct Update {
    /// The new balance; `None` if it would overflow, and so does not change.
    pub balance: Option<i64>,
    /// From requesting the lock to acquiring it.
    pub wait: Duration,
    /// From acquiring it to releasing it.
    pub hold: Duration,
}

impl Balances {
    pub fn new(hold: Duration) -> Balances {
        Balances { users: Mutex::default(), hold }
    }

    /// Adds an event's amount to its user's balance.
    pub async fn add(&self, event: &Event) -> Update {
        let asked = Instant::now();
        let mut users = self.users.lock().await;
        let locked = Instant::now();
        // A worker's thread has nothing else to do, so it may block; nothing is awaited here.
        thread::sleep(self.hold);
        let balance = users.entry(event.user.clone()).or_insert(0);
        let sum = balance.checked_add(event.amount);
        *balance = sum.unwrap_or(*balance);
        drop(users);
        Update { balance: sum, wait: locked - asked, hold: locked.elapsed() }
    }

    /// Returns every user's balance at one moment, sorted by name.
    pub async fn all(&self) -> BTreeMap<String, i64> {
        let users = self.users.lock().await;
        users.iter().map(|(user, balance)| (user.clone(), *balance)).collect()
    }
}
