//! Starts the stages' own binaries, drives them, and holds what they do against what they should do.

#[cfg(target_os = "linux")]
pub mod abuse;
pub mod benches;
pub mod books;
pub mod experiments;
mod keeper;
pub mod process;
pub mod report;
pub mod server;
pub mod suite;
pub mod tour;
pub mod watch;
