//! Searches for the highest rate that meets an objective: by doubling, then by bisection.

use crate::expect::Expectation;
use crate::{LimitedBy, Report};
use serde::Serialize;

/// The share of a probe's requests above which pending events show that the queue grew.
const PENDING_SHARE_MAX: f64 = 0.05;
/// The number of pending events that is allowed however short the probe was.
const PENDING_MIN: u64 = 50;

/// The state of a search, which depends only on the verdicts so far.
///
/// Rates are doubled until one fails. From then on the next is the geometric mean of the highest
/// that passed and the lowest that failed, until these are within the precision. A rate fails only
/// if it fails twice in a row, since a pause of the machine may cause one failure.
#[derive(Debug, Clone)]
pub struct Search {
    next: f64,
    highest: f64,
    /// The ratio of the two ends at which the search is over, above 1.
    precision: f64,
    passed: Option<f64>,
    failed: Option<f64>,
    failed_once: bool,
}

impl Search {
    /// Creates a search from `lowest` to `highest` requests per second, to within `precision` (0.05
    /// is 5 %).
    #[must_use]
    pub fn new(lowest: f64, highest: f64, precision: f64) -> Self {
        Self {
            next: lowest,
            highest: highest.max(lowest),
            precision: 1.0 + precision,
            passed: None,
            failed: None,
            failed_once: false,
        }
    }

    /// Returns the rate to try, or `None` when the search is over.
    #[must_use]
    pub fn next(&self) -> Option<f64> {
        let is_over = match (self.passed, self.failed) {
            (Some(passed), Some(failed)) => failed / passed <= self.precision,
            (Some(passed), None) => passed >= self.highest,
            // The lowest rate failed.
            (None, failed) => failed.is_some(),
        };
        (!is_over).then_some(self.next)
    }

    /// Records whether the tried rate passed.
    pub fn judge(&mut self, passed: bool) {
        if !passed && !self.failed_once {
            self.failed_once = true;
            return;
        }
        self.failed_once = false;
        *if passed { &mut self.passed } else { &mut self.failed } = Some(self.next);
        self.next = match (self.passed, self.failed) {
            (Some(passed), Some(failed)) => (passed * failed).sqrt(),
            (Some(passed), None) => (passed * 2.0).min(self.highest),
            (None, _) => self.next,
        };
    }

    /// Returns the highest rate that passed.
    #[must_use]
    pub fn passed(&self) -> Option<f64> {
        self.passed
    }

    /// Returns the lowest rate that failed.
    #[must_use]
    pub fn failed(&self) -> Option<f64> {
        self.failed
    }
}

/// The version of a search's JSON. Fields may be added; none is renamed.
pub const SCHEMA: u32 = 1;

/// The result of a search.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// The schema version: 1. Fields may be added; none is renamed.
    pub schema: u32,
    /// The objective, as given.
    pub slo: String,
    /// The highest rate that met the objective; `null` if none did.
    pub rate: Option<f64>,
    /// The lowest rate that did not; `null` if all did.
    pub broken_at: Option<f64>,
    /// True if a signal ended the search early.
    pub interrupted: bool,
    /// Why the rate is not higher.
    pub why: String,
    /// The rates tried, in order.
    pub probes: Vec<Probe>,
}

/// A run at one rate.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// The requested rate, in requests per second.
    pub rate: f64,
    /// The reasons why the rate failed, one sentence each; empty if it passed.
    pub broken: Vec<String>,
    /// The number of pending events after the last answer; `null` without metrics.
    pub pending: Option<u64>,
    /// The report of the run.
    pub report: Report,
}

impl Probe {
    /// Judges a run: it has to meet the objective and keep the rate, and the server's queue must
    /// not have grown, since a longer run would fill it.
    #[must_use]
    pub fn new(rate: f64, objective: &[Expectation], pending: Option<u64>, report: Report) -> Self {
        let mut broken: Vec<_> =
            objective.iter().filter_map(|expectation| expectation.check(&report).err()).collect();
        if report.limit.by != LimitedBy::Nobody {
            broken.push(format!("the rate was not kept: {} a second were sent", report.rate));
        }
        let sent = report.sent + report.warmup.sent;
        if let Some(pending) = pending.filter(|pending| is_growing(*pending, sent)) {
            broken.push(format!("the queue grew: {pending} of {sent} events were still pending"));
        }
        Self { rate, broken, pending, report }
    }

    /// Returns true if the rate passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.broken.is_empty()
    }
}

fn is_growing(pending: u64, sent: u64) -> bool {
    pending > PENDING_MIN && pending as f64 > sent as f64 * PENDING_SHARE_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a search and returns the rates that it tries.
    fn run(mut search: Search, passes: impl Fn(f64) -> bool) -> (Vec<u64>, Search) {
        let mut tried = Vec::new();
        while let Some(rate) = search.next() {
            tried.push(rate.round() as u64);
            search.judge(passes(rate));
            assert!(tried.len() < 100, "{tried:?}");
        }
        (tried, search)
    }

    #[test]
    fn it_converges_to_the_capacity() {
        let (rates, search) = run(Search::new(100.0, 1e6, 0.05), |rate| rate <= 1450.0);
        assert_eq!(rates[..7], [100, 200, 400, 800, 1600, 1600, 1131]);
        let (passed, failed) = (search.passed().unwrap(), search.failed().unwrap());
        assert!(passed <= 1450.0 && failed > 1450.0 && failed / passed <= 1.05, "{search:?}");
    }

    #[test]
    fn a_rate_fails_after_two_failures_in_a_row() {
        let mut search = Search::new(100.0, 200.0, 0.05);
        search.judge(false);
        assert_eq!(search.next(), Some(100.0));
        search.judge(true);
        assert_eq!(search.next(), Some(200.0));
        search.judge(false);
        search.judge(false);
        assert_eq!((search.passed(), search.failed()), (Some(100.0), Some(200.0)));
    }

    #[test]
    fn it_ends_at_the_highest_and_at_the_lowest_rate() {
        let (rates, search) = run(Search::new(100.0, 1000.0, 0.05), |_| true);
        assert_eq!(rates, [100, 200, 400, 800, 1000]);
        assert_eq!((search.passed(), search.failed()), (Some(1000.0), None));
        let (rates, search) = run(Search::new(100.0, 1000.0, 0.05), |_| false);
        assert_eq!(rates, [100, 100]);
        assert_eq!((search.passed(), search.failed()), (None, Some(100.0)));
    }

    #[test]
    fn a_probe_fails_by_its_objective_its_rate_or_its_queue() {
        let report = || {
            let mut report =
                Report { sent: 1000, accepted: 1000, rate: 100.0, ..Report::default() };
            report.limit.by = LimitedBy::Nobody;
            report
        };
        let objective = Expectation::list("rejected<1%").unwrap();
        let probe = |pending, report| Probe::new(100.0, &objective, pending, report);
        assert!(probe(None, report()).passed());
        assert!(probe(Some(50), report()).passed());
        assert!(probe(Some(51), report()).broken[0].contains("the queue grew"));
        let rejecting = Report { rejected: 10, ..report() };
        assert!(probe(None, rejecting).broken[0].contains("expected rejected<1%"));
        let mut late = report();
        late.limit.by = LimitedBy::Server;
        assert!(probe(None, late).broken[0].contains("the rate was not kept"));
    }
}
