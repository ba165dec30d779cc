//! Experiments with predictions, the tour through them, their report, and abuse tests.

#[cfg(target_os = "linux")]
pub mod abuse;
pub mod benches;
pub mod experiments;
pub mod report;
pub mod tour;
pub mod watch;
