//! What a server with a bounded queue, workers and sharded locks does under a load, as a discrete-event
//! simulation (Law, *Simulation Modeling and Analysis*, ch. 1): no I/O, no clock, and the same answer
//! every time.
//!
//! # The rules
//!
//! 1. Arrival i comes i / rate seconds after the first (i from 0), for user i mod U, whose shard is that
//!    user mod S, or drawn.
//! 2. An idle worker takes a job at its arrival. If none is idle the job is queued, and if the queue is
//!    full it is rejected: the capacity is queue + workers.
//! 3. A worker works for the job's work, then asks for the lock of its shard. Locks are given in the
//!    order in which they were asked for. The worker holds it for the job's hold; then it takes the
//!    queue's head.
//! 4. At equal times whatever is done comes before whatever arrives, and of two jobs the one that
//!    arrived first comes first.
//! 5. A sleep takes its time and the timer's lag. A zero duration is not slept and has no lag.
//!
//! [`predict`] answers the usual questions; [`simulate`] takes any jobs and tells every event, for
//! whoever asks others.

mod configuration;
mod engine;
mod figures;
mod jobs;
mod limits;
mod prediction;
mod shards;

pub use configuration::{Load, Placement, Server, Shape};
pub use engine::{Event, What, simulate};
pub use jobs::{Job, arrival, jobs};
pub use limits::{Limits, accepted, accepted_without_lock, limits};
pub use prediction::{Prediction, Shares, Times, predict};
