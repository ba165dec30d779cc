//! The command line. Its defaults are the configuration of the documented figures.

use std::time::Duration;

use clap::{Parser, ValueEnum};
use connection::{Limits, duration};
use tokio::sync::Semaphore;

/// Stage 5: a bounded queue and backpressure
#[derive(Debug, Parser)]
pub struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Time that a job takes before it locks the balances
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    #[arg(value_parser = duration)]
    pub work: Duration,
    /// Time for which a job holds the lock
    #[arg(long, value_name = "TIME", default_value = "0s")]
    #[arg(value_parser = duration)]
    pub hold: Duration,
    /// Number of jobs that may wait for the worker, from 1, or `unbounded`
    #[arg(long, value_name = "N", default_value = "100", value_parser = capacity)]
    pub queue: usize,
    /// What happens to an event when the queue is full
    #[arg(long, value_name = "WAY", default_value = "reject")]
    pub when_full: WhenFull,
    #[command(flatten)]
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum WhenFull {
    Reject,
    Wait,
}

fn capacity(text: &str) -> Result<usize, String> {
    match (text, text.parse::<u32>()) {
        // Another way: an unbounded queue is never full; overload shows as memory and latency.
        ("unbounded", _) => Ok(Semaphore::MAX_PERMITS),
        (_, Ok(capacity @ 1..)) => Ok(capacity as usize),
        _ => Err("a queue has room for 1 job or more, or is `unbounded`".to_owned()),
    }
}
