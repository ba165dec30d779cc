//! Tests of the I/O around the decoder: writing, timeouts, closing and cancellation. Tokio's clock
//! is paused and advances when all tasks wait; only `listener` uses real sockets.

#![allow(clippy::unwrap_used)] // test code

mod cancellation;
mod deadlines;
mod ending;
mod listener;
mod wire;
mod writing;
