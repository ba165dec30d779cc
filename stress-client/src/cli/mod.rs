//! The command line: one file per subcommand, plus the human-readable output.

mod check;
mod compare;
mod comparison;
mod completions;
mod encoding;
mod find_rate;
mod grade;
mod histogram;
mod json;
mod load;
mod man;
mod measure;
mod predict;
mod progress;
mod record;
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

/// An expectation failed, the client's counts contradict the server's, the probe got no answer, or
/// the result could not be written.
const FAILED: u8 = 1;
/// The server could not be reached.
const UNREACHABLE: u8 = 3;
/// Every request ended in an error.
const GAVE_UP: u8 = 4;
/// A signal ended the run.
const INTERRUPTED: u8 = 130;

const EXIT_STATUSES: &str = "\
Exit status:
    0  success: every expectation was met
    1  an expectation failed, the server's metrics contradict the run (--reconcile), no rate meets the
       objective, the probe got no answer, or the result could not be written
    2  invalid arguments, or more connections than this process may open
    3  the server could not be reached; nothing was sent
    4  the run stopped after --errors-in-a-row errors, or every request ended in an error and there
       was no --expect
  130  interrupted (Ctrl-C); the report covers the requests sent until then";

/// Load generator that accounts for every request: accepted, rejected, or an error with its cause.
///
/// Without a subcommand, runs `run`.
#[derive(Parser)]
#[command(
    name = "stress-client",
    version,
    after_long_help = EXIT_STATUSES,
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
    /// Send load and report the outcome of every request (the default).
    #[command(after_long_help = EXIT_STATUSES)]
    Run(run::Args),
    /// Find the highest rate that meets an objective.
    #[command(after_long_help = EXIT_STATUSES)]
    FindRate(find_rate::Args),
    /// Open connections that send nothing, then test whether a normal request is still answered.
    #[command(after_long_help = EXIT_STATUSES)]
    Silent(silent::Args),
    /// Compare the reports of two measurements and separate changes from noise.
    Compare(compare::Args),
    /// Predict the outcome of a load with a simulation; no server is needed.
    Predict(predict::Args),
    /// Print the JSON schema of an output.
    Schema(schema::Args),
    /// Check a running server against the wire contract of its stage.
    #[command(after_long_help = grade::EXIT_STATUSES)]
    Check(check::Args),
    /// Grade a server: start it, signal it, and ask for everything that its stage promises.
    #[command(after_long_help = grade::EXIT_STATUSES)]
    Grade(grade::Args),
    /// Print the shell completions for this program.
    Completions(completions::Args),
    /// Print the manual page of this program or a subcommand.
    Man(man::Args),
}

/// Parses the arguments and runs the subcommand.
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
        Command::Grade(args) => grade::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    }
}

/// Returns true when standard error is a terminal that understands escape sequences.
fn stderr_has_escapes() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    std::io::stderr().is_terminal() && (cfg!(windows) || !(term.is_empty() || term == "dumb"))
}

/// Prints the error as clap prints an invalid argument and exits with status 2.
fn refuse(error: impl Display) -> ! {
    Cli::command().error(ErrorKind::ValueValidation, error).exit()
}

/// Writes a line to standard error.
fn print_stderr(line: impl Display) {
    // Ignore errors: standard error may be closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints the error on standard error and returns the exit status.
fn fail(status: u8, error: impl Display) -> ExitCode {
    print_stderr(format_args!("stress-client: {error}"));
    ExitCode::from(status)
}
