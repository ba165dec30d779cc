//! The input of the model: a server and a load.

use std::time::Duration;

/// A server. The fields are named as the flags of the stages; the default is stage 7 as documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The number of workers.
    pub workers: u32,
    /// The capacity of the queue; `None` if it is unbounded.
    pub queue: Option<u64>,
    /// The number of locks, at least 1; it need not be a power of two.
    pub shards: u32,
    /// The time that a job takes before it requests its lock.
    pub work: Duration,
    /// The time that a job holds its lock.
    pub hold: Duration,
    /// The delay added to each sleep. Tokio rounds up to its next millisecond.
    pub timer_lag: Duration,
    /// The delay added to the hold; `None` if it is `timer_lag`.
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
    /// Returns the parts of the server that do not vary by job: workers and queue.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape { workers: self.workers, queue: self.queue }
    }

    /// Returns the time that the work takes, including the lag.
    #[must_use]
    pub fn work_time(&self) -> Duration {
        with_lag(self.work, self.timer_lag)
    }

    /// Returns the time that the lock is held, including the lag.
    #[must_use]
    pub fn hold_time(&self) -> Duration {
        with_lag(self.hold, self.hold_lag.unwrap_or(self.timer_lag))
    }
}

/// Adds the lag to a sleep. The servers skip a sleep of zero, which therefore has no lag.
fn with_lag(time: Duration, lag: Duration) -> Duration {
    if time.is_zero() { time } else { time.saturating_add(lag) }
}

/// Requests at a constant rate. The default is the documented run.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The number of requests per second, above zero.
    pub rate: f64,
    /// The number of requests.
    pub requests: u64,
    /// The number of users, at least 1; requests are for each in turn.
    pub users: u64,
}

impl Default for Load {
    fn default() -> Self {
        Self { rate: 12_937.0, requests: 5_000, users: 10 }
    }
}

/// The placement of users in shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// User u is in shard u mod S.
    InTurn,
    /// Each user is in a random shard, as in a map whose hasher is random.
    Drawn {
        /// The seed of the draw. Draws of different seeds are independent.
        seed: u64,
    },
}

/// The parts of a server that do not vary by job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The number of workers.
    pub workers: u32,
    /// The capacity of the queue; `None` if it is unbounded.
    pub queue: Option<u64>,
}
