//! `cargo xtask …`: keeps true what a compiler does not look at, and measures.

mod bench;
mod bench_client;
mod sabotage;
mod spread;
mod wrk;

use book::carried;
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
    /// Breaks a copy of the stages and the decoder in known ways: every time, a test has to notice
    Sabotage {
        /// Only those whose description contains this, such as `stage 10`
        #[arg(default_value = "")]
        only: String,
    },
    Docs(book::Options),
    Bench(bench::Options),
    BenchClient(bench_client::Options),
}

fn main() -> ExitCode {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let crates = repository.join("crates");
    let faults = match Command::parse() {
        Command::Carried { write: true } => carried::write(&crates),
        Command::Carried { write: false } => carried::check(&crates),
        Command::Docs(options) => book::run(&repository, &options),
        Command::Bench(options) => bench::run(&repository, &options).err().into_iter().collect(),
        Command::BenchClient(options) => bench_client::run(&repository, &options),
        Command::Sabotage { only } => sabotage::run(&repository, &only).err().into_iter().collect(),
    };
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
