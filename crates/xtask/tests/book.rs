//! Checks that the book is up to date with code, results and the output of programs.
//!
//! Transcripts that send load depend on the machine; `cargo xtask docs --check` runs them too.

use std::process::Command;

/// Transcripts are recorded on Linux.
const RUNS: &str = if cfg!(target_os = "linux") { "--no-load" } else { "--no-runs" };

#[test]
fn the_book_is_up_to_date() {
    let mut check = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = check.args(["docs", "--check", RUNS]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
