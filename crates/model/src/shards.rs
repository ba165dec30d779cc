//! A map keyed by shard, which takes memory only for shards in use.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub type ByShard<T> = HashMap<u32, T, BuildHasherDefault<Fibonacci>>;

/// Fibonacci hashing (Knuth, *The Art of Computer Programming*, volume 3, section 6.4). The
/// standard hasher protects against hostile keys, which is not needed here, and would take a third
/// of the time.
#[derive(Default)]
pub struct Fibonacci(u64);

impl Hasher for Fibonacci {
    fn write_u32(&mut self, shard: u32) {
        self.0 = u64::from(shard).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(self.0 as u32 ^ u32::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
