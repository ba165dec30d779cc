//! The cost of reading and adding to a user's balance in six kinds of shared map, by the share of
//! reads and by the distribution of users.

mod balances;
#[path = "../threads/mod.rs"]
mod threads;

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::{Mutex, RwLock};
use std::time::Duration;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;
use dashmap::DashMap;
use fastrand::Rng;

use balances::{Balances, Shards, Users};
use threads::{measure, new_group};

const THREADS: [usize; 4] = [1, 2, 4, 16];
const READS_PERCENT: [u32; 3] = [0, 50, 99];

/// The distribution of users.
struct Load {
    name: &'static str,
    users: usize,
    /// The percentage of operations on the first user; the others are on random users.
    hot_percent: u32,
}

const LOADS: [Load; 3] = [
    Load { name: "ten users", users: 10, hot_percent: 0 },
    Load { name: "many users", users: 100_000, hot_percent: 0 },
    Load { name: "one hot of many", users: 100_000, hot_percent: 90 },
];

fn main() {
    let mut criterion = threads::configure(Duration::from_millis(500));
    for load in LOADS {
        let names: Vec<String> = (0..load.users).map(|number| format!("user-{number}")).collect();
        let users: Users = names.iter().map(|name| (name.clone(), 0)).collect();
        for reads in READS_PERCENT {
            let name = format!("map, {}, {reads} % reads", load.name);
            let mix = Mix { load: &load, names: &names, reads };
            let group = &mut new_group(&mut criterion, &name);
            mix.measure::<tokio::sync::Mutex<Users>>(group, "tokio Mutex", &users);
            mix.measure::<Mutex<Users>>(group, "std Mutex", &users);
            mix.measure::<tokio::sync::RwLock<Users>>(group, "tokio RwLock", &users);
            mix.measure::<RwLock<Users>>(group, "std RwLock", &users);
            mix.measure::<Shards>(group, "shards by hand", &users);
            mix.measure::<DashMap<String, i64>>(group, "DashMap", &users);
        }
    }
    criterion.final_summary();
}

/// The mix of operations.
struct Mix<'a> {
    load: &'a Load,
    names: &'a [String],
    reads: u32,
}

impl Mix<'_> {
    fn measure<B: Balances>(
        &self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        what: &str,
        users: &HashMap<String, i64>,
    ) {
        let balances = B::from_users(users.clone());
        measure(group, what, &THREADS, async |worker| {
            let user = self.user(&mut worker.chance);
            if worker.chance.u32(..100) < self.reads {
                black_box(balances.read(user).await);
            } else {
                balances.add(user.to_owned()).await;
            }
        });
    }

    fn user(&self, chance: &mut Rng) -> &str {
        let hot = chance.u32(..100) < self.load.hot_percent;
        &self.names[if hot { 0 } else { chance.usize(..self.names.len()) }]
    }
}
