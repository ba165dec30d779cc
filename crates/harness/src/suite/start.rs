//! The output of a stage at its start, and when it cannot start.

use super::{Outcome, Stage};
use crate::server::{Exit, Server};
use std::net::TcpListener;

/// Panics unless the error output is one line, without a panic.
pub(super) fn assert_one_line(exit: &Exit, code: i32) {
    assert_eq!(exit.code(), Some(code), "{exit}");
    assert_eq!(exit.stderr.lines().count(), 1, "{exit}");
    assert!(!exit.stderr.contains("panicked"), "{exit}");
    assert!(exit.stdout.is_empty(), "{exit}");
}

pub(super) fn port_in_use(stage: Stage) -> Outcome {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let exit = Server::run_to_end(stage.binary, &["--listen", &address])?;
    assert_one_line(&exit, 1);
    assert!(exit.stderr.contains(&address), "it does not say which address: {exit}");
    Ok(())
}

pub(super) fn refused_flags(stage: Stage) -> Outcome {
    let flags = [
        (3, "--max-connections 0"),
        (3, "--request-timeout 0s"),
        (3, "--idle-timeout 0s"),
        (3, "--write-timeout 0s"),
        (3, "--idle-timeout soon"),
        (3, "--idle-timeout 1M"),
        (4, "--work soon"),
        (4, "--work 1M"),
        (5, "--queue 0"),
        (6, "--workers 0"),
        (8, "--shards 3"),
        (8, "--shards 1"),
        (10, "--max-users 0"),
        (10, "--deadline never"),
    ];
    for (_, flag) in flags.iter().filter(|(since, _)| *since <= stage.number) {
        let flag: Vec<&str> = flag.split(' ').collect();
        let exit = Server::run_to_end(
            stage.binary,
            &[&["--listen", "127.0.0.1:0"], flag.as_slice()].concat(),
        )?;
        assert_eq!(exit.code(), Some(2), "{flag:?}: {exit}");
        assert!(exit.stderr.contains(flag[0]) && exit.stdout.is_empty(), "{flag:?}: {exit}");
    }
    Ok(())
}

/// When no thread can be started, here because its stack would be too large, a stage without
/// threads serves, and the others name the thread.
#[cfg(target_os = "linux")]
pub(super) fn no_thread(stage: Stage) -> Outcome {
    use crate::books::event;
    // tokio resolves a host name on a thread.
    let script = "exec env RUST_MIN_STACK=99999999999999 \"$0\" --listen localhost:0";
    if stage.number < 6 {
        let server = Server::start_by(&["sh", "-c", script, stage.binary], &[])?;
        let got = server.request("POST", "/", &event("alice", 1))?;
        assert!([200, 202].contains(&got.status), "{got}");
        return Ok(());
    }
    let exit = Server::run_to_end("sh", &["-c", script, stage.binary])?;
    assert_one_line(&exit, 1);
    assert!(exit.stderr.contains("worker-0"), "it does not say which thread: {exit}");
    Ok(())
}
