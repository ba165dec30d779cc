//! `stress-client grade`: starts a server, asks for everything that its stage promises, and says
//! whether the stage is done.

mod formats;
mod output;
mod text;

pub use output::{Graded, SubjectOf};

use super::json::{self, Destination, WriteError};
use super::{FAILED, UNREACHABLE, check, fail, refuse, signals};
use contract::{Report, Verdict};
use harness::grade::{self, Subject};
use load::duration;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The version of the JSON schema. Version 1 was that of `check --json`.
pub const SCHEMA: u32 = 2;

/// The checks that the time limit cut off make the grade incomplete.
const INCOMPLETE: u8 = UNREACHABLE;

/// The exit statuses of `grade` and `check`.
pub const EXIT_STATUSES: &str = "\
Exit status:
    0  done: no check failed at the --level
    1  a check failed at the --level, or the result could not be written
    2  invalid arguments
    3  incomplete: the time limit passed before every check was asked, or there is no server at the URL
  130  interrupted (Ctrl-C); every server that was started has been killed";

/// Grade a server: start it, restart it, signal it, and ask for everything that its stage promises.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stage that the server is graded as, 1 to 10
    #[arg(value_parser = clap::value_parser!(u8).range(1..=10))]
    stage: u8,
    /// Command that starts the server: gets `--listen 127.0.0.1:0` and the stage's knobs, or a port
    /// in place of `{port}`; must not daemonize
    #[arg(
        last = true,
        value_name = "COMMAND",
        required_unless_present_any = ["target", "list"],
        conflicts_with = "target"
    )]
    command: Vec<String>,
    /// Grade the server that runs at this URL instead, and list what could not be asked
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// Ask only the checks whose name contains this text, and those that they need
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// List the checks with their classes instead of asking them
    #[arg(long)]
    list: bool,
    /// Time after which the grade is incomplete
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "180s")]
    time_limit: Duration,
    #[command(flatten)]
    reporting: Reporting,
}

/// The failures that count, and the destinations of the report.
#[derive(Debug, clap::Args)]
pub struct Reporting {
    /// Failures that count: `must` (a MUST of HTTP, or an accepted event lost or changed),
    /// `contract` (also this course's choices), or `all` (also the form of error bodies)
    #[arg(long, value_enum, default_value = "contract")]
    level: Level,
    /// Show where to look for the cause of each failure; twice, also what to do
    #[arg(long, action = clap::ArgAction::Count)]
    hint: u8,
    /// Write the report as JSON to a file; `-` is standard output, and the text goes to standard
    /// error
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
    /// Write the report as JUnit XML to a file
    #[arg(long, value_name = "FILE")]
    junit: Option<std::path::PathBuf>,
    /// Write the report as Gradescope's results.json to a file
    #[arg(long, value_name = "FILE")]
    gradescope: Option<std::path::PathBuf>,
}

/// The failures that count.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Those of the class `must`.
    Must,
    /// Those of the classes `must` and `contract`.
    Contract,
    /// All, the form of error bodies included.
    All,
}

/// A finished grading: the report and its circumstances.
pub struct Run {
    pub report: Report,
    /// The command or the URL.
    pub subject: SubjectOf,
    pub only: Option<String>,
    pub time_limit: Duration,
    pub took: Duration,
}

/// Grades the server, prints the failures and a summary, and returns the exit status.
pub fn run(args: Args) -> ExitCode {
    let Args { stage, command, target, only, list, time_limit, reporting } = args;
    let (controlled, in_band) = grade::promises(stage);
    let promises = [controlled, in_band].concat();
    let name = only.as_deref().unwrap_or_default();
    if list {
        return check::list(&promises, name);
    }
    let wanted = check::wanted(&promises, name);
    if let Some(url) = target {
        return check::run(check::Args::of_grade(stage, url, only, time_limit, reporting));
    }
    let reporting = reporting.open();
    signals::exit_after(grade::kill_all);
    let begin = Instant::now();
    let subject = Subject { stage, command: command.clone(), until: begin + time_limit };
    let report = grade::grade(&subject, |check| wanted.contains(check), progress());
    let subject = SubjectOf::Command(command);
    reporting.finish(&Run { report, subject, only, time_limit, took: begin.elapsed() })
}

/// Returns a function to call after each check, which shows the number asked on a terminal.
pub fn progress() -> impl FnMut(&Verdict) {
    let has_terminal = super::stderr_has_escapes();
    let (mut asked, mut failed) = (0, 0);
    move |verdict| {
        asked += 1;
        failed += u32::from(verdict.failure().is_some());
        if has_terminal {
            // Ignore errors: standard error may be closed. The line is cleared by the next one.
            let _ = write!(io::stderr(), "\r{asked} checks asked, {failed} failed\x1b[K\r");
        }
    }
}

/// The [`Reporting`] whose destinations were found to be writable.
pub struct Opened {
    level: Level,
    hint: u8,
    json: Option<json::Opened>,
    junit: Option<json::Opened>,
    gradescope: Option<json::Opened>,
}

impl Reporting {
    /// Checks that the destinations can be written, and exits if one cannot.
    pub fn open(self) -> Opened {
        let open = |destination: Option<Destination>| match destination.map(Destination::open) {
            None => None,
            Some(Ok(opened)) => Some(opened),
            Some(Err(error)) => refuse(error),
        };
        Opened {
            level: self.level,
            hint: self.hint,
            json: open(self.json),
            junit: open(self.junit.map(Destination::File)),
            gradescope: open(self.gradescope.map(Destination::File)),
        }
    }
}

impl Opened {
    /// Writes and prints the report, and returns the exit status.
    pub fn finish(self, run: &Run) -> ExitCode {
        let graded = Graded::new(run, self.level);
        match self.write(run, &graded) {
            Err(error) => fail(FAILED, error),
            Ok(()) => ExitCode::from(match graded.grade {
                output::Grade::Done => 0,
                output::Grade::Failed => FAILED,
                output::Grade::Incomplete => INCOMPLETE,
            }),
        }
    }

    fn write(self, run: &Run, graded: &Graded) -> Result<(), WriteError> {
        if let Some(junit) = self.junit {
            junit.write(&formats::junit(graded).map_err(json::cannot_write("JUnit XML"))?)?;
        }
        if let Some(gradescope) = self.gradescope {
            gradescope.write(
                &formats::gradescope(graded).map_err(json::cannot_write("Gradescope's JSON"))?,
            )?;
        }
        if super::stderr_has_escapes() {
            // Clears the progress.
            let _ = write!(io::stderr(), "\x1b[K");
        }
        json::write_out(self.json, graded, &text::render(run, graded, self.hint))
    }
}
