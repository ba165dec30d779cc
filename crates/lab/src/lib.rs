//! Starts the stages' own binaries, drives them, and holds what they do against what they should do.

pub mod server;
pub mod suite;
