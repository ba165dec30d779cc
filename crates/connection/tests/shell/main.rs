//! The shell around the decoder: what is written when, what ends when, and what is never lost. Time
//! is tokio's and stands still until everybody waits; only `listener` uses real sockets.

#![allow(clippy::unwrap_used)] // all of it is a test, also what stands outside `#[test]`

mod cancellation;
mod deadlines;
mod ending;
mod listener;
mod wire;
mod writing;
