//! The command line. Its defaults are the configuration of the documented figures.

use std::time::Duration;

use clap::Parser;
use connection::{Limits, duration};

use crate::work::WorkAs;

/// Stage 7: many workers, one lock
#[derive(Debug, Parser)]
pub struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Time that a job takes before it locks the balances
    #[arg(long, value_name = "TIME", default_value = "100ms")]
    #[arg(value_parser = duration)]
    pub work: Duration,
    /// How a job spends its --work time
    #[arg(long, value_name = "WAY", default_value = "sleep")]
    pub work_as: WorkAs,
    /// Time for which a job holds the lock
    #[arg(long, value_name = "TIME", default_value = "10ms")]
    #[arg(value_parser = duration)]
    pub hold: Duration,
    /// Number of jobs that may wait for a worker
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub queue: u32,
    /// Number of worker threads
    #[arg(long, value_name = "N", default_value_t = 16)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub workers: u16,
    #[command(flatten)]
    pub limits: Limits,
}
