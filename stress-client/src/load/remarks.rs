//! What a reader of the figures should know before believing them: one sentence each.

use super::plan::Plan;
use super::tally::{OPENING, Tally};
use std::time::{Duration, Instant};

/// An open loop that took this much longer than planned did not keep its rate.
const LATE_RATIO_MAX: f64 = 1.02;
/// Nor is a run late that ends within this of its plan, however short it was.
const LATE_MAX: Duration = Duration::from_millis(20);

/// The remarks on a finished run.
pub(super) fn on(plan: &Plan, tally: &Tally, start: Instant, unsent: u64) -> Vec<String> {
    let last_sent = tally.last_sent.map(|sent| sent - start);
    [
        plan.rate.and_then(|rate| missed_rate(rate, plan.concurrency, tally.sent(), last_sent?)),
        (unsent > 0).then(|| {
            format!(
                "{unsent} requests fell due and were never sent: the run ended while all {} \
                 connections were busy",
                plan.concurrency
            )
        }),
        busy_before(tally),
        tally.example.as_ref().map(|words| format!("one of the errors: {words}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn missed_rate(rate: f64, concurrency: u64, sent: u64, took: Duration) -> Option<String> {
    let planned = sent.saturating_sub(1) as f64 / rate;
    let took = took.as_secs_f64();
    let late = took > planned * LATE_RATIO_MAX && took > planned + LATE_MAX.as_secs_f64();
    late.then(|| {
        format!(
            "the rate was not kept: {rate} requests a second were asked for and {:.1} were sent, \
             because no more than {concurrency} connections may be open; the wait for one is part \
             of the latency",
            sent as f64 / took
        )
    })
}

fn busy_before(tally: &Tally) -> Option<String> {
    let opening = tally.sent().min(OPENING);
    (opening > 0 && tally.opening_rejected == opening).then(|| {
        "the very first requests were already rejected: the server was busy before this run, so \
         restart it or let it drain"
            .to_owned()
    })
}
