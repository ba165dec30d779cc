//! What an experiment works with: it starts servers, sends load, files what it measures, and keeps an
//! eye on the machine.

use super::Failure;
use super::machine::Machine;
use super::results::{Repetition, Span};
use crate::watch::Watch;
use harness::server::Server;
use load::{self, Live, Plan, Report};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How often a run that is under way is shown.
const LOOK: Duration = Duration::from_millis(50);

/// Where servers come from.
#[derive(Debug, Clone)]
pub struct Programs {
    /// The folder with the stages' binaries.
    pub stages: PathBuf,
    /// A command for `sh` in place of the stage that an experiment is about.
    pub server: Option<String>,
}

impl Programs {
    /// Builds the stages, in this program's own profile, and finds them beside it. cargo does nothing
    /// when they are fresh, and an edited stage is what is measured.
    pub fn built(server: Option<String>) -> Result<Self, Failure> {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.current_dir(Self::repository());
        if cfg!(debug_assertions) {
            // Just what the README's test command has built: with fewer packages, features differ, and
            // everything would be built once more.
            build.args(["test", "--quiet", "--workspace", "--no-run"]);
        } else {
            build.args(["build", "--release"]);
            build
                .args((1..=10).flat_map(|stage| ["--package".to_owned(), format!("stage{stage}")]));
        }
        if !build.status()?.success() {
            return Err("the stages do not build".into());
        }
        let own = std::env::current_exe()?;
        // A test's binary is one folder further down.
        let mut folders = own.ancestors().skip(1);
        let folder = folders.find(|folder| !folder.ends_with("deps"));
        let stages = folder.ok_or("this program is in no folder")?.to_owned();
        Ok(Self { stages, server })
    }

    /// The folder of the workspace.
    #[must_use]
    pub fn repository() -> PathBuf {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
        lab.ancestors().nth(2).unwrap_or(lab).to_owned()
    }
}

/// Shows what is going on. What was shown before is of no interest any more.
pub type Show<'a> = dyn FnMut(&str) + 'a;

/// One repetition of an experiment.
pub struct Rig<'a> {
    programs: &'a Programs,
    /// Where it is run; what was predicted was predicted for it.
    pub(super) machine: &'a Machine,
    /// The stage that the experiment is about.
    stage: u8,
    show: &'a mut Show<'a>,
    /// What was found so far.
    pub(super) found: Repetition,
}

impl<'a> Rig<'a> {
    pub(super) fn new(
        programs: &'a Programs,
        machine: &'a Machine,
        stage: u8,
        show: &'a mut Show<'a>,
    ) -> Self {
        Self { programs, machine, stage, show, found: Repetition::default() }
    }

    /// Starts the stage that the experiment is about, or what was put in its place.
    pub fn start(&mut self, flags: &str) -> Result<Server, Failure> {
        match &self.programs.server {
            None => self.start_stage(self.stage, flags),
            Some(command) => {
                let script = format!("exec {command} \"$@\"");
                let typed = format!("{command} --listen 127.0.0.1:0");
                self.launch(typed, &["sh", "-c", &script, "sh"], flags)
            }
        }
    }

    /// Starts one of the ten stages, to compare with.
    pub fn start_stage(&mut self, stage: u8, flags: &str) -> Result<Server, Failure> {
        let binary = self.binary(stage)?;
        self.launch(format!("cargo run --release -p stage{stage} --"), &[&binary], flags)
    }

    /// The same, with a line on standard error for each job that it does.
    pub fn start_logged(&mut self, stage: u8, flags: &str) -> Result<Server, Failure> {
        if stage == self.stage && self.programs.server.is_some() {
            return Err(
                "it reads the stage's own log, and a program in its place is not asked for one"
                    .into(),
            );
        }
        let binary = self.binary(stage)?;
        let log = format!("RUST_LOG=stage{stage}=debug");
        let typed = format!("{log} cargo run --release -p stage{stage} --");
        self.launch(typed, &["env", &log, &binary], flags)
    }

    /// Starts a command with flags, and notes what one would type for it.
    fn launch(&mut self, typed: String, command: &[&str], flags: &str) -> Result<Server, Failure> {
        let typed = match flags {
            "" => typed.trim_end_matches(" --").to_owned(),
            _ => format!("{typed} {flags}"),
        };
        self.did(typed.clone());
        let flags: Vec<&str> = flags.split_whitespace().collect();
        Server::start_by(command, &flags).map_err(|error| format!("{typed}: {error}").into())
    }

    fn binary(&self, stage: u8) -> Result<String, Failure> {
        let binary = self.programs.stages.join(format!("stage{stage}"));
        let binary = binary.with_extension(std::env::consts::EXE_EXTENSION);
        if !Path::new(&binary).exists() {
            return Err(format!("{} is not there: build it first", binary.display()).into());
        }
        Ok(binary.display().to_string())
    }

    /// Notes a command, as one would type it to have the same again.
    pub fn did(&mut self, command: String) {
        self.found.commands.push(command);
    }

    /// Shows what is going on.
    pub fn show(&mut self, line: &str) {
        (self.show)(line);
    }

    /// Files what was measured of a figure.
    pub fn measured(&mut self, id: impl Into<String>, value: f64) {
        self.found.measured.insert(id.into(), value);
    }

    /// The same of a count.
    pub fn counted(&mut self, id: impl Into<String>, count: u64) {
        self.measured(id, count as f64);
    }

    /// The same of a yes or no.
    pub fn answered(&mut self, id: impl Into<String>, answer: bool) {
        self.counted(id, u64::from(answer));
    }

    /// Files what only some systems tell: processor time, memory.
    pub fn told(&mut self, id: impl Into<String>, value: io::Result<f64>) {
        match value {
            Ok(value) => self.measured(id, value),
            Err(_) => self.found.unavailable.push(id.into()),
        }
    }

    /// Files a course of points, to be drawn.
    pub fn series(&mut self, name: impl Into<String>, points: Vec<[f64; 2]>) {
        self.found.series.insert(name.into(), points);
    }

    /// Files what workers did and when, to be drawn.
    pub fn spans(&mut self, name: impl Into<String>, spans: Vec<Span>) {
        self.found.spans.insert(name.into(), spans);
    }

    /// Files how many there were at each place of a grid, to be drawn.
    pub fn cells(&mut self, name: impl Into<String>, cells: Vec<[f64; 3]>) {
        self.found.cells.insert(name.into(), cells);
    }

    /// Notes why the machine was in the way.
    pub fn held_up(&mut self, why: String) {
        self.found.held_up.push(why);
    }

    /// Watches the machine while something is done that rests on sleeps of this length.
    pub fn watched<T>(&mut self, sleep: Duration, act: impl FnOnce(&mut Self) -> T) -> T {
        let watch = Watch::start(sleep);
        let done = act(self);
        self.found.held_up.extend(watch.held_up());
        done
    }

    /// Sends load and shows how it goes.
    pub fn load(&mut self, server: &Server, plan: Plan) -> Result<Report, Failure> {
        self.load_seen(server, plan, |_| {})
    }

    /// The same, and lets someone look on every now and then.
    pub fn load_seen(
        &mut self,
        server: &Server,
        plan: Plan,
        mut look: impl FnMut(&Live),
    ) -> Result<Report, Failure> {
        let plan = Plan { url: server.url(), ..plan };
        self.did(command(&plan));
        let live = Arc::new(Live::default());
        let report = thread::scope(|scope| {
            let running = scope.spawn(|| load::run(&plan, &live));
            while !running.is_finished() {
                thread::sleep(LOOK);
                look(&live);
                let counts = live.counts();
                let all = plan.requests.map_or_else(String::new, |all| format!(" of {all}"));
                self.show(&format!(
                    "{}{all} sent: {} accepted, {} rejected, {} errors",
                    counts.total(),
                    counts.accepted,
                    counts.rejected,
                    counts.errors
                ));
            }
            running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        Ok(report)
    }

    /// Looks whether an open loop was on time. One that could send no faster has asked the server something
    /// else than the model; one whose connections all waited for the server has not.
    pub fn sent_on_time(&mut self, report: &Report) {
        let rate = report.asked.rate.unwrap_or_default();
        if let Some(why) = report.limit.held_up() {
            self.held_up(format!("the client sent {}/s of {rate}/s: {why}", report.rate));
        }
    }
}

/// A plan as a command line. The defaults are left out.
fn command(plan: &Plan) -> String {
    let mut words = vec!["cargo stress".to_owned()];
    let default = Plan::default();
    if let Some(requests) = plan.requests.filter(|it| Some(*it) != default.requests) {
        words.push(format!("--requests {requests}"));
    }
    if plan.concurrency != default.concurrency {
        words.push(format!("--concurrency {}", plan.concurrency));
    }
    if let Some(rate) = plan.rate {
        words.push(format!("--rate {rate}"));
    }
    if let Some(duration) = plan.duration {
        words.push(format!("--duration {}", humantime::format_duration(duration)));
    }
    if plan.events.users != default.events.users {
        words.push(format!("--users {}", plan.events.users));
    }
    words.join(" ")
}
