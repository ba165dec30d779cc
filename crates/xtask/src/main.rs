//! `cargo xtask …`: keeps true what a compiler does not look at.

mod carried;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

/// Keeps true what a compiler does not look at
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Checks crates/carried.txt: which files a stage takes over from the one before, and how
    Carried {
        /// Copies each carried file from the stage that it was new or last changed in
        #[arg(long)]
        write: bool,
    },
}

fn main() -> ExitCode {
    let Command::Carried { write } = Command::parse();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let faults = if write { carried::write(&crates) } else { carried::check(&crates) };
    for fault in &faults {
        eprintln!("{fault}");
    }
    match faults.len() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
