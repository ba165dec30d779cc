//! `cargo xtask …`: checks that no compiler makes, and benchmarks.

mod bench;
mod bench_client;
mod sabotage;
mod spread;
mod wrk;

use book::carried;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

/// Check the stages, the book and the tests, and run benchmarks
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Check that each stage's files are new, changed, carried or dropped as listed in
    /// crates/stage-files.txt
    Carried {
        /// Copy each carried file from the stage where it was last changed
        #[arg(long)]
        write: bool,
    },
    /// Apply known faults to a copy of the repository, one at a time, and check that a test catches
    /// each
    Sabotage {
        /// Apply only faults whose description contains this text, such as `stage 10`
        #[arg(default_value = "", hide_default_value = true)]
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
