//! Runs checks, concurrently if possible, each after those that it needs.

use super::promise::{Class, Pace, Promise, Stop};
use super::report::{Outcome, Verdict};
use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The bounds of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum number of concurrent checks of each pace but `Alone`.
    pub concurrency: usize,
    /// The end: checks that have not ended by then are cut off.
    pub until: Instant,
}

/// Runs the checks with these promises: `run` is called with their index. Returns the verdicts in
/// order, and calls `done` after each.
///
/// `before` holds the verdicts of checks that these may need.
pub fn schedule(
    promises: Vec<Promise>,
    limits: Limits,
    before: &[Verdict],
    run: impl Fn(usize) -> Result<(), Stop> + Sync,
    mut done: impl FnMut(&Verdict),
) -> Vec<Verdict> {
    let known = before.iter().map(|verdict| (verdict.check.name, is_met(&verdict.outcome)));
    let board = Board {
        promises: &promises,
        names: promises.iter().map(|promise| promise.name).collect(),
        until: limits.until,
        run,
        state: Mutex::new(State {
            waiting: (0..promises.len()).collect(),
            running: 0,
            decided: known.collect(),
        }),
        changed: Condvar::new(),
    };
    let mut verdicts = vec![None; promises.len()];
    thread::scope(|scope| {
        let (decided, outcomes) = channel();
        // Lanes of slow checks take quick ones when there are no more.
        let slow: &[Pace] = &[Pace::Slow, Pace::Quick];
        let lanes =
            [slow, &[Pace::Quick]].into_iter().flat_map(|lane| vec![lane; limits.concurrency]);
        for lane in lanes.chain([&[Pace::Alone][..]]) {
            let (board, decided) = (&board, decided.clone());
            scope.spawn(move || lane.iter().for_each(|&pace| board.work(pace, &decided)));
        }
        drop(decided);
        for (index, outcome, took) in outcomes {
            let verdict = Verdict { check: promises[index].clone(), outcome, took };
            done(&verdict);
            verdicts[index] = Some(verdict);
        }
    });
    verdicts.into_iter().flatten().collect()
}

/// Returns true if checks that need this one say something. A body of another form hides nothing.
fn is_met(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Passed | Outcome::Failed { class: Class::Body, .. })
}

struct Board<'a, R> {
    promises: &'a [Promise],
    /// The names of all checks of this run.
    names: HashSet<&'static str>,
    until: Instant,
    run: R,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// The indices of checks that have not started.
    waiting: Vec<usize>,
    running: usize,
    /// The names of checks with an outcome; true if those that need it can be asked.
    decided: HashMap<&'static str, bool>,
}

/// The outcome of the check with that index, and the time that it took.
type Decided = (usize, Outcome, Duration);

impl<R: Fn(usize) -> Result<(), Stop> + Sync> Board<'_, R> {
    /// Runs checks of a pace until there are none left.
    fn work(&self, pace: Pace, decided: &Sender<Decided>) {
        while let Some(index) = self.next(pace) {
            let promise = &self.promises[index];
            let begin = Instant::now();
            let outcome = match self.unmet(promise) {
                _ if begin >= self.until => Outcome::CutOff,
                Some(need) => Outcome::NotAsked(format!("it needs {need}, which did not pass")),
                None => Outcome::new(promise.class, (self.run)(index)),
            };
            // A check that fails after the end may fail because of it.
            let is_late = Instant::now() >= self.until && outcome != Outcome::Passed;
            let outcome = if is_late { Outcome::CutOff } else { outcome };
            let mut state = self.lock();
            state.running -= 1;
            state.decided.insert(promise.name, is_met(&outcome));
            self.changed.notify_all();
            // The receiver outlives the threads of the scope.
            let _ = decided.send((index, outcome, begin.elapsed()));
        }
    }

    /// Takes the next check of a pace that can run, and waits for one if necessary.
    fn next(&self, pace: Pace) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if !state.waiting.iter().any(|index| self.promises[*index].pace == pace) {
                return None;
            }
            // Needs that form a circle are never decided.
            let is_stuck = state.running == 0
                && !state.waiting.iter().any(|&index| self.can_run(&state, index));
            let is_next = |index: &usize| {
                self.promises[*index].pace == pace && (is_stuck || self.can_run(&state, *index))
            };
            if let Some(at) = state.waiting.iter().position(is_next) {
                state.running += 1;
                return Some(state.waiting.remove(at));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns true if the needs of a check are decided, and if no other runs beside one that runs
    /// alone.
    fn can_run(&self, state: &State, index: usize) -> bool {
        let promise = &self.promises[index];
        let is_last = |index: &usize| self.promises[*index].pace == Pace::Alone;
        // A need of another stage, or of a run of other checks, counts as met.
        let is_decided =
            |need: &&str| state.decided.contains_key(need) || !self.names.contains(need);
        promise.needs.iter().all(is_decided)
            && (promise.pace != Pace::Alone
                || (state.running == 0 && state.waiting.iter().all(is_last)))
    }

    /// Returns the first need of a check that is not met.
    fn unmet(&self, promise: &Promise) -> Option<&'static str> {
        let decided = &self.lock().decided;
        promise.needs.iter().copied().find(|need| decided.get(need) == Some(&false))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
