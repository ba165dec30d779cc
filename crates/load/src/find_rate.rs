//! The search for the highest rate that keeps an objective: up by doubling, then closing in on the knee.

use crate::expect::Expectation;
use crate::{LimitedBy, Report};
use serde::Serialize;

/// A queue that holds so much of what a probe has sent is one that grows.
const QUEUED_SHARE_MAX: f64 = 0.05;
/// What a server may have in hand, however short the probe was.
const QUEUED_MIN: u64 = 50;

/// Which rate to try next, as a pure function of the verdicts so far.
///
/// Rates are doubled until one fails; from then on the next is the geometric mean of the highest that
/// passed and the lowest that failed, until these are within the precision. A rate fails when it has
/// failed twice in a row: a hiccup of the machine is no limit of the server.
#[derive(Debug, Clone)]
pub struct Search {
    next: f64,
    highest: f64,
    /// How close the two ends are to come, as a ratio above 1.
    precision: f64,
    passed: Option<f64>,
    failed: Option<f64>,
    failed_once: bool,
}

impl Search {
    /// A search from `lowest` to `highest` requests a second, to within `precision` (0.05 is 5 %).
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

    /// The rate to try; `None` when the search is over.
    #[must_use]
    pub fn next(&self) -> Option<f64> {
        let is_over = match (self.passed, self.failed) {
            (Some(passed), Some(failed)) => failed / passed <= self.precision,
            (Some(passed), None) => passed >= self.highest,
            // Not even the lowest.
            (None, failed) => failed.is_some(),
        };
        (!is_over).then_some(self.next)
    }

    /// Takes the verdict on the rate that was tried.
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

    /// The highest rate that passed.
    #[must_use]
    pub fn passed(&self) -> Option<f64> {
        self.passed
    }

    /// The lowest rate that failed.
    #[must_use]
    pub fn failed(&self) -> Option<f64> {
        self.failed
    }
}

/// The version of a search's JSON. Fields may be added to it, none is renamed.
pub const SCHEMA: u32 = 1;

/// What came of a search.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// The version of this shape: 1. Fields may be added to it, none is renamed.
    pub schema: u32,
    /// The objective, as it was written.
    pub slo: String,
    /// The highest rate that was seen to keep it; `null` when none was.
    pub rate: Option<f64>,
    /// The lowest rate that was seen to break it; `null` when none was.
    pub broken_at: Option<f64>,
    /// Whether a signal ended the search before it was done.
    pub interrupted: bool,
    /// Why it is not higher.
    pub why: String,
    /// Every rate that was tried, in order.
    pub probes: Vec<Probe>,
}

/// One rate, tried.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// Requests a second that were asked for.
    pub rate: f64,
    /// Where the objective was not kept, one sentence each; nothing when it was.
    pub broken: Vec<String>,
    /// Events that were still queued when the last answer had come; `null` without metrics.
    pub pending: Option<u64>,
    /// What was measured.
    pub report: Report,
}

impl Probe {
    /// Judges a run: the objective has to be kept, the rate too, and no queue may have grown, since a
    /// longer run would have filled it.
    #[must_use]
    pub fn new(rate: f64, objective: &[Expectation], pending: Option<u64>, report: Report) -> Self {
        let mut broken: Vec<_> =
            objective.iter().filter_map(|expectation| expectation.check(&report).err()).collect();
        if report.limit.by != LimitedBy::Nobody {
            broken.push(format!("the rate was not kept: {} a second were sent", report.rate));
        }
        let sent = report.sent + report.warmup.sent;
        if let Some(pending) = pending.filter(|pending| grows(*pending, sent)) {
            broken.push(format!("the queue grew: {pending} of {sent} events were still waiting"));
        }
        Self { rate, broken, pending, report }
    }

    /// Whether the objective was kept.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.broken.is_empty()
    }
}

fn grows(pending: u64, sent: u64) -> bool {
    pending > QUEUED_MIN && pending as f64 > sent as f64 * QUEUED_SHARE_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rates that a search tries against a server with this capacity.
    fn tried(mut search: Search, passes: impl Fn(f64) -> bool) -> (Vec<u64>, Search) {
        let mut tried = Vec::new();
        while let Some(rate) = search.next() {
            tried.push(rate.round() as u64);
            search.judge(passes(rate));
            assert!(tried.len() < 100, "{tried:?}");
        }
        (tried, search)
    }

    #[test]
    fn it_closes_in_on_the_knee() {
        let (rates, search) = tried(Search::new(100.0, 1e6, 0.05), |rate| rate <= 1450.0);
        assert_eq!(rates[..7], [100, 200, 400, 800, 1600, 1600, 1131]);
        let (passed, failed) = (search.passed().unwrap(), search.failed().unwrap());
        assert!(passed <= 1450.0 && failed > 1450.0 && failed / passed <= 1.05, "{search:?}");
    }

    #[test]
    fn one_failure_is_a_hiccup_and_two_are_a_limit() {
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
    fn it_ends_at_either_end() {
        let (rates, search) = tried(Search::new(100.0, 1000.0, 0.05), |_| true);
        assert_eq!(rates, [100, 200, 400, 800, 1000]);
        assert_eq!((search.passed(), search.failed()), (Some(1000.0), None));
        let (rates, search) = tried(Search::new(100.0, 1000.0, 0.05), |_| false);
        assert_eq!(rates, [100, 100]);
        assert_eq!((search.passed(), search.failed()), (None, Some(100.0)));
    }

    #[test]
    fn a_probe_passes_when_objective_rate_and_queue_are_kept() {
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
