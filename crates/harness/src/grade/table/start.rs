//! The start of a server, and its failures.

use super::super::client::{persists, request};
use super::super::figures::told;
use super::super::knobs::Knobs;
use super::super::{Check, Subject, check};
use crate::books::event;
use crate::server::{Server, Signal};
use contract::{Stop, To, WireError, ensure};
use std::net::TcpListener;
use std::time::Duration;

/// The number of silent connections.
const SILENT: usize = 20;
const CONNECTIONS: u64 = 30;
const REQUESTS: u64 = 20;

/// Returns the check on which all others depend.
pub(super) fn starts() -> Check {
    let mut check = check("starts", "Without a server there is nothing to grade.", starts_up);
    check.promise.needs.clear();
    check.stages(1..=10).must().describe(
        "start it without a knob, and with every knob of its stage",
        "the line `listening on http://127.0.0.1:PORT` on standard output (not with {port})",
    )
}

pub(super) fn checks() -> Vec<Check> {
    vec![
        check(
            "listens-when-it-says-so",
            "Programs connect as soon as they have read the line; a pause would be a guess.",
            listens,
        )
        .stages(1..=10)
        .describe("start it five times, and send a request at once", "an answer"),
        check(
            "port-in-use",
            "Whoever starts a server reads why it does not run, not a backtrace.",
            port_in_use,
        )
        .stages(1..=10)
        .describe(
            "start it on an address that another server has",
            "one line on standard error, and an exit status that is not 0",
        ),
        check(
            "standard-output",
            "Programs read standard output; everything else goes to standard error.",
            standard_output,
        )
        .stages(1..=9)
        .describe("start it, and send a request", "no line after `listening on …`"),
        check(
            "silent-connections",
            "A client that says nothing must not keep others from being served.",
            silent,
        )
        .stages(2..=10)
        .describe("20 silent connections, then a request on another", "an answer to the request"),
        check(
            "answers-a-load",
            "A server without its own faults answers every client.",
            answers_a_load,
        )
        .stages(1..=3)
        .describe("600 requests from 30 concurrent clients", "an answer to each of them"),
        #[cfg(unix)]
        check("sigterm-ends-it", "SIGTERM is how a service is stopped.", sigterm_ends)
            .stages(1..=9)
            .describe("SIGTERM", "it ends"),
    ]
}

fn starts_up(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("")?;
    server.connect().map_err(|error| {
        let address = server.address();
        Stop::Failed(format!("it says that it listens on {address}, but: {error}"))
    })?;
    drop(server);
    let all = all_knobs(subject);
    let Err(wrong) = subject.start(&all.to_string()) else { return Ok(()) };
    // Name the one that it does not know.
    for knob in all.each() {
        if subject.start(knob).is_err() {
            let exit = subject.run_to_end(knob)?;
            return Err(Stop::Failed(format!(
                "it starts without a knob, and not with `{knob}`: {}",
                told(&exit)
            )));
        }
    }
    Err(wrong)
}

/// Returns every knob of the stage.
fn all_knobs(subject: &Subject) -> Knobs {
    let timeouts = ["--request-timeout", "--idle-timeout", "--write-timeout"];
    let mut knobs = subject.knobs().since(3, "--max-connections", 100);
    for timeout in timeouts {
        knobs = knobs.since(3, timeout, "10s");
    }
    knobs = knobs.work("10ms").hold("10ms").queue(100).workers(4).since(8, "--shards", 64);
    knobs.since(10, "--deadline", "10s").since(10, "--drain-delay", "0s").since(
        10,
        "--max-users",
        1000,
    )
}

/// Sends a request that a server of any stage answers.
fn ask(server: &Server) -> Result<(), Stop> {
    request(server, "POST", "/", &event("start", 0))?;
    Ok(())
}

fn listens(subject: &Subject) -> Result<(), Stop> {
    (0..5).try_for_each(|_| ask(&subject.start("")?))
}

fn port_in_use(subject: &Subject) -> Result<(), Stop> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let exit = subject.run_at(&address, "").map_err(|stop| match stop {
        Stop::Failed(got) => Stop::Failed(format!("while another has {address}: {got}")),
        other => other,
    })?;
    let told = told(&exit);
    ensure(exit.code() != Some(0), format!("{told}, although {address} was in use"))?;
    ensure(
        exit.stdout.is_empty() || subject.has_port(),
        format!("{told}, after `{}` on standard output", exit.stdout.join("\n")),
    )?;
    is_one_line(&exit.stderr)
        .map_err(|wrong| Stop::Failed(format!("{wrong} on standard error: {told}")))
}

/// Returns what is wrong with a message that is not one line.
pub(super) fn is_one_line(stderr: &str) -> Result<(), String> {
    let has_trace = ["panicked", "Traceback", "stack backtrace", "goroutine ", "    at "];
    let lines = stderr.lines().filter(|line| !line.trim().is_empty()).count();
    match lines {
        _ if has_trace.iter().any(|sign| stderr.contains(sign)) => Err("a backtrace".to_owned()),
        0 => Err("nothing".to_owned()),
        1 => Ok(()),
        count => Err(format!("{count} lines instead of one")),
    }
}

fn standard_output(subject: &Subject) -> Result<(), Stop> {
    if subject.has_port() {
        return Err(Stop::NotAsked("a server started with {port} may write anything".to_owned()));
    }
    let server = subject.start("")?;
    ask(&server)?;
    server.signal(Signal::Kill);
    let exit = server.wait()?;
    let more = exit.stdout.join("\n");
    ensure(more.is_empty(), format!("`{more}` on standard output, after `listening on …`"))
}

fn silent(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("")?;
    let mut silent = (0..SILENT).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    let mut other = contract::Wire::open(server.address(), subject.soon())?;
    let answer = other.request("POST", "/", &event("start", 0));
    answer.map_err(|error| {
        Stop::Failed(format!("with {SILENT} silent connections open, another request: {error}"))
    })?;
    for wire in &mut silent {
        let is_closed = wire.is_readable_within(Duration::from_millis(1));
        ensure(matches!(is_closed, Ok(false)), "a silent connection was closed at once")?;
    }
    Ok(())
}

fn answers_a_load(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("")?;
    let keeps_open = subject.stage >= 3 && persists(&server);
    let client = |nth: u64| -> Result<(), WireError> {
        let mut open = None;
        for number in 0..REQUESTS {
            let body = event(&format!("user{nth}"), number as i64);
            let mut wire = open.take().map_or_else(|| server.connect(), Ok)?;
            // Stages 1 and 2 are asked on a connection each.
            wire.send(crate::books::post(&body))?;
            wire.answer(To::Other)?;
            open = keeps_open.then_some(wire);
        }
        Ok(())
    };
    let clients = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS).map(|n| scope.spawn(move || client(n))).collect();
        clients.into_iter().map(|client| client.join()).collect::<Vec<_>>()
    });
    let failed: Vec<WireError> =
        clients.into_iter().filter_map(|client| client.ok().and_then(Result::err)).collect();
    let first = failed.first().map(ToString::to_string).unwrap_or_default();
    let count = failed.len();
    ensure(count == 0, format!("{count} of {CONNECTIONS} clients got no answer: {first}"))
}

#[cfg(unix)]
fn sigterm_ends(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("0s").hold("0s");
    let server = subject.start(&knobs.to_string())?;
    ask(&server)?;
    super::end(subject, server, Signal::Terminate)?;
    Ok(())
}
