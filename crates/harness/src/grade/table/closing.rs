//! Clients of a server that stops (stage 10).

use super::super::client::{accept, is_accepted, request, wait_for};
use super::super::figures::{Figures, told};
use super::super::{Check, Subject, check};
use super::drain::drained;
use crate::books::event;
use crate::server::{Exit, Server, Signal};
use contract::{Response, Stop, To, Wire, WireError, ensure};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

/// The time limit of a connection that is made to see whether the listener is closed.
const PROBE: Duration = Duration::from_millis(250);

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check(
            "listener-closes",
            "A load balancer sends elsewhere what is refused at once.",
            listener_closes,
        )
        .describe(
            "SIGTERM while a job works, then new connections",
            "refused or closed, before it ends",
        ),
        check(
            "closing-loses-nothing",
            "An event that is accepted after the workers have gone is lost.",
            closing_loses_nothing,
        )
        .must()
        .describe(
            "half an event, SIGTERM, and the other half once the listener is closed",
            "if it is accepted, it is processed as well",
        ),
        check(
            "closing-rejects",
            "A client that hears shutting_down sends the event to another server.",
            closing_rejects,
        )
        .needs("closing-loses-nothing")
        .describe(
            "half an event, SIGTERM, and the other half once the listener is closed",
            "503 shutting_down with Connection: close and dropped 1 in the last line, or a closed \
             connection",
        ),
        check(
            "half-a-request-holds-nothing",
            "A client that does not go on must not keep a server from stopping.",
            half_a_request,
        )
        .describe(
            "half an event and SIGTERM, with a request timeout or a deadline of 0.3 s",
            "503, 408 or a closed connection; exit status 0",
        ),
        check(
            "idle-connections-close",
            "A drain that waits for idle clients takes as long as the idle timeout.",
            idle_connections,
        )
        .describe(
            "an idle connection and one that was silent, with timeouts of an hour, and SIGTERM",
            "both closed, and exit status 0",
        ),
        check(
            "endless-client-holds-nothing",
            "A client that always has a request on its way must not keep a server from stopping.",
            endless_client,
        )
        .describe("a client that sends requests without a pause, and SIGTERM", "exit status 0"),
    ];
    checks.map(|check| check.stages(10..=10).needs("sigterm-drains")).into()
}

/// Waits until new connections are refused or closed. Returns the last answer to one, unless others
/// were left without an answer since.
fn await_closed(server: &Server) -> Result<Option<Response>, Stop> {
    let ask = || Wire::open(server.address(), PROBE)?.request("GET", "/health", "");
    let mut last = None;
    wait_for(server, || match ask() {
        Ok(got) if got.says("reason", "shutting_down") => Ok(Ok(())),
        Ok(got) => {
            let wrong = format!("after SIGTERM, a new connection was served: {}", got.status);
            last = Some(got);
            Ok(Err(wrong))
        }
        Err(WireError::Unreachable(_) | WireError::Closed | WireError::Reset) => Ok(Ok(())),
        // The kernel accepts a connection that the server may not: silence until the end.
        Err(error) => {
            last = None;
            Ok(Err(format!("after SIGTERM, a new connection was made: {error}")))
        }
    })?;
    Ok(last)
}

fn listener_closes(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("1500ms").hold("0s").workers(1);
    let server = subject.start(&knobs.to_string())?;
    accept(&server, "alice", 1)?;
    server.signal(Signal::Terminate);
    let served = await_closed(&server)?;
    ensure(
        served.is_none() || !server.has_ended(),
        "the listener was only closed when the server ended",
    )?;
    drained(&server.wait_for(subject.soon())?, Signal::Terminate, 1)
}

/// Sends half an event, SIGTERM, and then the other half; a job works meanwhile. Returns the answer
/// to it.
fn half_then_rest(subject: &Subject) -> Result<(Result<Response, WireError>, Exit), Stop> {
    let knobs = subject.knobs().work("600ms").hold("0s").queue(10).workers(1);
    let server = subject.start(&knobs.to_string())?;
    accept(&server, "alice", 1)?;
    let body = event("late", 1);
    let whole =
        format!("POST / HTTP/1.1\r\nHost: check\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (first, second) = whole.split_at(whole.len() - 10);
    let mut half = server.connect()?;
    half.send(first)?;
    // After a round trip the server has read the half.
    request(&server, "GET", "/health", "")?;
    server.signal(Signal::Terminate);
    await_closed(&server)?;
    let got = half.send(second).and_then(|()| half.answer(To::Other));
    drop(half);
    Ok((got, server.wait_for(subject.soon())?))
}

fn closing_loses_nothing(subject: &Subject) -> Result<(), Stop> {
    let (got, exit) = half_then_rest(subject)?;
    if !got.is_ok_and(|got| is_accepted(&got)) {
        return Ok(());
    }
    let told = told(&exit);
    let of = "an event was accepted while the server was closing, and";
    let (processed, _) = Figures::last_processed(&exit).map_err(|stop| super::when(of, stop))?;
    ensure(
        processed == 2,
        format!("{of} lost: 2 were accepted, and the last line says {processed} processed; {told}"),
    )
}

fn closing_rejects(subject: &Subject) -> Result<(), Stop> {
    let (got, exit) = half_then_rest(subject)?;
    let got = match got {
        Ok(got) => got,
        // Without an answer nothing was accepted.
        Err(WireError::Closed | WireError::Reset) => return Ok(()),
        Err(error) => {
            return Err(Stop::Failed(format!(
                "an event that was completed while the server was closing: {error}"
            )));
        }
    };
    let rejected = got.status == 503 && got.says("reason", "shutting_down");
    ensure(
        rejected && got.lists("Connection", "close"),
        format!("an event that was completed while the server was closing was answered with {got}"),
    )?;
    let last = Figures::last_line(&exit)?;
    let wrong = format!("one event was rejected, and the last line says {} dropped", last.dropped);
    ensure(last.dropped == 1, wrong)
}

fn half_a_request(subject: &Subject) -> Result<(), Stop> {
    for knobs in ["--request-timeout 300ms --deadline 1h", "--request-timeout 1h --deadline 300ms"]
    {
        let server = subject.start(knobs)?;
        let mut half = server.connect()?;
        half.send("POST / HTTP/1.1\r\nHost: check\r\nContent-Length: 9\r\n\r\n{")?;
        request(&server, "GET", "/health", "")?;
        server.signal(Signal::Terminate);
        let of = format!("with `{knobs}`, half a request and SIGTERM");
        let mut half = Half(half, &of);
        half.ends(subject.soon())?;
        // The server lingers as long as its client is there.
        drop(half);
        let exit = server
            .wait_for(subject.soon())
            .map_err(|error| Stop::Failed(format!("{of}: {error}")))?;
        ensure(exit.code() == Some(0), format!("{of}: {}", told(&exit)))?;
    }
    Ok(())
}

/// A connection with half a request.
struct Half<'a>(Wire, &'a str);

impl Half<'_> {
    /// Expects a refusal or the end of the connection.
    fn ends(&mut self, limit: Duration) -> Result<(), Stop> {
        let Self(wire, of) = self;
        ensure(
            !matches!(wire.is_readable_within(limit), Ok(false)),
            format!("{of}: the connection is still open after {limit:.0?}"),
        )?;
        match wire.answer(To::Other) {
            Ok(got) => ensure(
                [408, 503].contains(&got.status),
                format!("{of}: it was answered with {got}"),
            ),
            Err(WireError::Closed | WireError::Reset) => Ok(()),
            Err(error) => Err(Stop::Failed(format!("{of}: {error}"))),
        }
    }
}

fn idle_connections(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("--request-timeout 1h --idle-timeout 1h --deadline 1h")?;
    let (mut idle, mut silent) = (server.connect()?, server.connect()?);
    idle.request("GET", "/health", "")?;
    server.signal(Signal::Terminate);
    let limit = subject.soon();
    for (wire, what) in [(&mut idle, "an idle connection"), (&mut silent, "a silent connection")] {
        let is_open = matches!(wire.is_readable_within(limit), Ok(false));
        ensure(!is_open, format!("{limit:.0?} after SIGTERM, {what} is still open"))?;
    }
    drained(&server.wait_for(subject.soon())?, Signal::Terminate, 0)
}

fn endless_client(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("--deadline 1h --request-timeout 1h --idle-timeout 1h")?;
    let limit = subject.soon();
    let mut requests = TcpStream::connect(server.address())?;
    requests.set_write_timeout(Some(limit))?;
    let mut answers = requests.try_clone()?;
    answers.set_read_timeout(Some(limit))?;
    thread::scope(|scope| {
        scope.spawn(move || {
            let some = "GET /health HTTP/1.1\r\nHost: check\r\n\r\n".repeat(1000);
            while requests.write_all(some.as_bytes()).is_ok() {}
        });
        answers.read_exact(&mut [0; 64 * 1024])?;
        let reader = scope.spawn(move || io::copy(&mut answers, &mut io::sink()));
        server.signal(Signal::Terminate);
        // The end of the server ends both threads.
        let exit = server.wait_for(limit).map_err(|error| {
            Stop::Failed(format!("after SIGTERM, with a client that never pauses, {error}"))
        });
        drop(reader.join());
        drained(&exit?, Signal::Terminate, 0)
    })
}
