//! Whether a request is sent again, and when: what turns an overload into a storm, or calms it.

use super::outcome::{Fate, Outcome};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::fmt;
use std::time::Duration;

/// The first pause of a backoff; each further one may be twice as long.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
/// No pause of a backoff's own is longer. A server may ask for more.
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// What a server may ask for at most: beyond that its answer is no use to a run.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

/// When a request that was rejected, or never sent, is sent again. One of unknown fate never is: an
/// event may have been done, and to send it again could do it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How long it waits.
    pub pace: RetryPace,
    /// How often an event is sent at most, the first time included.
    pub attempts: u32,
}

/// How long a request waits before it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryPace {
    /// It is not sent again.
    #[default]
    None,
    /// Not at all, whatever the server asks for.
    AtOnce,
    /// As long as the answer's `Retry-After` asks (RFC 9110 §10.2.3, in seconds) and a random time on
    /// top, up to a bound that doubles with each attempt ("full jitter", M. Brooker, *Exponential
    /// Backoff And Jitter*, 2015): clients that were rejected together do not come back together.
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
    /// Whether something may come of sending an event again that has come out like this.
    pub(crate) fn would_retry(&self, outcome: Outcome) -> bool {
        let undone = matches!(outcome, Outcome::Rejected(_) | Outcome::Error(_, Fate::NotSent));
        undone && self.pace != RetryPace::None
    }

    /// How long to wait before event `number` is sent once more after `attempt` (from 0); `None` when
    /// it has come out, or has been tried often enough.
    pub(crate) fn pause(
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
                let asked = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
                Some(asked + bound.mul_f64(random.random()))
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
    fn what_may_have_been_done_is_never_sent_again() {
        let retry = Retry { pace: RetryPace::AtOnce, attempts: 9 };
        for (outcome, again) in [
            (Outcome::Accepted, false),
            (REJECTED, true),
            (Outcome::Error(Cause::Refused, Fate::NotSent), true),
            (Outcome::Error(Cause::Timeout, Fate::Unknown), false),
            (Outcome::Error(Cause::Status, Fate::Unknown), false),
        ] {
            assert_eq!(retry.pause(outcome, 0, None, 0).is_some(), again, "{outcome:?}");
        }
    }

    #[test]
    fn an_event_is_sent_no_more_often_than_asked_for() {
        for pace in [RetryPace::AtOnce, RetryPace::Backoff] {
            let retry = Retry { pace, attempts: 3 };
            let again = |attempt| retry.pause(REJECTED, attempt, None, 0).is_some();
            assert_eq!([0, 1, 2, 3].map(again), [true, true, false, false]);
        }
        assert_eq!(Retry::default().pause(REJECTED, 0, None, 0), None);
    }

    #[test]
    fn a_backoff_waits_as_asked_and_a_random_time_that_may_grow() {
        let retry = Retry { pace: RetryPace::Backoff, attempts: u32::MAX };
        let pauses = |attempt, asked| -> Vec<Duration> {
            (0..1000).filter_map(|seed| retry.pause(REJECTED, attempt, asked, seed)).collect()
        };
        for (attempt, bound) in [(0, 100), (1, 200), (4, 1_600), (7, 10_000), (60, 10_000)] {
            let bound = Duration::from_millis(bound);
            let pauses = pauses(attempt, None);
            assert_eq!(pauses.len(), 1000);
            let (least, most) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
            assert!(*most <= bound && *most > bound.mul_f64(0.95), "{attempt}: {most:?}");
            assert!(*least < bound.mul_f64(0.05), "{attempt}: {least:?}");
        }
        let second = Duration::from_secs(1);
        assert!(
            pauses(0, Some(second)).iter().all(|pause| (1000..=1100).contains(&pause.as_millis()))
        );
        assert!(
            pauses(0, Some(Duration::MAX)).iter().all(|pause| *pause <= RETRY_AFTER_MAX + second)
        );
    }
}
