//! What the connections of a run do: when they are opened, how long that took, how many there are.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How many connections of a run are open, and the most that were.
#[derive(Debug, Default)]
pub(crate) struct Open {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Open {
    /// The most connections that were open at a time.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(SeqCst)
    }
}

/// What became of the connect that a request needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Connect {
    /// None was needed: the connection was there.
    #[default]
    Kept,
    /// It has not come to an end, or not to a good one: nothing was sent.
    Unfinished { began: Instant },
    /// The connection stands.
    Stands { began: Instant, stood: Instant },
}

/// One connection's word on its connects. Clones speak of the same connection.
#[derive(Debug, Clone)]
pub(crate) struct Connects {
    open: Arc<Open>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    last: Connect,
    is_open: bool,
}

impl Connects {
    pub(crate) fn new(open: Arc<Open>) -> Self {
        Self { open, state: Arc::default() }
    }

    /// A connect begins.
    pub(super) fn begin(&self) {
        self.with(|state| state.last = Connect::Unfinished { began: Instant::now() });
        self.close();
    }

    /// The connect that began last has come to a connection.
    pub(super) fn stand(&self) {
        self.with(|state| {
            let stood = Instant::now();
            if let Connect::Unfinished { began } = state.last {
                state.last = Connect::Stands { began, stood };
            }
            if !std::mem::replace(&mut state.is_open, true) {
                let now = self.open.now.fetch_add(1, SeqCst) + 1;
                self.open.peak.fetch_max(now, SeqCst);
            }
        });
    }

    /// The connection is gone, or as good as that.
    pub(crate) fn close(&self) {
        self.with(|state| {
            if std::mem::take(&mut state.is_open) {
                self.open.now.fetch_sub(1, SeqCst);
            }
        });
    }

    /// What happened since it was last asked.
    pub(crate) fn take(&self) -> Connect {
        self.with(|state| std::mem::take(&mut state.last))
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        // One connection does one thing at a time: the lock is always free.
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_of_connections_and_not_of_connects() {
        let open = Arc::new(Open::default());
        let (one, two) = (Connects::new(open.clone()), Connects::new(open.clone()));
        for _ in 0..3 {
            one.begin();
            one.stand();
        }
        assert_eq!(open.peak(), 1);
        two.begin();
        assert!(matches!(two.take(), Connect::Unfinished { .. }));
        one.close();
        one.close();
        two.begin();
        two.stand();
        assert!(matches!(two.take(), Connect::Stands { .. }));
        assert_eq!(two.take(), Connect::Kept);
        assert_eq!(open.peak(), 1);
        one.begin();
        one.stand();
        assert_eq!(open.peak(), 2);
    }
}
