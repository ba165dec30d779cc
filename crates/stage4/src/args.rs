//! The knobs, and the configuration that the documented figures belong to.

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
    /// Time that an event takes before it needs the lock
    #[arg(long, value_name = "TIME", default_value = "0s")]
    #[arg(value_parser = duration)]
    pub work: Duration,
    /// Time that an event takes while it has the lock
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    #[arg(value_parser = duration)]
    pub hold: Duration,
    /// What sleeps: the event's task, or the one thread that all tasks share
    #[arg(long, value_name = "WAY", default_value = "async")]
    pub sleep: Sleep,
    #[command(flatten)]
    pub limits: Limits,
}
