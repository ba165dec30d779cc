//! `stress-client grade` as its user runs it: against a server with planted faults, and against
//! ones that never end. This program is also the server with the faults.
//!
//! `cargo test -p stress-client --test grade -- --include-ignored` plants every fault; without it,
//! some.

// Test code, including the server.
#![allow(clippy::unwrap_used)]

#[cfg(unix)]
mod bounds;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod server;

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    if let Ok(fault) = std::env::var(server::FAULT) {
        server::serve(fault);
    }
    let mut arguments = libtest_mimic::Arguments::from_args();
    // Most of them wait most of the time; some checks judge by time.
    arguments.test_threads.get_or_insert(4);
    let trials = faults::trials().into_iter().chain(bounds::trials()).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs the client and returns its exit status with both outputs.
#[cfg(unix)]
fn client(fault: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stress-client"));
    let output = command.args(arguments).env(server::FAULT, fault).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Returns the path of this program, which is the server.
#[cfg(unix)]
fn this() -> String {
    std::env::current_exe().unwrap().display().to_string()
}
