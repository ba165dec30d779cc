//! Shutdown by a signal.

use super::{Outcome, Stage};
use crate::books::event;
use crate::server::{Exit, Server, Signal};
use std::time::Duration;

pub(super) fn accept(server: &Server, count: i64) -> Outcome {
    for amount in 1..=count {
        let got = server.request("POST", "/", &event("alice", amount))?;
        assert_eq!(got.status, 202, "{got}");
    }
    Ok(())
}

/// Asserts the exit status and the final metrics: received, processed and dropped.
pub(super) fn assert_final(exit: &Exit, code: i32, figures: [u64; 3]) {
    assert_eq!(exit.code(), Some(code), "{exit}");
    assert_eq!(exit.stdout.len(), 1, "expected one more line: {exit}");
    let found = ["received", "processed", "dropped"].map(|name| exit.figure(name));
    assert_eq!(found, figures.map(Some), "{exit}");
    let pending = figures[0] - figures[1] - figures[2];
    assert_eq!(exit.figure("pending"), Some(pending), "{exit}");
}

pub(super) fn loses_the_queue(stage: Stage) -> Outcome {
    let server = stage.start("--work 1h --queue 20")?;
    accept(&server, 10)?;
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    assert_eq!(exit.code(), Some(143), "{exit}");
    assert!(exit.stdout.is_empty(), "{exit}");
    Ok(())
}

/// A launcher may signal both the process and its group.
pub(super) fn one_stop_twice(stage: Stage) -> Outcome {
    for signals in [[Signal::Terminate, Signal::Interrupt], [Signal::Hangup, Signal::Terminate]] {
        let server = stage.start("--work 10ms --hold 0s --workers 2")?;
        accept(&server, 20)?;
        // Both are pending when it continues.
        server.signal(Signal::Stop);
        signals.into_iter().for_each(|signal| server.signal(signal));
        server.signal(Signal::Continue);
        assert_final(&server.wait()?, 0, [20, 20, 0]);
    }
    Ok(())
}

/// A child inherits blocked and ignored signals, such as nohup's SIGHUP.
#[cfg(target_os = "linux")]
pub(super) fn inherited_signals(stage: Stage) -> Outcome {
    let blocked = ["env", "--block-signal", stage.binary];
    let server = Server::start_by(&blocked, &[])?;
    accept(&server, 1)?;
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 0, [1, 1, 0]);
    let server = Server::start_by(&["env", "--ignore-signal=HUP", stage.binary], &[])?;
    server.signal(Signal::Hangup);
    accept(&server, 1)?;
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 0, [1, 1, 0]);
    Ok(())
}

/// A signal during the start kills the server, or shuts it down gracefully.
pub(super) fn early_signal(stage: Stage) -> Outcome {
    for step in 0..30 {
        let after = Duration::from_micros(step * 200);
        let arguments = ["--listen", "127.0.0.1:0"];
        let exit = Server::signal_at_start(stage.binary, &arguments, after, Signal::Terminate)?;
        assert!(matches!(exit.code(), Some(0 | 143)), "after {after:?}: {exit}");
        assert!(exit.code() == Some(143) || exit.stdout.len() == 2, "after {after:?}: {exit}");
    }
    Ok(())
}
