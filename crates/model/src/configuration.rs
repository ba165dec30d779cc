//! What is asked about: a server, and the load that it is put under.

use std::time::Duration;

/// A server, in the words of the stages' flags. The default is stage 7 as it is documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// How many jobs are worked on at a time.
    pub workers: u32,
    /// How many jobs wait for a worker before the next one is rejected; `None` when there is no bound.
    pub queue: Option<u64>,
    /// How many locks the users share, at least 1; not only powers of two.
    pub shards: u32,
    /// The time that a job takes before it asks for its lock.
    pub work: Duration,
    /// The time that it then has the lock.
    pub hold: Duration,
    /// How much later than asked a sleep ends. Tokio rounds up to its next millisecond.
    pub timer_lag: Duration,
    /// The same for the hold, where that is another kind of sleep; `None` when it is not.
    pub hold_lag: Option<Duration>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            workers: 16,
            queue: Some(100),
            shards: 1,
            work: Duration::from_millis(100),
            hold: Duration::from_millis(10),
            timer_lag: Duration::ZERO,
            hold_lag: None,
        }
    }
}

impl Server {
    /// What a job finds; its times and its shard it brings along.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape { workers: self.workers, queue: self.queue }
    }

    /// How long the work takes, lag included.
    #[must_use]
    pub fn work_time(&self) -> Duration {
        slept(self.work, self.timer_lag)
    }

    /// How long the lock is held, lag included.
    #[must_use]
    pub fn hold_time(&self) -> Duration {
        slept(self.hold, self.hold_lag.unwrap_or(self.timer_lag))
    }
}

/// A sleep of zero is skipped, and so has no lag.
fn slept(time: Duration, lag: Duration) -> Duration {
    if time.is_zero() { time } else { time.saturating_add(lag) }
}

/// Requests at a steady rate. The default is the documented run.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Requests a second, above zero.
    pub rate: f64,
    /// How many requests.
    pub requests: u64,
    /// How many users take turns, at least 1.
    pub users: u64,
}

impl Default for Load {
    fn default() -> Self {
        Self { rate: 12_937.0, requests: 5_000, users: 10 }
    }
}

/// Which shard a user is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// User u is in shard u mod S.
    InTurn,
    /// Each user is in any shard with the same chance, as under a map whose hasher is random.
    Drawn {
        /// The same seed draws the same shards; one seed and the next have nothing in common.
        seed: u64,
    },
}

/// What the engine knows of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How many jobs are worked on at a time.
    pub workers: u32,
    /// How many jobs wait for a worker before the next one is rejected; `None` when there is no bound.
    pub queue: Option<u64>,
}
