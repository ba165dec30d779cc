//! Breaks the stages and measures them: the load generator, as a library.
//!
//! Nothing here knows of a command line or a terminal; the binary's `cli` module does.

pub mod compare;
mod descriptors;
pub mod duration;
pub mod expect;
pub mod find_rate;
pub mod load;
pub mod metrics;
pub mod reconcile;
pub mod server;
pub mod silent;
pub mod statistics;
