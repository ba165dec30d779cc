//! Two ways to wait: the task sleeps, or the thread does, and with it every other task.

use std::thread;
use std::time::Duration;

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Sleep {
    Async,
    Blocking,
}

impl Sleep {
    pub async fn for_time(self, time: Duration) {
        if time.is_zero() {
            return; // tokio would sleep until its next millisecond
        }
        match self {
            Sleep::Async => tokio::time::sleep(time).await,
            // Another way: right on a thread of its own, wrong on one that serves all connections.
            Sleep::Blocking => thread::sleep(time),
        }
    }
}
