//! On a terminal the progress line never wraps, and escape sequences are written only if it
//! understands them.

use crate::client::command;
use crate::server::{ACCEPTED, Gate, Server, answer};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::Read;
use std::process::ExitStatus;
use std::sync::Arc;

const DRAWN: &str = "\r\x1b[K";

/// Runs the client on a terminal with this many columns, and calls `seen` with the output so far
/// after each read. Returns all of the output.
fn on_terminal(
    columns: u16,
    term: &str,
    flags: &[&str],
    seen: impl Fn(&str),
) -> (String, ExitStatus) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(path).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    let mut command = command(flags);
    // The client has clap without colours, but the tests' libtest-mimic turns them on.
    command.env("TERM", term).env("NO_COLOR", "1");
    command.stdout(terminal.try_clone().unwrap()).stderr(terminal);
    let mut child = command.spawn().unwrap();
    // The output ends only when all writers are closed.
    drop(command);
    let (mut master, mut written, mut bytes) = (File::from(master), String::new(), [0; 4096]);
    while let Ok(count @ 1..) = master.read(&mut bytes) {
        written += std::str::from_utf8(&bytes[..count]).unwrap();
        seen(&written);
    }
    (written, child.wait().unwrap())
}

/// Starts a server that answers once the gate is open.
fn gated() -> (Server, Arc<Gate>) {
    let gate = Arc::new(Gate::default());
    let server = Server::start({
        let gate = gate.clone();
        move |stream, _| {
            gate.wait();
            answer(stream, 202, ACCEPTED)
        }
    });
    (server, gate)
}

#[test]
fn the_progress_line_never_wraps() {
    for columns in [1, 2, 20, 80, 300] {
        let (server, gate) = gated();
        let url = server.url();
        let (written, status) =
            on_terminal(columns, "xterm", &["--url", &url, "--requests", "50"], |written| {
                if written.matches(DRAWN).count() >= 2 {
                    gate.open();
                }
            });
        assert!(status.success(), "{written}");
        // The last one is followed by the table.
        let mut lines: Vec<&str> = written.split(DRAWN).skip(1).collect();
        lines.pop();
        let widths = || lines.iter().map(|line| line.chars().count());
        assert!(widths().all(|width| width < columns.into()), "{columns} columns: {lines:?}");
        assert!(columns == 1 || widths().any(|width| width > 0), "{columns} columns: {lines:?}");
    }
}

#[test]
fn a_terminal_without_escape_sequences_gets_none() {
    for term in ["dumb", ""] {
        let server = Server::answering(202, ACCEPTED);
        let url = server.url();
        // Long enough for a progress line.
        let flags = ["--url", &url, "--duration", "1s", "--rate", "50"];
        let (written, status) = on_terminal(80, term, &flags, |_| {});
        assert!(status.success() && !written.contains('\x1b'), "{written:?}");
    }
}

#[cfg(feature = "tui")]
#[test]
fn the_tui_needs_escape_sequences() {
    let (written, status) = on_terminal(80, "dumb", &["--tui"], |_| {});
    assert_eq!(status.code(), Some(2), "{written}");
    assert!(written.contains("--tui") && !written.contains('\x1b'), "{written:?}");
}
