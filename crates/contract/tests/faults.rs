//! Each planted fault fails the checks that name it, and no other.

mod server;

use contract::{Outcome, Report, Target, run, table};
use server::Fault;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// The number of servers at a time: their timeouts are short.
const AT_A_TIME: usize = 10;

/// A fault, the checks that fail, and a phrase that names the cause.
type Planted = (Fault, &'static [&'static str], &'static str);

const PLANTED: [Planted; 23] = [
    (Fault::None, &[], ""),
    (Fault::QueueOneShort, &["queue-full"], "accepted 61 at once, a queue of 60 holds 60"),
    (Fault::QueueOneTooLong, &["queue-full"], "63 accepted and unprocessed"),
    (Fault::AcceptedThenDropped, &["queue-full"], "events are lost"),
    (Fault::NoQueueWait, &["metrics-queue-wait"], "total_queue_wait_ns stays 0"),
    (Fault::FailedNotCounted, &["metrics-count-failed"], "failed grew by 0, not by 1"),
    (Fault::BalanceWraps, &["balances-do-not-wrap"], "wrapped around"),
    (Fault::UpdatesLost, &["balances-grow-concurrently"], "events are lost"),
    (Fault::PendingWraps, &["metrics-figures"], "pending has wrapped around below zero"),
    (Fault::DroppedTwice, &["metrics-count-rejected"], "counted twice"),
    (Fault::NoDetail, &["error-detail"], "no \"detail\""),
    (Fault::Unsorted, &["balances-sorted"], "not sorted"),
    (Fault::Accepts200, &["event-accepted"], "stage 10 answers 202"),
    (Fault::Refuses422, &["event-empty-object"], "expected status 400"),
    (Fault::LibraryBodies, &["answer-bodies"], "no \"reason\":\"not_found\""),
    (Fault::NoDate, &["date-in-answers"], "expected Date"),
    (Fault::NoRetryAfter, &["queue-full-retry-after"], "expected Retry-After: 1"),
    (Fault::NoKeepAlive, &["keep-alive"], "closed without an answer"),
    (Fault::ReadsOnce, &["request-in-segments"], "but to one sent whole"),
    (Fault::CaseSensitive, &["length-in-lower-case"], "answer"),
    (
        Fault::AnswersSwapped,
        &["pipelined"],
        "the answers are [404, 400, 400], alone they are [400, 404, 400]",
    ),
    (Fault::NotClosed, &["closed-after-an-error"], "not closed"),
    (Fault::ContinuesAfterError, &["closed-after-an-error"], "followed by: HTTP/1.1 404"),
];

/// Servers that never end, or that are of another stage: nothing else is asked.
const BOUNDED: [Planted; 6] = [
    (Fault::EchoesLikeStage1, &["stage"], "answers as stages 1 to 2 do, not as stage 5"),
    (Fault::Silent, &["answers"], "neither an answer nor the end"),
    (Fault::ByteByByte, &["answers"], "only this within"),
    (Fault::EndlessHead, &["answers"], "its head does not end"),
    (Fault::EndlessBody, &["answers"], "bytes in total"),
    (Fault::EndlessContinue, &["answers"], "100"),
];

fn grade(fault: Fault, stage: u8, patience: Duration, until: Duration) -> Report {
    let target = Target {
        request_timeout: Some(server::REQUEST_TIMEOUT),
        idle_timeout: Some(server::IDLE_TIMEOUT),
        max_connections: Some(server::CONNECTIONS),
        queue: Some(server::QUEUE),
        workers: Some(server::WORKERS),
        patience,
        until: Instant::now() + until,
        ..Target::new(server::start(fault), stage)
    };
    run(&target, table(), |_| {})
}

/// Returns the difference between a report and what it must be.
fn difference((fault, names, phrase): Planted, report: &Report) -> Option<String> {
    let failed: Vec<_> = report.failed().collect();
    let is_same = failed.iter().map(|verdict| verdict.check.name).eq(names.iter().copied());
    let names_the_cause = failed.iter().all(|verdict| match &verdict.outcome {
        Outcome::Failed { got, .. } => got.contains(phrase),
        _ => false,
    });
    if is_same && names_the_cause {
        return None;
    }
    let shown: Vec<String> = failed.iter().map(ToString::to_string).collect();
    Some(format!(
        "{fault:?}: expected {names:?} with {phrase:?}, but {}\n{}",
        report.summary(),
        shown.join("\n")
    ))
}

fn assert_each(planted: &[Planted], grade: impl Fn(Fault) -> Report + Sync) {
    let (waiting, wrong) = (Mutex::new(planted.to_vec()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let Some(planted) = waiting.lock().expect("no panic").pop() else { return };
                    let different = difference(planted, &grade(planted.0));
                    wrong.lock().expect("no panic").extend(different);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn each_fault_fails_the_checks_that_name_it() {
    assert_each(&PLANTED, |fault| {
        grade(fault, 10, Duration::from_secs(3), Duration::from_secs(60))
    });
}

#[test]
fn servers_that_never_end_are_bounded() {
    let until = Duration::from_secs(4);
    assert_each(&BOUNDED, |fault| {
        let (begin, stage) =
            (Instant::now(), if fault == Fault::EchoesLikeStage1 { 5 } else { 10 });
        let report = grade(fault, stage, Duration::from_secs(1), until);
        assert!(begin.elapsed() < until * 2, "{fault:?} took {:?}", begin.elapsed());
        report
    });
}
