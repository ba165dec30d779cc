//! Stage 5: what a bounded queue takes, to the unit, and what becomes of the rest.

use super::figure::{Expected, Figure, Unit};
use super::rate::rate;
use super::rig::Rig;
use super::{Experiment, Failure};
use std::time::Duration;
use stress_client::load::Plan;

pub(super) fn all() -> Vec<Experiment> {
    vec![Experiment {
        name: "capacity",
        stage: 5,
        title: "a queue of 100 and one worker: how many are accepted",
        watch: [
            "Far more events than fit, first one after the other, then 300 at once.",
            "Each is accepted or rejected within milliseconds; none waits for the work.",
        ],
        figures: |machine| {
            vec![
                Figure::new("one_by_one", "accepted, sent one by one", Unit::Count)
                    .exactly(101.0)
                    .question(
                        "A queue of 100, one worker, jobs that never end: how many are accepted?",
                    ),
                Figure::new("at_once", "accepted of 300 at once", Unit::Count)
                    .documented("≈ capacity")
                    .expected(Expected::OneOf(vec![100.0, 101.0])),
                Figure::new("errors", "neither accepted nor rejected", Unit::Count).exactly(0.0),
                Figure::new("rejected_p99", "time of a rejection, p99", Unit::Milliseconds)
                    .documented("fast")
                    .expected(Expected::AtMost(500.0)),
                Figure::new("rate", "jobs a second, 500 ms each", Unit::PerSecond)
                    .documented("2/s")
                    .near(1e3 / (500.0 + machine.lags.timer_ms)),
            ]
        },
        measure: capacity,
        why: "Capacity is the queue and the job in the worker's hands; of 300 at once all may be in \
              before the worker has taken its first, and then it is 100.",
        read: "crates/stage5/src/worker.rs",
    }]
}

fn capacity(rig: &mut Rig<'_>) -> Result<(), Failure> {
    let server = rig.start("--work 1h")?;
    let one_by_one = Plan { requests: Some(200), concurrency: 1, ..Plan::default() };
    let first = rig.load(&server, one_by_one)?;
    rig.counted("one_by_one", first.accepted);
    let server = rig.start("--work 1h")?;
    let at_once = Plan { requests: Some(300), concurrency: 300, ..Plan::default() };
    let second = rig.load(&server, at_once)?;
    rig.counted("at_once", second.accepted);
    rig.counted("errors", first.errors.total + second.errors.total);
    rig.measured("rejected_p99", second.latency_ms.rejected.map_or(0.0, |latency| latency.p99));
    let server = rig.start("")?;
    let all = Plan { requests: Some(300), concurrency: 300, ..Plan::default() };
    rig.load(&server, all)?;
    let rate = rate(rig, &server, "500 ms a job", Duration::ZERO, Duration::from_secs(4))?;
    rig.measured("rate", rate);
    Ok(())
}
