//! The command line. Its defaults are the configuration of the documented figures.

use std::time::Duration;

use clap::Parser;
use connection::{Limits, duration};

use crate::sleep::Sleep;

/// Stage 4: shared state and slow work
#[derive(Debug, Parser)]
pub struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Time that an event takes before it locks the balances
    #[arg(long, value_name = "TIME", default_value = "0s")]
    #[arg(value_parser = duration)]
    pub work: Duration,
    /// Time for which an event holds the lock
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    #[arg(value_parser = duration)]
    pub hold: Duration,
    /// Whether the event's task sleeps, or the one thread that all tasks share
    #[arg(long, value_name = "WAY", default_value = "async")]
    pub sleep: Sleep,
    #[command(flatten)]
    pub limits: Limits,
}
