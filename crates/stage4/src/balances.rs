//! The shared state: every user's balance, under one lock.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use protocol::Event;
use tokio::sync::Mutex;

use crate::sleep::Sleep;

pub struct Balances {
    /// tokio's mutex, because it stays locked across the `.await` of the hold.
    users: Mutex<HashMap<String, i64>>,
    /// The time for which an update holds the lock.
    hold: Duration,
    sleep: Sleep,
}

impl Balances {
    pub fn new(hold: Duration, sleep: Sleep) -> Balances {
        Balances { users: Mutex::default(), hold, sleep }
    }

    /// Adds an event's amount to its user's balance and returns the new one; `None` if it would
    /// overflow, and so does not change.
    pub async fn add(&self, event: &Event) -> Option<i64> {
        let mut users = self.users.lock().await;
        self.sleep.for_time(self.hold).await;
        let balance = users.entry(event.user.clone()).or_insert(0);
        *balance = balance.checked_add(event.amount)?;
        Some(*balance)
    }

    /// Returns every user's balance at one moment, sorted by name.
    pub async fn all(&self) -> BTreeMap<String, i64> {
        let users = self.users.lock().await;
        users.iter().map(|(user, balance)| (user.clone(), *balance)).collect()
    }
}
