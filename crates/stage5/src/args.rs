//! The knobs, and the configuration that the documented figures belong to.

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
    /// Time that a job takes before it needs the lock
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    #[arg(value_parser = duration)]
    pub work: Duration,
    /// Time that a job takes while it has the lock
    #[arg(long, value_name = "TIME", default_value = "0s")]
    #[arg(value_parser = duration)]
    pub hold: Duration,
    /// Jobs that may wait for the worker, from 1, or `unbounded`
    #[arg(long, value_name = "N", default_value = "100", value_parser = capacity)]
    pub queue: usize,
    /// What an event meets that finds the queue full
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
        // Another way: a queue without a limit is one that is never seen to be full.
        ("unbounded", _) => Ok(Semaphore::MAX_PERMITS),
        (_, Ok(capacity @ 1..)) => Ok(capacity as usize),
        _ => Err("a queue has room for 1 job or more, or is `unbounded`".to_owned()),
    }
}
