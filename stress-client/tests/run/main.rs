//! Runs the client against small servers that accept, reject, stall, answer wrongly and close
//! connections. Its counts must be exact in each case.

// Test code, including the servers' threads.
#![allow(clippy::unwrap_used)]

mod arguments;
// The same tests for both engines.
#[path = "books.rs"]
mod books_with_raw;
#[path = "books.rs"]
#[expect(clippy::duplicate_mod, reason = "the module's name selects the engine")]
mod books_with_reqwest;
mod client;
mod events;
mod framing;
mod open_loop;
mod output;
mod predict;
mod reconcile;
mod repeat;
mod schema;
mod server;
mod service;
#[cfg(unix)]
mod signals;
mod silent;
#[cfg(target_os = "linux")]
mod terminal;
mod truth;
