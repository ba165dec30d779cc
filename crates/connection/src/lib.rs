//! The shell around `protocol`: the part that reads, writes, waits and gives up.
//!
//! [`Listener`] accepts, within limits; [`Connection`] reads requests and writes answers. What a
//! server does with a request stands in the server.

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
pub use thread::on_a_thread;
