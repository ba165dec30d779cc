//! Decides whether a request is retried, and after which delay.

use super::outcome::{Fate, Outcome};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::fmt;
use std::time::Duration;

/// The maximum random delay before the first retry; it doubles with each attempt.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
/// The maximum random delay before any retry.
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// The longest `Retry-After` to honour.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

/// The retries of requests that were rejected or never sent. A request of unknown fate is never
/// retried: its event may have been processed, and would then count twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// The delay before a retry.
    pub pace: RetryPace,
    /// The maximum number of attempts for an event, including the first.
    pub attempts: u32,
}

/// The delay before a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryPace {
    /// Does not retry.
    #[default]
    None,
    /// Retries at once, whatever the server's `Retry-After`.
    AtOnce,
    /// Waits for the answer's `Retry-After` (RFC 9110 §10.2.3) plus a random time up to a bound
    /// that doubles with each attempt ("full jitter", M. Brooker, *Exponential Backoff And Jitter*,
    /// 2015), so that clients rejected together do not return together.
    Backoff,
}

impl fmt::Display for RetryPace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::AtOnce => "at-once",
            Self::Backoff => "backoff",
        })
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self { pace: RetryPace::None, attempts: 4 }
    }
}

impl Retry {
    /// Returns true if a request with this outcome is retried while it has attempts left.
    pub(crate) fn would_retry(&self, outcome: Outcome) -> bool {
        let is_safe = matches!(outcome, Outcome::Rejected(_) | Outcome::Error(_, Fate::NotSent));
        is_safe && self.pace != RetryPace::None
    }

    /// Returns the delay before the retry after `attempt` (from 0); `None` if there is no retry.
    pub(crate) fn delay(
        &self,
        outcome: Outcome,
        attempt: u32,
        retry_after: Option<Duration>,
        seed: u64,
    ) -> Option<Duration> {
        if !self.would_retry(outcome) || attempt.saturating_add(1) >= self.attempts {
            return None;
        }
        match self.pace {
            RetryPace::None => None,
            RetryPace::AtOnce => Some(Duration::ZERO),
            RetryPace::Backoff => {
                let bound = BACKOFF_MIN.saturating_mul(1 << attempt.min(16)).min(BACKOFF_MAX);
                let mut random =
                    SmallRng::seed_from_u64(seed.wrapping_add(u64::from(attempt) << 48));
                let minimum = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
                Some(minimum + bound.mul_f64(random.random()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::{Cause, Rejection};
    use super::*;

    const REJECTED: Outcome = Outcome::Rejected(Rejection::ServerBusy);

    #[test]
    fn a_request_of_unknown_fate_is_never_retried() {
        let retry = Retry { pace: RetryPace::AtOnce, attempts: 9 };
        for (outcome, again) in [
            (Outcome::Accepted, false),
            (REJECTED, true),
            (Outcome::Error(Cause::Refused, Fate::NotSent), true),
            (Outcome::Error(Cause::Timeout, Fate::Unknown), false),
            (Outcome::Error(Cause::Status, Fate::Unknown), false),
        ] {
            assert_eq!(retry.delay(outcome, 0, None, 0).is_some(), again, "{outcome:?}");
        }
    }

    #[test]
    fn the_number_of_attempts_is_bounded() {
        for pace in [RetryPace::AtOnce, RetryPace::Backoff] {
            let retry = Retry { pace, attempts: 3 };
            let again = |attempt| retry.delay(REJECTED, attempt, None, 0).is_some();
            assert_eq!([0, 1, 2, 3].map(again), [true, true, false, false]);
        }
        assert_eq!(Retry::default().delay(REJECTED, 0, None, 0), None);
    }

    #[test]
    fn a_backoff_waits_for_retry_after_and_a_random_time_that_grows() {
        let retry = Retry { pace: RetryPace::Backoff, attempts: u32::MAX };
        let delays = |attempt, retry_after| -> Vec<Duration> {
            let delay = |seed| retry.delay(REJECTED, attempt, retry_after, seed);
            (0..1000).filter_map(delay).collect()
        };
        for (attempt, bound) in [(0, 100), (1, 200), (4, 1_600), (7, 10_000), (60, 10_000)] {
            let bound = Duration::from_millis(bound);
            let delays = delays(attempt, None);
            assert_eq!(delays.len(), 1000);
            let (least, most) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
            assert!(*most <= bound && *most > bound.mul_f64(0.95), "{attempt}: {most:?}");
            assert!(*least < bound.mul_f64(0.05), "{attempt}: {least:?}");
        }
        let second = Duration::from_secs(1);
        assert!(
            delays(0, Some(second)).iter().all(|delay| (1000..=1100).contains(&delay.as_millis()))
        );
        assert!(
            delays(0, Some(Duration::MAX)).iter().all(|delay| *delay <= RETRY_AFTER_MAX + second)
        );
    }
}
