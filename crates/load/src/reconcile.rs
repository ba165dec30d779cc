//! Compares a report with the server's metrics: the counts must match, within the number of
//! requests of unknown fate.

use crate::Report;
use crate::metrics::Metrics;
use serde::{Deserialize, Serialize};

/// The server's metrics before and after a run, and where they contradict the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Reconciled {
    /// The metrics before the first request.
    pub before: Metrics,
    /// The metrics after the last answer.
    pub after: Metrics,
    /// The number of requests of unknown fate, each of which the server may have counted.
    pub unknown: u64,
    /// The contradictions, one sentence each; empty if the counts match.
    pub differences: Vec<String>,
}

impl Reconciled {
    /// Compares a report with the metrics before and after the run.
    ///
    /// The server must have received and not dropped each accepted request, and dropped each
    /// rejected one; a request of unknown fate may be either, or neither. Requests rejected as
    /// `too_many_connections` and refused invalid requests are in no metric.
    #[must_use]
    pub fn new(report: &Report, before: Metrics, after: Metrics) -> Self {
        let warmup = &report.warmup;
        let accepted = report.accepted + warmup.accepted;
        let rejected = [&report.rejections, &warmup.rejections]
            .map(|rejections| rejections.total() - rejections.too_many_connections)
            .iter()
            .sum::<u64>();
        let unknown = (report.errors.unknown + warmup.errors.unknown)
            .saturating_sub(report.invalid.refused + warmup.invalid.refused);
        let mut differences = Vec::new();
        let increase = |name, get: fn(&Metrics) -> u64| {
            let (before, after) = (get(&before), get(&after));
            after.checked_sub(before).ok_or_else(|| {
                format!(
                    "the server's count of {name} went from {before} to {after}: was it restarted?"
                )
            })
        };
        let received = increase("received", |metrics| metrics.received);
        let dropped = increase("dropped", |metrics| metrics.dropped);
        match (received, dropped) {
            (Ok(received), Ok(dropped)) => {
                let kept = i128::from(received) - i128::from(dropped);
                for (server, counted, client, answered) in [
                    ("received and did not drop", kept, "accepted", accepted),
                    ("dropped", dropped.into(), "rejected", rejected),
                    ("received", received.into(), "accepted or rejected", accepted + rejected),
                ] {
                    differences.extend(compare(server, counted, client, answered, unknown));
                }
            }
            (received, dropped) => {
                differences.extend([received.err(), dropped.err()].into_iter().flatten())
            }
        }
        let Metrics { received, processed, dropped, pending, .. } = after;
        let rest = i128::from(received) - i128::from(processed) - i128::from(dropped);
        if rest != i128::from(pending) {
            differences.push(format!(
                "the server's metrics contradict each other: received {received} - processed \
                 {processed} - dropped {dropped} = {rest}, but pending is {pending}"
            ));
        }
        Self { before, after, unknown, differences }
    }

    /// Returns true if there are no contradictions.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }
}

fn compare(
    server: &str,
    counted: i128,
    client: &str,
    answered: u64,
    unknown: u64,
) -> Option<String> {
    let (low, high) = (i128::from(answered), i128::from(answered) + i128::from(unknown));
    let by = match counted {
        _ if counted < low => format!("{} fewer", low - counted),
        _ if counted > high => format!("{} more", counted - high),
        _ => return None,
    };
    let range = if unknown == 0 { format!("{low}") } else { format!("{low} to {high}") };
    Some(format!(
        "the server {server} {counted} events, {by} than the {range} that the client counted as {client}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Errors, Invalid, Rejections, Warmup};

    fn metrics(received: u64, processed: u64, dropped: u64) -> Metrics {
        let pending = received.saturating_sub(processed + dropped);
        Metrics { received, processed, dropped, pending, ..Metrics::default() }
    }

    /// 60 accepted; 30 rejected, 4 of them by connection; 3 unknown; 2 invalid and refused.
    fn report() -> Report {
        let rejections =
            Rejections { server_busy: 26, too_many_connections: 4, ..Rejections::default() };
        Report {
            accepted: 50,
            rejected: 30,
            rejections,
            errors: Errors { total: 7, unknown: 5, not_sent: 2, ..Errors::default() },
            invalid: Invalid { sent: 2, refused: 2, taken: 0 },
            warmup: Warmup { sent: 10, accepted: 10, ..Warmup::default() },
            ..Report::default()
        }
    }

    #[test]
    fn counts_match_within_the_unknown() {
        let before = metrics(1000, 800, 100);
        // (received, dropped) during the run, and the number of contradictions.
        for (received, dropped, differences) in [
            (86, 26, 0),
            (89, 26, 0),
            (89, 29, 0),
            (87, 27, 0),
            // One accepted event too few, and one too many.
            (85, 26, 2),
            (90, 26, 2),
            (90, 28, 1),
            (86, 25, 1),
            (90, 30, 2),
            // Nothing counted.
            (0, 0, 3),
        ] {
            let after = metrics(1000 + received, 850, 100 + dropped);
            let reconciled = Reconciled::new(&report(), before, after);
            assert_eq!(reconciled.unknown, 3);
            assert_eq!(
                reconciled.differences.len(),
                differences,
                "{received} {dropped}: {reconciled:?}"
            );
            assert_eq!(reconciled.agrees(), differences == 0);
        }
    }

    #[test]
    fn counts_match_exactly_when_every_fate_is_known() {
        let report = Report { accepted: 5, ..Report::default() };
        for (received, agrees) in [(4, false), (5, true), (6, false)] {
            let reconciled = Reconciled::new(&report, Metrics::default(), metrics(received, 0, 0));
            assert_eq!(reconciled.agrees(), agrees, "{received}");
        }
    }

    #[test]
    fn a_restart_and_contradictory_metrics_are_named() {
        let differences = |before, after| {
            Reconciled::new(&Report::default(), before, after).differences.join("\n")
        };
        assert!(differences(metrics(9, 9, 0), metrics(0, 0, 0)).contains("restarted"));
        let wrong = Metrics { pending: 7, ..metrics(0, 0, 0) };
        assert!(differences(Metrics::default(), wrong).contains("contradict each other"));
    }
}
