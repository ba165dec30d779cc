//! The command line: one file per subcommand, plus the human-readable output.

mod check;
mod compare;
mod compared;
mod completions;
mod find_rate;
mod histogram;
mod json;
mod load;
mod measure;
mod predict;
mod progress;
mod run;
mod schema;
mod signals;
mod silent;
mod table;
#[cfg(feature = "tui")]
mod tui;
mod watch;

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// An expectation failed, the books do not agree, the probe got no answer, or the result could not be
/// written.
const FAILED: u8 = 1;
/// The server could not be reached.
const UNREACHABLE: u8 = 3;
/// There was nothing but errors.
const GAVE_UP: u8 = 4;
/// A signal ended the run.
const INTERRUPTED: u8 = 130;

const EXIT_STATUSES: &str = "\
Exit status:
    0  done, and every expectation met
    1  an expectation failed, the server's books do not agree, no rate keeps the objective, the probe
       got no answer, or the result could not be written
    2  bad arguments, or more connections than this process may open
    3  the server could not be reached; nothing was sent
    4  nothing but errors: the run was given up after --errors-in-a-row, or it expected nothing and
       none of its requests was accepted or rejected
  130  interrupted (Ctrl-C); what was measured until then is reported";

/// Sends events to a server and accounts for every one: accepted, rejected, or an error by cause.
///
/// Without a subcommand it does `run`.
#[derive(Parser)]
#[command(
    name = "stress-client",
    version,
    after_help = EXIT_STATUSES,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::Args,
}

#[derive(Subcommand)]
enum Command {
    /// Send load and report what came of it (the default).
    #[command(after_help = EXIT_STATUSES)]
    Run(run::Args),
    /// Find the highest rate that keeps an objective.
    #[command(after_help = EXIT_STATUSES)]
    FindRate(find_rate::Args),
    /// Open connections that say nothing, then ask whether an honest request is still answered.
    #[command(after_help = EXIT_STATUSES)]
    Silent(silent::Args),
    /// Compare the reports of two measurements: what changed, and what is only noise.
    Compare(compare::Args),
    /// Predict what a server does under a load, without one: the model of the course, on its own.
    Predict(predict::Args),
    /// Print the JSON schema of a report.
    Schema(schema::Args),
    /// Check a server against the contract of its stage.
    Check(check::Args),
    /// Print what a shell needs to complete these flags.
    Completions(completions::Args),
}

/// Does what the arguments say.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Run(cli.run)) {
        Command::Run(args) => run::run(args),
        Command::FindRate(args) => find_rate::run(args),
        Command::Silent(args) => silent::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Check(args) => check::run(args),
        Command::Completions(args) => completions::run(args),
    }
}

/// Returns true when standard error is a terminal that understands escape sequences.
fn draws() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    std::io::stderr().is_terminal() && (cfg!(windows) || !(term.is_empty() || term == "dumb"))
}

/// Ends as clap ends on an argument that it refuses itself: a sentence, and exit status 2.
fn refuse(why: impl Display) -> ! {
    Cli::command().error(ErrorKind::ValueValidation, why).exit()
}

/// One line on standard error. When even that is closed there is nobody left to tell.
fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// One line on standard error, and the exit status that goes with it.
fn fail(status: u8, why: impl Display) -> ExitCode {
    tell(format_args!("stress-client: {why}"));
    ExitCode::from(status)
}
