//! A discrete-event simulation (Law, *Simulation Modeling and Analysis*, ch. 1) of a server with a
//! bounded queue, workers and sharded locks under a load. It has no I/O and no clock, and is
//! deterministic.
//!
//! # The rules
//!
//! 1. Arrival i (from 0) comes i / rate seconds after the first, for user i mod U. The shard of
//!    user u is u mod S, or drawn at random.
//! 2. An idle worker takes a job at its arrival. If none is idle, the job is queued; if the queue
//!    is full, it is rejected. The capacity is queue + workers.
//! 3. A worker sleeps for the job's work time, then requests the lock of its shard. Locks are
//!    granted in the order of the requests. The worker holds the lock for the job's hold time, then
//!    takes the next queued job.
//! 4. At equal times, completions come before arrivals, and of two jobs the one that arrived first.
//! 5. A sleep takes its time plus the timer's lag. A sleep of zero is skipped and has no lag.
//!
//! [`predict`] computes the usual figures. [`simulate`] takes any jobs and passes on every event.

mod configuration;
mod engine;
mod figures;
mod jobs;
mod limits;
mod prediction;
mod shards;

pub use configuration::{Load, Placement, Server, Shape};
pub use engine::{Event, EventKind, simulate};
pub use jobs::{Job, arrival, jobs};
pub use limits::{Limits, accepted, accepted_without_lock, limits};
pub use prediction::{Prediction, Shares, Times, predict};
