//! A stop by signal: what was accepted is done first (stage 10).

use super::super::client::{accept, answered_load, balances, compare, load};
use super::super::figures::{Figures, told};
use super::super::{Check, Subject, check};
use super::{end, name};
use crate::books::Books;
use crate::server::{Exit, SAME_STOP, Signal};
use contract::{Stop, ensure};
use std::thread;
use std::time::{Duration, Instant};

const EVENTS: u64 = 50;

pub(super) fn checks() -> Vec<Check> {
    const NO_LOSS: &str =
        "An accepted event is a promise, and a deployment is no reason to break it.";
    let signal = |name, run, done| {
        check(name, NO_LOSS, run).must().describe(
            done,
            "exit status 0, and a last line on standard output that says received 50, processed \
             50, dropped 0 and pending 0",
        )
    };
    let checks = [
        signal("sigterm-drains", sigterm as fn(&Subject) -> _, "50 accepted events, then SIGTERM"),
        signal("sigint-drains", sigint, "50 accepted events, then SIGINT, as of Ctrl-C"),
        signal("sighup-drains", sighup, "50 accepted events, then SIGHUP, as of a closed terminal"),
        check("drains-under-load", NO_LOSS, under_load).must().describe(
            "8 clients that send events without a pause, and SIGTERM among them",
            "each event accepted and processed, or rejected, or its connection closed",
        ),
        check("state-after-a-load", NO_LOSS, state_after_a_load)
            .must()
            .needs("drains-under-load")
            .needs("state-is-written")
            .needs("state-is-read")
            .describe(
                "the same, and a start from the state",
                "balances that are the sums of the accepted amounts",
            ),
        check(
            "last-line-adds-up",
            "Whoever stops a server learns from it what was done and what was not.",
            last_line_adds_up,
        )
        .describe(
            "20 events, of which 15 find no place, and SIGTERM",
            "received = processed + dropped + pending in the last line, with the client's counts",
        ),
        check(
            "last-line-alone",
            "A program that stops a server reads its last line.",
            last_line_alone,
        )
        .describe("SIGTERM", "one line on standard output after `listening on …`"),
        check(
            "deadline-ends-the-drain",
            "Whoever stops a server has a limit, after which it is killed without a word.",
            deadline_ends,
        )
        .describe("with --deadline 200ms and jobs of an hour, SIGTERM", "it ends"),
        check(
            "loss-is-said",
            "Events that the deadline lost can be sent again, if somebody hears of them.",
            loss_said,
        )
        .needs("deadline-ends-the-drain")
        .describe(
            "7 accepted events with jobs of an hour, SIGTERM, and a deadline of 200 ms",
            "exit status 1, pending 7 in the last line, and the number 7 on standard error",
        ),
        check(
            "second-signal-ends-it",
            "A drain that takes too long is ended by the one who is waiting for it.",
            second_signal,
        )
        .describe(
            "jobs of an hour, SIGTERM, and 0.51 s later SIGTERM or SIGINT",
            "it ends at once, with exit status 143 or 130 (or by that signal), without a last line",
        ),
    ];
    let needs_drain = |check: Check| {
        if check.promise.name == "sigterm-drains" { check } else { check.needs("sigterm-drains") }
    };
    checks.map(|check| needs_drain(check.stages(10..=10))).into()
}

fn sigterm(subject: &Subject) -> Result<(), Stop> {
    drains(subject, Signal::Terminate)
}

fn sigint(subject: &Subject) -> Result<(), Stop> {
    drains(subject, Signal::Interrupt)
}

fn sighup(subject: &Subject) -> Result<(), Stop> {
    drains(subject, Signal::Hangup)
}

fn drains(subject: &Subject, signal: Signal) -> Result<(), Stop> {
    let knobs = subject.knobs().work("10ms").hold("0s").queue(100).workers(2);
    let server = subject.start(&knobs.to_string())?;
    for amount in 1..=EVENTS {
        accept(&server, "alice", amount as i64)?;
    }
    let exit = end(subject, server, signal)?;
    drained(&exit, signal, EVENTS)
}

/// Expects a server that has processed all accepted events and ended.
pub(super) fn drained(exit: &Exit, signal: Signal, accepted: u64) -> Result<(), Stop> {
    let (name, told) = (name(signal), told(exit));
    if exit.code() != Some(0) && exit.stdout.is_empty() {
        return Err(Stop::Failed(format!(
            "{accepted} events were accepted before {name}; {told}, without a last line that says \
             what became of them (a command that starts the server has to exec it, or the signal \
             does not reach it)"
        )));
    }
    let before = format!("{accepted} events were accepted before {name}");
    let (processed, pending) =
        Figures::last_processed(exit).map_err(|stop| super::when(&before, stop))?;
    let of = format!("{before}, and the last line says {processed} processed");
    ensure(
        processed >= accepted,
        format!("{of}: {} accepted events are lost", accepted.saturating_sub(processed)),
    )?;
    ensure(processed == accepted, format!("{of}: some were counted twice"))?;
    ensure(pending == 0, format!("{of} and {pending} pending"))?;
    ensure(exit.code() == Some(0), format!("all events were processed, but {told}"))
}

fn last_line_alone(subject: &Subject) -> Result<(), Stop> {
    if subject.has_port() {
        return Err(Stop::NotAsked("a server started with {port} may write anything".to_owned()));
    }
    let server = subject.start("")?;
    let exit = end(subject, server, Signal::Terminate)?;
    let lines = exit.stdout.len();
    ensure(lines == 1, format!("{lines} lines on standard output: `{}`", exit.stdout.join("\n")))
}

fn under_load(subject: &Subject) -> Result<(), Stop> {
    stop_under_load(subject, &[]).map(drop)
}

fn state_after_a_load(subject: &Subject) -> Result<(), Stop> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("state.json").display().to_string();
    let state = ["--state", path.as_str()];
    let books = stop_under_load(subject, &state)?;
    let found = balances(&subject.start_with("", &state)?)?;
    compare(&found, &books).map_err(|wrong| Stop::Failed(format!("started again, {wrong}")))
}

/// Stops a server while 8 clients send events, and returns their books.
fn stop_under_load(subject: &Subject, state: &[&str]) -> Result<Books, Stop> {
    let knobs = subject.knobs().work("1ms").hold("0s").queue(50).workers(4);
    let server = subject.start_with(&knobs.to_string(), state)?;
    let load = thread::scope(|scope| {
        let load = scope.spawn(|| load(&server, 8, 1_000_000, 5));
        // Until events are under way.
        let until = Instant::now() + subject.soon();
        while balances(&server).is_ok_and(|found| found.len() < 5) && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(100));
        server.signal(Signal::Terminate);
        load.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    let exit = server
        .wait_for(subject.soon())
        .map_err(|error| Stop::Failed(format!("after SIGTERM under load, {error}")))?;
    let books = load.books;
    let (processed, pending) = Figures::last_processed(&exit)?;
    let (accepted, unknown) = (books.accepted, books.unknown);
    let sums = format!(
        "{accepted} events were accepted until SIGTERM and while it stopped, {unknown} got no \
         answer, and the last line says {processed} processed"
    );
    ensure(
        processed >= accepted,
        format!("{sums}: {} accepted events are lost", accepted.saturating_sub(processed)),
    )?;
    ensure(processed <= accepted + unknown, format!("{sums}: some were counted twice"))?;
    ensure(pending == 0, format!("the last line says {pending} pending"))?;
    ensure(books.cut == 0, format!("{} answers were cut off", books.cut))?;
    ensure(exit.code() == Some(0), told(&exit))?;
    Ok(books)
}

fn last_line_adds_up(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("400ms").hold("0s").queue(3).workers(2);
    let server = subject.start(&knobs.to_string())?;
    let books = answered_load(&server, 4, 20, 5)?;
    let last = Figures::last_line(&end(subject, server, Signal::Terminate)?)?;
    let (accepted, rejected) = (books.accepted, books.rejected);
    ensure(
        (last.received, last.processed, last.dropped, last.pending) == (20, accepted, rejected, 0),
        format!(
            "of 20 events {accepted} were accepted and {rejected} rejected; the last line says {} \
             received, {} processed, {} dropped and {} pending",
            last.received, last.processed, last.dropped, last.pending
        ),
    )
}

fn deadline_ends(subject: &Subject) -> Result<(), Stop> {
    lose(subject).map(drop)
}

fn loss_said(subject: &Subject) -> Result<(), Stop> {
    let exit = lose(subject)?;
    let of = format!("7 accepted events were pending at the deadline, and {}", told(&exit));
    ensure(exit.code() == Some(1), format!("{of}: the exit status must be 1"))?;
    let (processed, pending) = Figures::last_processed(&exit)?;
    ensure(
        (processed, pending) == (0, 7),
        format!("{of}; the last line says {processed} processed, {pending} pending"),
    )?;
    ensure(
        exit.stderr.contains('7'),
        format!("{of}: it does not say on standard error how many are lost"),
    )
}

/// Lets a deadline pass with 7 jobs of an hour.
fn lose(subject: &Subject) -> Result<Exit, Stop> {
    let knobs = subject.knobs().work("1h").queue(10).workers(2).with("--deadline", "200ms");
    let server = subject.start(&knobs.to_string())?;
    for _ in 0..7 {
        accept(&server, "alice", 1)?;
    }
    end(subject, server, Signal::Terminate)
}

fn second_signal(subject: &Subject) -> Result<(), Stop> {
    for (signal, code) in [(Signal::Terminate, 143), (Signal::Interrupt, 130)] {
        let knobs = subject.knobs().work("1h").with("--deadline", "1h");
        let server = subject.start(&knobs.to_string())?;
        for _ in 0..3 {
            accept(&server, "alice", 1)?;
        }
        server.signal(Signal::Terminate);
        // Until then it counts as the same stop; launchers deliver one twice.
        thread::sleep(SAME_STOP);
        ensure(!server.has_ended(), "it ended at the first SIGTERM, with events in its queue")?;
        let exit =
            end(subject, server, signal).map_err(|stop| super::when("a second signal", stop))?;
        let told = told(&exit);
        ensure(exit.code() == Some(code), format!("after a second signal {told}, not {code}"))?;
        let more = exit.stdout.join("\n");
        ensure(more.is_empty(), format!("after a second signal it still wrote `{more}`"))?;
    }
    Ok(())
}
