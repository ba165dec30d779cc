//! Holds the client's books against the server's: what was answered and what was counted must be the
//! same, but for requests of unknown fate.

use crate::Report;
use crate::metrics::Metrics;
use serde::{Deserialize, Serialize};

/// The server's counts before and after a run, and where they contradict the run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Reconciled {
    /// The server's counts before the first request.
    pub before: Metrics,
    /// The server's counts after the last answer.
    pub after: Metrics,
    /// Requests whose fate the client does not know: the server may have counted each of them, or not.
    pub unknown: u64,
    /// What does not agree, one sentence each; nothing when the books agree.
    pub differences: Vec<String>,
}

impl Reconciled {
    /// Compares a run with what the server counted meanwhile.
    ///
    /// Every request that was accepted must be received and not dropped, every one that was rejected
    /// must be dropped, and each of unknown fate may be either, or neither. A connection that was one
    /// too many was turned away before there was an event: no count has it. Nor can one have a request
    /// that was made to be refused, and was.
    #[must_use]
    pub fn of(report: &Report, before: Metrics, after: Metrics) -> Self {
        let warmup = &report.warmup;
        let accepted = report.accepted + warmup.accepted;
        let rejected = [&report.rejections, &warmup.rejections]
            .map(|rejections| rejections.total() - rejections.too_many_connections)
            .iter()
            .sum::<u64>();
        let unknown = (report.errors.unknown + warmup.errors.unknown)
            .saturating_sub(report.invalid.refused + warmup.invalid.refused);
        let mut differences = Vec::new();
        let grown = |name, get: fn(&Metrics) -> u64| {
            let (before, after) = (get(&before), get(&after));
            after.checked_sub(before).ok_or_else(|| {
                format!(
                    "the server's count of {name} went from {before} to {after}: was it restarted?"
                )
            })
        };
        match (grown("received", |it| it.received), grown("dropped", |it| it.dropped)) {
            (Ok(received), Ok(dropped)) => {
                let taken = i128::from(received) - i128::from(dropped);
                for (server, counted, client, answered) in [
                    ("received and did not drop", taken, "accepted", accepted),
                    ("dropped", dropped.into(), "rejected", rejected),
                    ("received", received.into(), "accepted or rejected", accepted + rejected),
                ] {
                    differences.extend(differ(server, counted, client, answered, unknown));
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
                "the server's own books do not balance: received {received} - processed \
                 {processed} - dropped {dropped} = {rest}, and it says that {pending} are pending"
            ));
        }
        Self { before, after, unknown, differences }
    }

    /// Whether nothing contradicts the run.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }
}

fn differ(
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
        "the server {server} {counted} events, {by} than the {range} that the client knows of as {client}"
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

    /// 60 accepted, 30 rejected, 4 of them for their connection; 3 unknown, 2 refused as they should be.
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
    fn books_agree_within_what_is_unknown() {
        let before = metrics(1000, 800, 100);
        // (received, dropped) since then, and how many sentences are to be said of it.
        for (received, dropped, differences) in [
            (86, 26, 0),
            (89, 26, 0),
            (89, 29, 0),
            (87, 27, 0),
            // One accepted event is missing; one was counted that nobody sent.
            (85, 26, 2),
            (90, 26, 2),
            (90, 28, 1),
            (86, 25, 1),
            (90, 30, 2),
            // Nothing counted at all.
            (0, 0, 3),
        ] {
            let after = metrics(1000 + received, 850, 100 + dropped);
            let reconciled = Reconciled::of(&report(), before, after);
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
    fn to_the_unit_when_every_fate_is_known() {
        let report = Report { accepted: 5, ..Report::default() };
        for (received, agrees) in [(4, false), (5, true), (6, false)] {
            let reconciled = Reconciled::of(&report, Metrics::default(), metrics(received, 0, 0));
            assert_eq!(reconciled.agrees(), agrees, "{received}");
        }
    }

    #[test]
    fn a_restart_and_books_that_do_not_balance_are_named() {
        let told = |before, after| {
            Reconciled::of(&Report::default(), before, after).differences.join("\n")
        };
        assert!(told(metrics(9, 9, 0), metrics(0, 0, 0)).contains("restarted"));
        let lying = Metrics { pending: 7, ..metrics(0, 0, 0) };
        assert!(told(Metrics::default(), lying).contains("do not balance"));
    }
}
