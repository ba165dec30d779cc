//! The book as it stands: nothing in it has drifted from code, results and what programs write.

use std::process::Command;

/// The transcripts are what a Linux terminal shows.
const FLAGS: &[&str] = if cfg!(target_os = "linux") { &[] } else { &["--no-runs"] };

#[test]
fn the_book_says_what_the_code_says() {
    let mut check = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = check.args(["docs", "--check"]).args(FLAGS).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
