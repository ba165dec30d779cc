//! Many draws of the users' shards: a server draws once, when it starts, and nobody knows what.

use model::{Load, Placement, Server};
use schemars::JsonSchema;
use serde::Serialize;

/// So many requests in all are simulated without being asked for more.
const REQUESTS_IN_ALL: u64 = 10_000_000;

/// How far draws differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Draws {
    /// Where the random numbers began: the same seed draws the same.
    pub seed: u64,
    /// How many draws there were.
    pub draws: u32,
    /// The fewest that were accepted in any.
    pub accepted_min: u64,
    /// The median; of an even number the lower of the two in the middle, so that it is a draw.
    pub accepted_median: u64,
    /// The most.
    pub accepted_max: u64,
}

/// The seed of the draw with the median number of accepted requests, and the spread of all.
pub fn median(server: &Server, load: &Load, seed: u64, draws: Option<u32>) -> (u64, Draws) {
    let usual = (REQUESTS_IN_ALL / load.requests).clamp(5, 101) as u32;
    let draws = draws.unwrap_or(usual);
    let mut drawn: Vec<_> = (0..draws.into())
        .map(|draw: u64| {
            // No two seeds that people write share a draw.
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
