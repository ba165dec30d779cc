//! Simulates many random placements of users in shards. A server draws one placement when it
//! starts, so that a single prediction may not match it.

use model::{Load, Placement, Server};
use schemars::JsonSchema;
use serde::Serialize;

/// The total number of requests to simulate when the number of draws is not given.
const TOTAL_REQUESTS: u64 = 10_000_000;

/// The spread of the accepted requests over several draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Draws {
    /// The seed of the random numbers; the same seed gives the same draws.
    pub seed: u64,
    /// The number of draws.
    pub draws: u32,
    /// The minimum of the accepted requests.
    pub accepted_min: u64,
    /// The median of the accepted requests; for an even number of draws the lower of the middle
    /// two.
    pub accepted_median: u64,
    /// The maximum of the accepted requests.
    pub accepted_max: u64,
}

/// Returns the seed of the draw with the median number of accepted requests, and the spread of all.
pub fn find_median(server: &Server, load: &Load, seed: u64, draws: Option<u32>) -> (u64, Draws) {
    let default = (TOTAL_REQUESTS / load.requests).clamp(5, 101) as u32;
    let draws = draws.unwrap_or(default);
    let mut drawn: Vec<_> = (0..draws.into())
        .map(|draw: u64| {
            // The rotation keeps the draws of small seeds apart.
            let seed = seed.rotate_left(32).wrapping_add(draw);
            (model::accepted(server, load, Placement::Drawn { seed }), seed)
        })
        .collect();
    drawn.sort_unstable();
    let (first, last) = (drawn[0].0, drawn[drawn.len() - 1].0);
    let (accepted_median, median) = drawn[(drawn.len() - 1) / 2];
    let spread = Draws { seed, draws, accepted_min: first, accepted_median, accepted_max: last };
    (median, spread)
}
