//! Metrics that agree with the client's books.

use super::super::client::{accept, answered_load, request};
use super::super::figures::Figures;
use super::super::lateness::judged;
use super::super::{Check, Subject, check};
use contract::{Stop, ensure};
use std::thread;
use std::time::{Duration, Instant};

const EVENTS: u64 = 400;
const CLIENTS: u64 = 8;

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check(
            "metrics-agree-with-the-client",
            "A figure that differs from the client's own count sends an operator the wrong way.",
            agree,
        )
        .describe(
            "400 events, more than the queue holds, and one that is none; then the metrics at rest",
            "received = sent, dropped = rejected, processed = accepted, failed = 0",
        ),
        check(
            "metrics-under-load",
            "Counters are read while they change: the parts must fit at every moment.",
            under_load,
        )
        .describe(
            "the metrics, again and again while events are sent",
            "received = processed + dropped + pending; counters that only grow; pending from 0 to \
             queue + workers + requests being decided",
        ),
        check(
            "failed-is-counted",
            "An event that changed nothing is processed, and told in failed.",
            failed,
        )
        .needs("overflow")
        .describe("two events of five that would overflow", "processed 5, failed 2, dropped 0"),
        check(
            "queue-wait-is-counted",
            "A wait that nobody sees after a 202 is only visible here.",
            queue_wait,
        )
        .describe(
            "four events at once for one worker, each worth 0.15 s",
            "total_queue_wait_ns of at least the 0.9 s that this order implies, and no more than \
             four times the time that it took",
        ),
        check(
            "lock-wait-is-counted",
            "Contention shows here first, before anything is slow.",
            lock_wait,
        )
        .describe(
            "four events of a user at once for four workers, with a hold of 0.3 s",
            "total_lock_wait_ns of about 1.8 s, at least half of it",
        ),
    ];
    let needs_agreement = |check: Check| match check.promise.name {
        "metrics-agree-with-the-client" => check,
        _ => check.needs("metrics-agree-with-the-client"),
    };
    checks.map(|check| needs_agreement(check.stages(9..=10).needs("metrics-add-up"))).into()
}

fn agree(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("100ms").hold("0s").queue(10).workers(4);
    let server = subject.start(&knobs.to_string())?;
    let books = answered_load(&server, 16, EVENTS, 7)?;
    request(&server, "POST", "/", "{}")?;
    let figures = Figures::at_rest(&server)?;
    let pairs = [
        ("received", figures.received, "sent", EVENTS),
        ("dropped", figures.dropped, "rejected", books.rejected),
        ("processed", figures.processed, "accepted", books.accepted),
        ("failed", figures.failed, "that cannot count", 0),
    ];
    for (name, count, what, expected) in pairs {
        ensure(
            count == expected,
            format!("{name} is {count}, and the client counted {expected} events {what}"),
        )?;
    }
    Ok(())
}

fn under_load(subject: &Subject) -> Result<(), Stop> {
    let (queue, workers) = (10, 4);
    let knobs = subject.knobs().work("1ms").hold("0s").queue(queue).workers(workers);
    let server = subject.start(&knobs.to_string())?;
    let most = (queue + workers) as u64 + CLIENTS;
    thread::scope(|scope| {
        let load = scope.spawn(|| answered_load(&server, CLIENTS, 4 * EVENTS, 7));
        let mut last = Figures::default();
        while !load.is_finished() {
            let now = Figures::ask(&server)?;
            ensure(
                now.pending <= most,
                format!(
                    "with `{knobs}`, pending was {}, more than {most}: places, workers and the \
                     requests of {CLIENTS} clients",
                    now.pending
                ),
            )?;
            let counters = [
                ("received", last.received, now.received),
                ("processed", last.processed, now.processed),
                ("dropped", last.dropped, now.dropped),
            ];
            for (name, before, after) in counters {
                ensure(before <= after, format!("{name} went from {before} to {after}"))?;
            }
            last = now;
        }
        load.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map(drop)
    })
}

fn failed(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("0s").hold("0s").workers(1);
    let server = subject.start(&knobs.to_string())?;
    for (user, amount) in
        [("rich", i64::MAX), ("rich", 1), ("poor", i64::MIN), ("poor", -1), ("other", 5)]
    {
        accept(&server, user, amount)?;
    }
    let Figures { processed, failed, dropped, .. } = Figures::at_rest(&server)?;
    ensure(
        (processed, failed, dropped) == (5, 2, 0),
        format!(
            "5 events were accepted, 2 of which would overflow; processed is {processed}, failed \
             {failed} and dropped {dropped}"
        ),
    )
}

fn queue_wait(subject: &Subject) -> Result<(), Stop> {
    const WORK: Duration = Duration::from_millis(150);
    let knobs = subject.knobs().work("150ms").hold("0s").queue(10).workers(1);
    let server = subject.start(&knobs.to_string())?;
    let begin = Instant::now();
    let mut implied = Duration::ZERO;
    for nth in 0..4 {
        accept(&server, "alice", 1)?;
        // It was queued by now, and those before it take their time after `begin`.
        implied += (WORK * nth).saturating_sub(begin.elapsed());
    }
    let figures = Figures::at_rest(&server)?;
    let took = begin.elapsed();
    let wait = Duration::from_nanos(figures.queue_wait_ns);
    let of = format!("after 4 jobs of 0.15 s for one worker, total_queue_wait_ns is {wait:.1?}");
    ensure(
        wait.as_secs_f64() >= implied.as_secs_f64() * 0.9,
        format!("{of}, and their order alone makes it {implied:.1?}"),
    )?;
    ensure(wait <= took * 4, format!("{of}, and all was done within {took:.1?} (is it in ns?)"))
}

fn lock_wait(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("0s").hold("300ms").queue(10).workers(4);
    judged(Duration::from_millis(300), || {
        let server = subject.start(&knobs.to_string())?;
        let begin = Instant::now();
        for _ in 0..4 {
            accept(&server, "alice", 1)?;
        }
        let figures = Figures::at_rest(&server)?;
        let took = begin.elapsed();
        let wait = Duration::from_nanos(figures.lock_wait_ns);
        let of = format!(
            "after 4 events of a user, each with a hold of 0.3 s, total_lock_wait_ns is {wait:.1?}"
        );
        ensure(
            wait >= Duration::from_millis(900),
            format!("{of}, and 4 workers that wait for one another make it about 1.8 s"),
        )?;
        ensure(wait <= took * 4, format!("{of}, and all was done within {took:.1?} (is it in ns?)"))
    })
}
