//! `stress-client man`: prints the manual page.

use super::{Cli, FAILED, fail, json};
use clap::CommandFactory;
use std::process::ExitCode;

/// The flags of `man`.
#[derive(clap::Args)]
pub struct Args {
    /// Subcommand to describe, such as run or compare; without it, the client.
    subcommand: Option<String>,
}

/// Prints the manual page in troff, for `man -l -` or a folder such as `man1`.
pub fn run(args: Args) -> ExitCode {
    let mut client = Cli::command();
    client.build();
    let command = match &args.subcommand {
        None => client,
        Some(name) => match client.find_subcommand(name) {
            Some(command) => command.clone(),
            None => super::refuse(format_args!("there is no subcommand {name}")),
        },
    };
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    match rendered
        .map_err(|error| error.to_string())
        .and_then(|()| json::to_stdout(&page).map_err(|error| error.to_string()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}
