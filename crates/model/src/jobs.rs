//! The jobs that a load brings to a server.

use crate::{Load, Placement, Server};
use std::time::Duration;

/// A job as it arrives, with its own times. All times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// When it arrives, since the first arrival.
    pub at: u64,
    /// Whose lock it asks for.
    pub shard: u32,
    /// How long it is worked on before it asks.
    pub work: u64,
    /// How long it has the lock.
    pub hold: u64,
}

/// When arrival number `i`, counted from 0, comes: in nanoseconds since the first, to the nearest.
///
/// Whenever i / rate is a whole number of nanoseconds, and below 26 days, it is that number: whether an
/// arrival and a completion fall on the same instant is then no matter of rounding.
#[must_use]
pub fn arrival(i: u64, rate: f64) -> u64 {
    (i as f64 * 1e9 / rate).round() as u64
}

/// The jobs of a load, in the order of their arrival.
///
/// # Panics
///
/// When there are no users or no shards.
pub fn jobs(
    server: &Server,
    load: &Load,
    placement: Placement,
) -> impl Iterator<Item = Job> + use<> {
    let [work, hold] = [server.work_time(), server.hold_time()].map(nanoseconds);
    let shards = server.shards;
    let Load { rate, requests, users } = *load;
    (0..requests).map(move |i| Job {
        at: arrival(i, rate),
        shard: shard(i % users, shards, placement),
        work,
        hold,
    })
}

/// As many as 64 bits hold: 584 years.
fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos().try_into().unwrap_or(u64::MAX)
}

/// The shard that a user is in.
pub(crate) fn shard(user: u64, shards: u32, placement: Placement) -> u32 {
    let shards = u64::from(shards);
    let shard = match placement {
        Placement::InTurn => user % shards,
        // The upper half of a product: a 64-bit fraction of the number of shards.
        Placement::Drawn { seed } => {
            let chance = mixed(mixed(seed).wrapping_add(user.wrapping_mul(GOLDEN_GAMMA)));
            ((u128::from(chance) * u128::from(shards)) >> 64) as u64
        }
    };
    shard as u32
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's output function (Steele, Lea, Flood: *Fast Splittable Pseudorandom Number Generators*,
/// 2014): chance for any user without drawing for those before.
fn mixed(z: u64) -> u64 {
    let z = z.wrapping_add(GOLDEN_GAMMA);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
