//! The command line. Its defaults are the configuration of the documented figures.

use std::time::Duration;

use clap::Parser;
use connection::{Limits, duration};

use crate::counter::Counters;
use crate::work::WorkAs;

/// Stage 9: lock-free metrics
#[derive(Debug, Parser)]
pub struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Time that a job takes before it locks the balances
    #[arg(long, value_name = "TIME", default_value = "10ms")]
    #[arg(value_parser = duration)]
    pub work: Duration,
    /// How a job spends its --work time
    #[arg(long, value_name = "WAY", default_value = "sleep")]
    pub work_as: WorkAs,
    /// Time for which a job holds the lock
    #[arg(long, value_name = "TIME", default_value = "1ms")]
    #[arg(value_parser = duration)]
    pub hold: Duration,
    /// Number of jobs that may wait for a worker
    #[arg(long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub queue: u32,
    /// Number of worker threads
    #[arg(long, value_name = "N", default_value_t = 16)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub workers: u16,
    /// Number of shards, each with its own lock; a power of two from 2
    #[arg(long, value_name = "N", default_value = "64", value_parser = shards)]
    pub shards: usize,
    /// How counters are incremented
    #[arg(long, value_name = "WAY", default_value = "atomic")]
    pub counters: Counters,
    #[command(flatten)]
    pub limits: Limits,
}

fn shards(text: &str) -> Result<usize, String> {
    let refusal = || "a power of two from 2 to 65536".to_owned();
    text.parse()
        .ok()
        .filter(|n: &usize| n.is_power_of_two() && (2..=65536).contains(n))
        .ok_or_else(refusal)
}
