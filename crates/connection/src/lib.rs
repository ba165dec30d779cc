//! The I/O around `protocol`: sockets, limits and timeouts.
//!
//! [`Listener`] accepts connections up to a limit; [`Connection`] reads requests and writes
//! answers.

mod alarm;
mod connection;
mod date;
mod failure;
mod limits;
mod listener;
mod log;
mod thread;

pub use connection::Connection;
pub use failure::Failure;
pub use limits::{Limits, duration};
pub use listener::{BindError, Listener};
pub use log::{LOST, Log, log_to_stderr, print_last_line};
pub use thread::run_on_thread;
