//! Stage 9: counts that agree with the client's own, and what it takes.

use super::figure::{Expected, Figure, Unit};
use super::rig::Rig;
use super::{Experiment, Failure};
use crate::books::wait_for_rest;
use crate::server::Server;
use std::collections::BTreeMap;
use stress_client::load::{Plan, Report};

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "counters",
            stage: 9,
            title: "the server's counts beside the client's, to the unit",
            watch: [
                "5,000 events, as fast as answers come. What the client counted, the server counted too.",
                "Then jobs that never end: what is pending is what the queue and the workers have.",
            ],
            figures: |_| {
                let of = |id, what| Figure::new(id, what, Unit::Count).exactly(0.0);
                vec![
                    of("received", "received, off the client's sent by"),
                    of("dropped", "dropped, off the client's rejected by"),
                    of("processed", "processed at rest, off its accepted by"),
                    of("balances", "sum of the balances, off its accepted by"),
                    of("pending", "pending at rest"),
                    Figure::new("full", "pending of a full server: 1,000 and 16", Unit::Count)
                        .exactly(1016.0)
                        .question(
                            "A queue of 1,000, 16 workers, jobs that never end: how many pending?",
                        ),
                ]
            },
            measure: counters,
            why: "Each event is counted once, at the place where its fate is decided, by one instruction \
                  that nothing can come between.",
            read: "crates/stage9/src/metrics.rs",
        },
        Experiment {
            name: "load-store",
            stage: 9,
            title: "load, add, store: three atomic steps that are not one",
            watch: [
                "The same counts three ways: one instruction, a lock, and load then store.",
                "No data race in any of them, and in one of them counts are lost.",
            ],
            figures: |_| {
                let of = |id, what| Figure::new(id, what, Unit::Count);
                vec![
                    of("atomic", "jobs not counted, fetch_add").exactly(0.0),
                    of("mutex", "jobs not counted, a lock").exactly(0.0),
                    of("load-store", "jobs not counted, load then store")
                        .expected(Expected::AtLeast(1.0)),
                ]
            },
            measure: load_store,
            why: "Between load and store another worker counts, and its count is overwritten.",
            read: "crates/stage9/src/counter.rs",
        },
    ]
}

fn off(metrics: &BTreeMap<String, u64>, name: &str, due: u64) -> u64 {
    metrics.get(name).map_or(u64::MAX, |value| value.abs_diff(due))
}

fn at_rest(server: &Server) -> Result<BTreeMap<String, u64>, Failure> {
    wait_for_rest(server).map_err(|error| error.to_string().into())
}

fn counters(rig: &mut Rig<'_>) -> Result<(), Failure> {
    let server = rig.start("")?;
    let Report { sent, accepted, rejected, errors, .. } = rig.load(&server, Plan::default())?;
    if errors.total > 0 {
        return Err(format!("{} requests ended in an error", errors.total).into());
    }
    let metrics = at_rest(&server)?;
    rig.counted("received", off(&metrics, "received", sent));
    rig.counted("dropped", off(&metrics, "dropped", rejected));
    rig.counted("processed", off(&metrics, "processed", accepted));
    rig.counted("pending", off(&metrics, "pending", 0));
    let sum: i64 = server.balances()?.values().sum();
    rig.counted("balances", sum.abs_diff(accepted as i64));
    let server = rig.start("--work 1h")?;
    rig.load(&server, Plan { requests: Some(2000), concurrency: 8, ..Plan::default() })?;
    rig.counted("full", server.metrics()?.get("pending").copied().unwrap_or(u64::MAX));
    Ok(())
}

fn load_store(rig: &mut Rig<'_>) -> Result<(), Failure> {
    for way in ["atomic", "mutex", "load-store"] {
        let flags = format!("--counters {way} --work 0s --hold 0s --queue 20000 --workers 16");
        let server = rig.start(&flags)?;
        let plan = Plan { requests: Some(10_000), concurrency: 16, ..Plan::default() };
        let accepted = rig.load(&server, plan)?.accepted;
        // Counts that are wrong never come to rest, so the balances have to say when all is done.
        while server.balances()?.values().sum::<i64>() < accepted as i64 {
            std::thread::yield_now();
        }
        // A job is counted a moment after it has changed its balance.
        let mut last = u64::MAX;
        loop {
            let counted = server.metrics()?.get("processed").copied().unwrap_or(0);
            if std::mem::replace(&mut last, counted) == counted {
                rig.counted(way, accepted.saturating_sub(counted));
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
    Ok(())
}
