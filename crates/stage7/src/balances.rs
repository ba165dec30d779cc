//! The shared state: every user's balance, under one lock.

use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::{Duration, Instant};

use protocol::Event;
use tokio::sync::Mutex;

pub struct Balances {
    /// tokio's mutex, because the connections' thread must not stop for it: it serves everybody.
    users: Mutex<HashMap<String, i64>>,
    /// The time that an update takes while it has the lock.
    hold: Duration,
}

/// What became of one event, and what the lock cost it.
pub struct Update {
    /// The new balance; `None` when it would overflow, and so stays as it was.
    pub balance: Option<i64>,
    /// From asking for the lock to having it.
    pub wait: Duration,
    /// From having it to giving it back.
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
        // A worker's thread has nothing else to do, so it may sleep; nothing is awaited here.
        thread::sleep(self.hold);
        let balance = users.entry(event.user.clone()).or_insert(0);
        let sum = balance.checked_add(event.amount);
        *balance = sum.unwrap_or(*balance);
        drop(users);
        Update { balance: sum, wait: locked - asked, hold: locked.elapsed() }
    }

    /// Every user's balance at one moment, sorted by name.
    pub async fn all(&self) -> BTreeMap<String, i64> {
        let users = self.users.lock().await;
        users.iter().map(|(user, balance)| (user.clone(), *balance)).collect()
    }
}
