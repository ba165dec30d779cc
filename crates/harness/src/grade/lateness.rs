//! Measures if this machine was fast enough to judge a time.

use contract::Stop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const NAP: Duration = Duration::from_millis(10);
const ATTEMPTS: u32 = 3;

/// Makes an attempt that judges times to within `margin`. A failure counts only if this machine was
/// never late by more than a quarter of the margin; otherwise the attempt is repeated, and not judged
/// in the end.
pub(super) fn judged(margin: Duration, attempt: impl Fn() -> Result<(), Stop>) -> Result<(), Stop> {
    let mut worst = Duration::ZERO;
    for _ in 0..ATTEMPTS {
        let (result, late) = watch(&attempt);
        if late <= margin / 4 || !matches!(result, Err(Stop::Failed(_))) {
            return result;
        }
        worst = worst.max(late);
    }
    Err(Stop::NotJudged(format!(
        "this machine was late by up to {worst:.0?}, too much to judge times to within {margin:?}"
    )))
}

/// Returns the worst lateness of a thread that only sleeps, beside the result.
fn watch<T>(attempt: impl Fn() -> T) -> (T, Duration) {
    let has_ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut worst = Duration::ZERO;
            while !has_ended.load(Ordering::Relaxed) {
                let begin = Instant::now();
                thread::sleep(NAP);
                worst = worst.max(begin.elapsed().saturating_sub(NAP));
            }
            worst
        });
        let result = attempt();
        has_ended.store(true, Ordering::Relaxed);
        (result, watch.join().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn only_a_failure_on_a_late_machine_is_not_judged() {
        let failed = || Err(Stop::Failed("slow".to_owned()));
        assert_eq!(judged(Duration::ZERO, || Ok(())), Ok(()));
        assert_eq!(judged(Duration::from_secs(3600), failed), failed());
        let attempts = Cell::new(0);
        let count = || {
            attempts.set(attempts.get() + 1);
            thread::sleep(NAP * 3);
            failed()
        };
        assert!(matches!(judged(Duration::ZERO, count), Err(Stop::NotJudged(_))));
        assert_eq!(attempts.get(), ATTEMPTS);
    }
}
