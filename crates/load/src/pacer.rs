//! Computes the due time of each request of an open loop.

use std::time::Duration;

/// The greatest count: above it an `f64` is not exact.
const COUNT_MAX: u64 = 1 << 53;

/// A constant rate, or one that rises linearly from zero over the ramp and is constant afterwards.
///
/// During the ramp, `n(t) = rate * t^2 / (2 * ramp)` requests are due by time `t`; afterwards
/// `n(t) = rate * (t - ramp / 2)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pacer {
    rate: f64,
    /// In seconds.
    ramp: f64,
}

impl Pacer {
    /// Creates a pacer of `rate` requests per second; `None` unless it is finite and above zero.
    #[must_use]
    pub fn new(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate > 0.0).then_some(Self { rate, ramp: 0.0 })
    }

    /// Sets the time over which the rate rises.
    #[must_use]
    pub fn with_ramp(self, ramp: Duration) -> Self {
        Self { ramp: ramp.as_secs_f64(), ..self }
    }

    /// Returns the due time of request `n` (from 0) since the start, at most `Duration::MAX`.
    #[must_use]
    pub fn due(&self, n: u64) -> Duration {
        let n = n as f64;
        let seconds = if n < self.rate * self.ramp / 2.0 {
            (2.0 * n * self.ramp / self.rate).sqrt()
        } else {
            n / self.rate + self.ramp / 2.0
        };
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Returns the number of requests due by `elapsed`, inclusive. The first is due at zero.
    #[must_use]
    pub fn due_by(&self, elapsed: Duration) -> u64 {
        let elapsed = elapsed.as_secs_f64();
        let passed = if elapsed < self.ramp {
            self.rate * elapsed * elapsed / (2.0 * self.ramp)
        } else {
            self.rate * (elapsed - self.ramp / 2.0)
        };
        // The conversion saturates.
        (passed as u64).min(COUNT_MAX - 1) + 1
    }

    /// Returns the number of requests due before `elapsed`, exclusive.
    #[must_use]
    pub fn due_before(&self, elapsed: Duration) -> u64 {
        let by = self.due_by(elapsed);
        if self.due(by - 1) < elapsed { by } else { by - 1 }
    }

    /// Returns the time until more than `released` requests are due; zero if they already are.
    #[must_use]
    pub fn wait(&self, elapsed: Duration, released: u64) -> Duration {
        self.due(released).saturating_sub(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_rate_is_finite_and_above_zero() {
        for rate in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Pacer::new(rate), None, "{rate}");
        }
        for rate in [f64::MIN_POSITIVE, 0.001, 1.0, 13_000.0, f64::MAX] {
            assert!(Pacer::new(rate).is_some(), "{rate}");
        }
    }

    #[test]
    fn requests_are_due_at_even_intervals() {
        // (rate, elapsed, released) -> (due by then, wait for the next)
        for (rate, elapsed, released, due, wait) in [
            (1.0, ms(0), 0, 1, ms(0)),
            (1.0, ms(0), 1, 1, ms(1000)),
            (1.0, ms(999), 1, 1, ms(1)),
            (1.0, ms(1000), 1, 2, ms(0)),
            (10.0, ms(250), 3, 3, ms(50)),
            (0.1, ms(0), 1, 1, ms(10_000)),
            (0.1, ms(9_000), 1, 1, ms(1_000)),
            (1_000.0, ms(5), 6, 6, ms(1)),
            // Behind schedule: all due requests are released without a wait.
            (1_000.0, ms(1_000), 10, 1_001, ms(0)),
            (13_000.0, ms(60_000), 0, 780_001, ms(0)),
        ] {
            let pacer = Pacer::new(rate).unwrap();
            assert_eq!(pacer.due_by(elapsed), due, "{rate}/s after {elapsed:?}");
            assert_eq!(pacer.wait(elapsed, released), wait, "{rate}/s after {elapsed:?}");
        }
    }

    #[test]
    fn a_ramp_rises_linearly_to_the_rate() {
        // Up to 100 a second over 10 s: the first half has a quarter of the ramp's 500 requests.
        let pacer = Pacer::new(100.0).unwrap().with_ramp(ms(10_000));
        for (elapsed, due) in [(0, 1), (1_000, 6), (5_000, 126), (10_000, 501), (11_000, 601)] {
            assert_eq!(pacer.due_by(ms(elapsed)), due, "after {elapsed} ms");
        }
        assert_eq!(
            [0, 5, 125, 500, 600].map(|n| pacer.due(n).as_millis()),
            [0, 1_000, 5_000, 10_000, 11_000]
        );
    }

    #[test]
    fn extremes_saturate_instead_of_overflowing() {
        for (rate, elapsed, due) in [
            (f64::MAX, Duration::ZERO, 1),
            (f64::MAX, Duration::from_nanos(1), COUNT_MAX),
            (1e18, Duration::from_secs(1), COUNT_MAX),
            (1e6, Duration::MAX, COUNT_MAX),
            (f64::MIN_POSITIVE, Duration::MAX, 1),
        ] {
            assert_eq!(Pacer::new(rate).unwrap().due_by(elapsed), due, "{rate}");
        }
        let crawl = Pacer::new(f64::MIN_POSITIVE).unwrap();
        assert_eq!(crawl.due(0), Duration::ZERO);
        assert_eq!(crawl.due(1), Duration::MAX);
        assert_eq!(crawl.wait(ms(1), u64::MAX), Duration::MAX - ms(1));
        assert_eq!(Pacer::new(f64::MAX).unwrap().due(u64::MAX), Duration::ZERO);
    }

    #[test]
    fn due_and_due_by_agree_at_every_rate() {
        let rounding = Duration::from_nanos(1);
        for rate in [0.3, 1.0, 7.0, 99.9, 1_000.0, 12_937.0, 13_000.0, 1e6, 7e8] {
            for ramp in [0, 1, 20_000] {
                let pacer = Pacer::new(rate).unwrap().with_ramp(ms(ramp));
                for step in 0..2_000_u64 {
                    let elapsed = Duration::from_micros(step * step * 37);
                    let due = pacer.due_by(elapsed);
                    assert!(pacer.due(due - 1) <= elapsed + rounding, "{pacer:?} at {elapsed:?}");
                    assert!(pacer.due(due) + rounding >= elapsed, "{pacer:?} at {elapsed:?}");
                }
            }
        }
    }
}
