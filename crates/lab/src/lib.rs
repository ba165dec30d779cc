//! Puts the stages to the proof: experiments with a prediction, the tour through them, their report, abuse.

#[cfg(target_os = "linux")]
pub mod abuse;
pub mod benches;
pub mod experiments;
pub mod report;
pub mod tour;
pub mod watch;
