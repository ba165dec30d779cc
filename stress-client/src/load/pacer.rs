//! When each request of an open loop is due: a pure function of time and count.

use std::time::Duration;

/// Counts above this are no longer exact in an `f64`, and no run comes near it.
const COUNT_MAX: u64 = 1 << 53;

/// An even pace: request `n` (from 0) is due `n / rate` seconds after the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pacer {
    rate: f64,
}

impl Pacer {
    /// A pace of `rate` requests a second; `None` unless it is finite and above zero.
    #[must_use]
    pub fn new(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate > 0.0).then_some(Self { rate })
    }

    /// When request `n` is due, from the start. What lies beyond a `Duration` is never due.
    #[must_use]
    pub fn due(&self, n: u64) -> Duration {
        Duration::try_from_secs_f64(n as f64 / self.rate).unwrap_or(Duration::MAX)
    }

    /// How many requests are due once `elapsed` has passed; the first one is due at once.
    #[must_use]
    pub fn due_by(&self, elapsed: Duration) -> u64 {
        // The conversion saturates: a rate too high for a `u64` ends at the cap.
        let whole = (elapsed.as_secs_f64() * self.rate) as u64;
        whole.min(COUNT_MAX - 1) + 1
    }

    /// How long to wait until one more than `released` requests is due; zero when it already is.
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
    fn a_pace_is_finite_and_above_zero() {
        for rate in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Pacer::new(rate), None, "{rate}");
        }
        for rate in [f64::MIN_POSITIVE, 0.001, 1.0, 13_000.0, f64::MAX] {
            assert!(Pacer::new(rate).is_some(), "{rate}");
        }
    }

    #[test]
    fn requests_fall_due_evenly() {
        // (rate, elapsed, released) -> (due by then, wait for one more)
        for (rate, elapsed, released, due, wait) in [
            (1.0, ms(0), 0, 1, ms(0)),
            (1.0, ms(0), 1, 1, ms(1000)),
            (1.0, ms(999), 1, 1, ms(1)),
            (1.0, ms(1000), 1, 2, ms(0)),
            (10.0, ms(250), 3, 3, ms(50)),
            (0.1, ms(0), 1, 1, ms(10_000)),
            (0.1, ms(9_000), 1, 1, ms(1_000)),
            (1_000.0, ms(5), 6, 6, ms(1)),
            // Behind schedule: everything due is released at once, and nothing is waited for.
            (1_000.0, ms(1_000), 10, 1_001, ms(0)),
            (13_000.0, ms(60_000), 0, 780_001, ms(0)),
        ] {
            let pacer = Pacer::new(rate).unwrap();
            assert_eq!(pacer.due_by(elapsed), due, "{rate}/s after {elapsed:?}");
            assert_eq!(pacer.wait(elapsed, released), wait, "{rate}/s after {elapsed:?}");
        }
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
            let pacer = Pacer::new(rate).unwrap();
            for step in 0..2_000_u64 {
                let elapsed = Duration::from_micros(step * step * 37);
                let due = pacer.due_by(elapsed);
                assert!(pacer.due(due - 1) <= elapsed + rounding, "{rate}/s at {elapsed:?}");
                assert!(pacer.due(due) + rounding >= elapsed, "{rate}/s at {elapsed:?}");
            }
        }
    }
}
