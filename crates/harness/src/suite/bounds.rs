//! The limits of a server, and its log.

use super::state::file;
use super::{Outcome, Stage};
use crate::books::{event, post, wait_for};
use crate::server::{Server, Signal};
use contract::{To, Wire, WireError};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Command;
use std::thread;
use std::time::Duration;

/// When the server runs out of descriptors, it logs a warning, waits, and continues.
#[cfg(unix)]
pub(super) fn descriptors(stage: Stage) -> Outcome {
    let limited = ["sh", "-c", "ulimit -n 40; exec \"$@\"", "sh", stage.binary];
    let server = Server::start_by(&limited, &[])?;
    let crowd = (0..60).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    wait_for("a warning", || {
        let log = server.stderr();
        Ok(if log.contains("cannot accept") { Ok(()) } else { Err(log) })
    })?;
    assert!(server.stderr().contains("only 40 file descriptors"), "{}", server.stderr());
    drop(crowd);
    assert_eq!(server.request("GET", "/nothing", "")?.status, 404);
    Ok(())
}

/// A process may be stopped for longer than its timeouts, by a debugger or a suspend. A request
/// that arrived meanwhile is in time.
#[cfg(unix)]
pub(super) fn stands_still(stage: Stage) -> Outcome {
    const TIMEOUT: Duration = Duration::from_millis(300);
    let server = stage.start("--request-timeout 300ms --idle-timeout 300ms")?;
    let (mut idle, mut half) = (server.connect()?, server.connect()?);
    // More than one read returns.
    let whole = post(" ".repeat(60_000));
    let (first, second) = whole.split_at(100);
    assert_eq!(idle.request("GET", "/nothing", "")?.status, 404);
    half.send(first)?;
    // After a round trip the server has read the half.
    assert_eq!(server.request("GET", "/nothing", "")?.status, 404);
    server.signal(Signal::Stop);
    half.send(second)?;
    idle.send(&whole)?;
    thread::sleep(TIMEOUT * 2);
    server.signal(Signal::Continue);
    for mut wire in [half, idle] {
        let got = wire.answer(To::Other)?;
        assert!(got.says("reason", "invalid_json"), "{got}");
    }
    Ok(())
}

/// If the log is not read, lines are dropped and counted in a later line, and the server continues
/// to serve and to stop.
#[cfg(unix)]
pub(super) fn log_unread(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let pipe = file(&folder, "log");
    assert!(Command::new("mkfifo").arg(&pipe).status()?.success());
    // Open for reading and writing, so that neither end blocks.
    let log = File::options().read(true).write(true).open(&pipe)?;
    let script = "exec env RUST_LOG=debug \"$@\" 2>\"$0\"";
    let server = Server::start_by(&["sh", "-c", script, &pipe, stage.binary], &[])?;
    let mut wire = server.connect()?;
    let requests = "GET /nothing HTTP/1.1\r\nHost: lab\r\n\r\n".repeat(100);
    let request = |wire: &mut Wire, times: usize| -> Result<(), WireError> {
        for _ in 0..times {
            wire.send(&requests)?;
            for _ in 0..100 {
                assert_eq!(wire.answer(To::Other)?.status, 404);
            }
        }
        Ok(())
    };
    // More lines than the pipe and the log's queue hold.
    request(&mut wire, 60)?;
    let read = thread::spawn(move || {
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        lines.any(|line| line.ends_with("lines of the log were dropped: nobody read them"))
    });
    // The next line is preceded by the number of dropped lines.
    while !read.is_finished() {
        request(&mut wire, 1)?;
    }
    assert!(read.join().map_err(|_| "the reader failed")?);
    // From here on the log is not read again.
    request(&mut wire, 60)?;
    drop(wire);
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    let (code, lines) = if stage.number < 10 { (143, 0) } else { (0, 1) };
    assert_eq!((exit.code(), exit.stdout.len()), (Some(code), lines), "{exit}");
    Ok(())
}

/// An invalid directive is named, and the level is `info`.
#[cfg(unix)]
pub(super) fn log_filter(stage: Stage) -> Outcome {
    for wanted in ["warning", "verbose", "myapp"] {
        let log = format!("RUST_LOG={wanted}");
        // A descriptor limit that causes a warning.
        let limited = ["sh", "-c", "ulimit -n 40; exec env \"$@\"", "sh", &log, stage.binary];
        let server = Server::start_by(&limited, &[])?;
        wait_for("both warnings", || {
            let log = server.stderr();
            let named = log.lines().filter(|line| line.contains(&format!("`{wanted}`"))).count();
            let both = named == 1 && log.contains("only 40 file descriptors");
            Ok(if both { Ok(()) } else { Err(log) })
        })?;
    }
    // It is named even if warnings are not logged.
    let quiet = Server::start_by(&["env", "RUST_LOG=off,verbose", stage.binary], &[])?;
    wait_for("its warning", || {
        let log = quiet.stderr();
        Ok(if log.contains("`verbose`") { Ok(()) } else { Err(log) })
    })
}

/// A request that needs a thread which cannot be started is answered with 503; others are served.
#[cfg(target_os = "linux")]
pub(super) fn no_thread(stage: Stage) -> Outcome {
    use crate::{books::wait_for_balances, process};
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
    use std::collections::BTreeMap;
    // Without it each new thread maps 128 MiB for a moment, which would count as the server's size.
    let one_arena = ["env", "MALLOC_ARENA_MAX=1", stage.binary];
    let server = Server::start_by(&one_arena, &["--work", "0s", "--hold", "0s"])?;
    let process = i32::try_from(server.process_id()).ok().and_then(Pid::from_raw);
    let limit_to = |current| {
        // The server has inherited the limit of this process.
        let maximum = getrlimit(Resource::As).maximum;
        prlimit(process, Resource::As, Rlimit { current, maximum })
    };
    // Enough for a request, and not for a stack of 2 MiB.
    limit_to(Some(process::virtual_bytes(server.process_id())? + 1024 * 1024))?;
    let got = server.request("GET", "/balances", "")?;
    assert!(got.status == 503 && got.says("reason", "unavailable"), "{got}");
    assert_eq!(got.field("Retry-After"), Some("1"));
    assert_eq!(server.request("POST", "/", &event("alice", 3))?.status, 202);
    limit_to(None)?;
    wait_for_balances(&server, &BTreeMap::from([("alice".to_owned(), 3)]))
}

/// Requests for the balances while a worker holds a shard wait without a thread each.
#[cfg(target_os = "linux")]
pub(super) fn readers(stage: Stage) -> Outcome {
    use crate::process;
    let server = stage.start("--work 0s --hold 1h")?;
    assert_eq!(server.request("POST", "/", &event("alice", 3))?.status, 202);
    let mut wires = (0..50).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    for wire in &mut wires {
        wire.send("GET /balances HTTP/1.1\r\nHost: lab\r\n\r\n")?;
    }
    let readers = || -> Result<usize, Box<dyn Error>> {
        let threads = process::threads(server.process_id())?;
        Ok(threads.iter().filter(|name| *name == "blocking").count())
    };
    wait_for("a reader", || Ok(if readers()? > 0 { Ok(()) } else { Err("none".to_owned()) }))?;
    // With this answer the server has read everything sent before.
    assert_eq!(server.request("GET", "/nothing", "")?.status, 404);
    assert_eq!(readers()?, 1);
    Ok(())
}

/// With `RUST_LOG=debug` there is a line for each request, and for each job one with its user,
/// escaped.
#[cfg(unix)]
pub(super) fn log(stage: Stage) -> Outcome {
    let server = Server::start_by(&["env", "RUST_LOG=debug", stage.binary], &[])?;
    server.request("POST", "/", &event("line\\nbreak", 30))?;
    let has = |log: &str, parts: &[&str]| {
        log.lines().any(|line| parts.iter().all(|part| line.contains(part)))
    };
    let status = if stage.number < 5 { "200 OK" } else { "202 Accepted" };
    let length = format!("length={}", event("line\\nbreak", 30).len());
    wait_for("its lines", || {
        let log = server.stderr();
        let request = has(&log, &["POST / HTTP/1.1", &length, status]);
        let job = stage.number < 4 || has(&log, &[r"user=line\nbreak", "balance=30"]);
        Ok(if request && job { Ok(()) } else { Err(log) })
    })
}
