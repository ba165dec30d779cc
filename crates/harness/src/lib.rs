//! Starts, watches and stops servers, and has the suite that every stage runs.

pub mod books;
pub mod grade;
mod keeper;
pub mod log;
mod pipes;
pub mod process;
pub mod programs;
pub mod server;
pub mod suite;
