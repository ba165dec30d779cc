//! The jobs of a load.

use crate::{Load, Placement, Server};
use std::time::Duration;

/// A job. All times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// The time of its arrival since the first arrival.
    pub at: u64,
    /// The shard whose lock it needs.
    pub shard: u32,
    /// The time that it takes before it requests the lock.
    pub work: u64,
    /// The time that it holds the lock.
    pub hold: u64,
}

/// Returns the time of arrival `i`, from 0: nanoseconds since the first arrival, rounded.
///
/// The result is exact if i / rate is a whole number of nanoseconds below 26 days, so that rounding
/// does not decide whether an arrival and a completion coincide.
#[must_use]
pub fn arrival(i: u64, rate: f64) -> u64 {
    (i as f64 * 1e9 / rate).round() as u64
}

/// Returns the jobs of a load, in the order of their arrival.
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

/// Converts to nanoseconds; times above 584 years saturate.
fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos().try_into().unwrap_or(u64::MAX)
}

/// Returns the shard of a user.
pub(crate) fn shard(user: u64, shards: u32, placement: Placement) -> u32 {
    let shards = u64::from(shards);
    let shard = match placement {
        Placement::InTurn => user % shards,
        // Scales a random number of 64 bits to the number of shards.
        Placement::Drawn { seed } => {
            let random = mix(mix(seed).wrapping_add(user.wrapping_mul(GOLDEN_GAMMA)));
            ((u128::from(random) * u128::from(shards)) >> 64) as u64
        }
    };
    shard as u32
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64 (Steele, Lea, Flood: *Fast Splittable Pseudorandom Number
/// Generators*, 2014). It gives the number of any user without computing those before.
fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(GOLDEN_GAMMA);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
