//! The real binary against small servers that accept, reject, lie, stall and break off: whatever
//! they do, the books balance to the unit.

// All of it is test code, its servers' threads too.
#![allow(clippy::unwrap_used)]

mod arguments;
// What holds for one engine holds for the other: the same tests twice.
#[path = "books.rs"]
mod books_with_hyper;
#[path = "books.rs"]
#[expect(clippy::duplicate_mod, reason = "each asks its own name for the engine")]
mod books_with_reqwest;
mod client;
mod events;
mod open_loop;
mod output;
mod predict;
mod reconcile;
mod repeat;
mod schema;
mod server;
#[cfg(unix)]
mod signals;
mod silent;
#[cfg(target_os = "linux")]
mod terminal;
mod truth;
