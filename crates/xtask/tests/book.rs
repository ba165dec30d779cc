//! The book as it stands: nothing in it has drifted from code, results and what programs write.
//!
//! Transcripts that send load are not run here: what comes of them depends on the machine. They have a
//! command of their own, `cargo xtask docs --check`.

use std::process::Command;

/// The transcripts are what a Linux terminal shows.
const RUNS: &str = if cfg!(target_os = "linux") { "--no-load" } else { "--no-runs" };

#[test]
fn the_book_says_what_the_code_says() {
    let mut check = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = check.args(["docs", "--check", RUNS]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
