//! `stress-client completions`: what a shell needs to complete its flags.

use super::{Cli, FAILED, fail, json};
use clap::CommandFactory;
use std::process::ExitCode;

/// The flags of the completions.
#[derive(clap::Args)]
pub struct Args {
    /// The shell that is to complete them.
    shell: clap_complete::Shell,
}

/// Prints the script.
pub fn run(args: Args) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stress-client", &mut script);
    match json::to_stdout(&script) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}
