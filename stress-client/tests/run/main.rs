//! The real binary against small servers that accept, reject, lie, stall and break off: whatever
//! they do, the books balance to the unit.

// All of it is test code, its servers' threads too.
#![allow(clippy::unwrap_used)]

mod arguments;
mod books;
mod client;
mod open_loop;
mod output;
mod server;
#[cfg(unix)]
mod signals;
mod silent;
