//! Tracks the connections of a run: the times of each connect, and the number of open connections.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The number of open connections of a run, and its peak.
#[derive(Debug, Default)]
pub(crate) struct OpenCount {
    now: AtomicU64,
    peak: AtomicU64,
}

impl OpenCount {
    /// Returns the number of open connections.
    pub(crate) fn now(&self) -> u64 {
        self.now.load(SeqCst)
    }

    /// Returns the maximum number of connections open at a time.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(SeqCst)
    }
}

/// The connect of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Connect {
    /// None: the connection was open.
    #[default]
    Kept,
    /// It failed or has not ended: nothing was sent.
    Unfinished { began: Instant },
    /// It succeeded.
    Established { began: Instant, ended: Instant },
}

/// The record of one connection's connects. Clones share the record.
#[derive(Debug, Clone)]
pub(crate) struct Connects {
    open: Arc<OpenCount>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    last: Connect,
    is_open: bool,
}

impl Connects {
    pub(crate) fn new(open: Arc<OpenCount>) -> Self {
        Self { open, state: Arc::default() }
    }

    /// Records the start of a connect.
    pub(super) fn begin(&self) {
        self.with(|state| state.last = Connect::Unfinished { began: Instant::now() });
        self.close();
    }

    /// Records the success of the last connect.
    pub(super) fn establish(&self) {
        self.with(|state| {
            let ended = Instant::now();
            if let Connect::Unfinished { began } = state.last {
                state.last = Connect::Established { began, ended };
            }
            if !std::mem::replace(&mut state.is_open, true) {
                let now = self.open.now.fetch_add(1, SeqCst) + 1;
                self.open.peak.fetch_max(now, SeqCst);
            }
        });
    }

    /// Records that the connection is closed, or will not be used again.
    pub(crate) fn close(&self) {
        self.with(|state| {
            if std::mem::take(&mut state.is_open) {
                self.open.now.fetch_sub(1, SeqCst);
            }
        });
    }

    /// Takes the connect since the last call.
    pub(crate) fn take(&self) -> Connect {
        self.with(|state| std::mem::take(&mut state.last))
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        // A connection does one thing at a time, so there is no contention.
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_counts_connections_and_not_connects() {
        let open = Arc::new(OpenCount::default());
        let (one, two) = (Connects::new(open.clone()), Connects::new(open.clone()));
        for _ in 0..3 {
            one.begin();
            one.establish();
        }
        assert_eq!(open.peak(), 1);
        two.begin();
        assert!(matches!(two.take(), Connect::Unfinished { .. }));
        one.close();
        one.close();
        two.begin();
        two.establish();
        assert!(matches!(two.take(), Connect::Established { .. }));
        assert_eq!(two.take(), Connect::Kept);
        assert_eq!(open.peak(), 1);
        one.begin();
        one.establish();
        assert_eq!(open.peak(), 2);
    }
}
