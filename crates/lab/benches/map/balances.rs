//! Six kinds of shared map.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError, RwLock};

use dashmap::DashMap;

/// A map for one thread, from a user's name to the balance.
pub type Users = HashMap<String, i64>;

/// The default of stages 8 to 10.
const SHARDS: usize = 64;

/// A map for many threads. Its methods are `async` for tokio's locks; the others never await.
pub trait Balances: Sync {
    fn from_users(users: Users) -> Self;
    /// Returns a user's balance.
    async fn read(&self, user: &str) -> Option<i64>;
    /// Adds 1 to a user's balance, adding the user if needed.
    async fn add(&self, user: String);
}

impl Balances for tokio::sync::Mutex<Users> {
    fn from_users(users: Users) -> Self {
        Self::new(users)
    }

    async fn read(&self, user: &str) -> Option<i64> {
        self.lock().await.get(user).copied()
    }

    async fn add(&self, user: String) {
        *self.lock().await.entry(user).or_insert(0) += 1;
    }
}

impl Balances for Mutex<Users> {
    fn from_users(users: Users) -> Self {
        Self::new(users)
    }

    async fn read(&self, user: &str) -> Option<i64> {
        self.lock().unwrap_or_else(PoisonError::into_inner).get(user).copied()
    }

    async fn add(&self, user: String) {
        *self.lock().unwrap_or_else(PoisonError::into_inner).entry(user).or_insert(0) += 1;
    }
}

impl Balances for tokio::sync::RwLock<Users> {
    fn from_users(users: Users) -> Self {
        Self::new(users)
    }

    async fn read(&self, user: &str) -> Option<i64> {
        // By its full name, since this trait has a `read` too.
        tokio::sync::RwLock::read(self).await.get(user).copied()
    }

    async fn add(&self, user: String) {
        *self.write().await.entry(user).or_insert(0) += 1;
    }
}

impl Balances for RwLock<Users> {
    fn from_users(users: Users) -> Self {
        Self::new(users)
    }

    async fn read(&self, user: &str) -> Option<i64> {
        RwLock::read(self).unwrap_or_else(PoisonError::into_inner).get(user).copied()
    }

    async fn add(&self, user: String) {
        *self.write().unwrap_or_else(PoisonError::into_inner).entry(user).or_insert(0) += 1;
    }
}

/// The simplest sharding: the hash of a user's name selects the lock.
pub struct Shards {
    hasher: RandomState,
    shards: Vec<Mutex<Users>>,
}

impl Shards {
    fn shard(&self, user: &str) -> &Mutex<Users> {
        &self.shards[self.hasher.hash_one(user) as usize % SHARDS]
    }
}

impl Balances for Shards {
    fn from_users(users: Users) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        let mut shards = Self { hasher: RandomState::new(), shards };
        for (user, balance) in users {
            let at = shards.hasher.hash_one(&user) as usize % SHARDS;
            let shard = shards.shards[at].get_mut().unwrap_or_else(PoisonError::into_inner);
            shard.insert(user, balance);
        }
        shards
    }

    async fn read(&self, user: &str) -> Option<i64> {
        self.shard(user).read(user).await
    }

    async fn add(&self, user: String) {
        self.shard(&user).add(user).await;
    }
}

impl Balances for DashMap<String, i64> {
    fn from_users(users: Users) -> Self {
        let map = Self::with_shard_amount(SHARDS);
        for (user, balance) in users {
            map.insert(user, balance);
        }
        map
    }

    async fn read(&self, user: &str) -> Option<i64> {
        self.get(user).map(|balance| *balance)
    }

    async fn add(&self, user: String) {
        *self.entry(user).or_insert(0) += 1;
    }
}
