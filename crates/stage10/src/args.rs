//! The command line. Its defaults are the configuration of the documented figures.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use connection::{Limits, duration};

use crate::work::WorkAs;

/// Stage 10: graceful shutdown
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
    /// Maximum number of users with a balance
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub max_users: u32,
    /// Time limit for accepted jobs and half-sent requests, from the moment that new events are
    /// refused
    #[arg(long, value_name = "TIME", default_value = "10s")]
    #[arg(value_parser = duration)]
    pub deadline: Duration,
    /// How long to keep serving after the signal, with /health at 503 and a connection closed after its
    /// next answer, before new events are refused
    #[arg(long, value_name = "TIME", default_value = "0s")]
    #[arg(value_parser = duration)]
    pub drain_delay: Duration,
    /// File to load the balances from and to save them to; one server at a time can use it
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Fault injection: every job of this user panics
    #[arg(long, value_name = "NAME")]
    pub panic_user: Option<String>,
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
