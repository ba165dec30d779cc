//! `stress-client completions`: prints the completion script of a shell.

use super::{Cli, FAILED, fail, json};
use clap::CommandFactory;
use std::process::ExitCode;

/// The flags of `completions`.
#[derive(clap::Args)]
pub struct Args {
    /// Shell to print the completions for.
    shell: clap_complete::Shell,
}

/// Prints the completion script.
pub fn run(args: Args) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stress-client", &mut script);
    match json::to_stdout(&script) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}
