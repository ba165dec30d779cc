//! One trial of an experiment: starts servers, sends load, records measurements and watches the
//! machine.

use super::Failure;
use super::machine::Machine;
use super::programs::Programs;
use super::results::{Repetition, Span};
use crate::watch::Watch;
use harness::server::Server;
use load::{self, Live, Plan, Report};
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The interval between progress messages.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// Shows a progress message in place of the previous one.
pub type Show<'a> = dyn FnMut(&str) + 'a;

/// One trial of an experiment.
pub struct Trial<'a> {
    programs: &'a Programs,
    /// The machine that the predictions were made for.
    pub(super) machine: &'a Machine,
    /// The stage that the experiment is about.
    stage: u8,
    show: &'a mut Show<'a>,
    /// The record so far.
    pub(super) repetition: Repetition,
}

impl<'a> Trial<'a> {
    pub(super) fn new(
        programs: &'a Programs,
        machine: &'a Machine,
        stage: u8,
        show: &'a mut Show<'a>,
    ) -> Self {
        Self { programs, machine, stage, show, repetition: Repetition::default() }
    }

    /// Starts the stage that the experiment is about, or the program that replaces it.
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

    /// Like [`Trial::start`], with at most so many open file descriptors.
    pub fn start_with_descriptors(&mut self, most: u32, flags: &str) -> Result<Server, Failure> {
        let limit = format!("ulimit -n {most}");
        match &self.programs.server {
            None => {
                let typed = format!("{limit}; cargo run --release -p stage{} --", self.stage);
                let script = format!("{limit}; exec \"$@\"");
                let binary = self.programs.binary(self.stage)?;
                self.launch(typed, &["sh", "-c", &script, "sh", &binary], flags)
            }
            Some(command) => {
                let typed = format!("{limit}; {command} --listen 127.0.0.1:0");
                let script = format!("{limit}; exec {command} \"$@\"");
                self.launch(typed, &["sh", "-c", &script, "sh"], flags)
            }
        }
    }

    /// Starts one of the ten stages, for comparison.
    pub fn start_stage(&mut self, stage: u8, flags: &str) -> Result<Server, Failure> {
        let binary = self.programs.binary(stage)?;
        self.launch(format!("cargo run --release -p stage{stage} --"), &[&binary], flags)
    }

    /// Like [`Trial::start_stage`], with a log line for each job.
    pub fn start_logged(&mut self, stage: u8, flags: &str) -> Result<Server, Failure> {
        if stage == self.stage && self.programs.server.is_some() {
            return Err("it reads the stage's log, which --server replaces; run it without".into());
        }
        let binary = self.programs.binary(stage)?;
        let log = format!("RUST_LOG=stage{stage}=debug");
        let typed = format!("{log} cargo run --release -p stage{stage} --");
        self.launch(typed, &["env", &log, &binary], flags)
    }

    /// Starts a command with flags, and notes the command line that has the same effect.
    fn launch(&mut self, typed: String, command: &[&str], flags: &str) -> Result<Server, Failure> {
        let typed = if flags.is_empty() {
            typed.trim_end_matches(" --").to_owned()
        } else {
            format!("{typed} {flags}")
        };
        self.note_command(typed.clone());
        let flags: Vec<&str> = flags.split_whitespace().collect();
        Server::start_by(command, &flags).map_err(|error| format!("{typed}: {error}").into())
    }

    /// Notes a command line that repeats a step.
    pub fn note_command(&mut self, command: String) {
        self.repetition.commands.push(command);
    }

    /// Notes the command line that sends the load of a plan.
    pub fn note_load(&mut self, plan: &Plan) {
        self.note_command(command_line(plan));
    }

    /// Shows a progress message.
    pub fn show(&mut self, message: &str) {
        (self.show)(message);
    }

    /// Records the measurement of a figure.
    pub fn record(&mut self, id: impl Into<String>, value: f64) {
        self.repetition.measured.insert(id.into(), value);
    }

    /// Records the measurement of a count.
    pub fn record_count(&mut self, id: impl Into<String>, count: u64) {
        self.record(id, count as f64);
    }

    /// Records a yes or no.
    pub fn record_bool(&mut self, id: impl Into<String>, answer: bool) {
        self.record_count(id, u64::from(answer));
    }

    /// Records an exit status; a process killed by a signal has none.
    pub fn record_status(&mut self, id: impl Into<String>, status: Option<i32>) {
        self.record(id, status.map_or(f64::NAN, f64::from));
    }

    /// Records a measurement that only some systems provide, such as processor time or memory.
    pub fn record_if_available(&mut self, id: impl Into<String>, value: io::Result<f64>) {
        match value {
            Ok(value) => self.record(id, value),
            Err(_) => self.repetition.unavailable.push(id.into()),
        }
    }

    /// Records a series of points for a plot.
    pub fn record_series(&mut self, name: impl Into<String>, points: Vec<[f64; 2]>) {
        self.repetition.series.insert(name.into(), points);
    }

    /// Records the activity of workers for a plot.
    pub fn record_spans(&mut self, name: impl Into<String>, spans: Vec<Span>) {
        self.repetition.spans.insert(name.into(), spans);
    }

    /// Records the cells of a heat map.
    pub fn record_cells(&mut self, name: impl Into<String>, cells: Vec<[f64; 3]>) {
        self.repetition.cells.insert(name.into(), cells);
    }

    /// Notes a detail of a failure that the figures do not show.
    pub fn note(&mut self, note: String) {
        self.repetition.notes.push(note);
    }

    /// Notes an interference by the machine.
    pub fn note_interference(&mut self, why: String) {
        self.repetition.interference.push(why);
    }

    /// Watches the machine during `act`, whose sleeps have this length.
    pub fn watch<T>(&mut self, sleep: Duration, act: impl FnOnce(&mut Self) -> T) -> T {
        let watch = Watch::start(sleep);
        let done = act(self);
        self.repetition.interference.extend(watch.finish());
        done
    }

    /// Sends load and shows its progress.
    pub fn load(&mut self, server: &Server, plan: Plan) -> Result<Report, Failure> {
        self.load_with(server, plan, |_| {})
    }

    /// Like [`Trial::load`], and calls `look` at each progress message.
    pub fn load_with(
        &mut self,
        server: &Server,
        plan: Plan,
        mut look: impl FnMut(&Live),
    ) -> Result<Report, Failure> {
        let plan = Plan { url: server.url(), ..plan };
        self.note_load(&plan);
        let live = Arc::new(Live::default());
        let report = thread::scope(|scope| {
            let running = scope.spawn(|| load::run(&plan, &live));
            while !running.is_finished() {
                thread::sleep(PROGRESS_INTERVAL);
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

    /// Notes interference when an open loop could not keep its rate for a reason other than the
    /// server: the model assumes the full rate.
    pub fn check_schedule(&mut self, report: &Report) {
        let rate = report.asked.rate.unwrap_or_default();
        if let Some(why) = report.limit.held_up() {
            self.note_interference(format!("the client sent {}/s of {rate}/s: {why}", report.rate));
        }
    }
}

/// Returns the command line of a plan, without flags at their default.
fn command_line(plan: &Plan) -> String {
    let mut words = vec!["cargo stress".to_owned()];
    let default = Plan::default();
    if let Some(requests) = plan.requests.filter(|requests| Some(*requests) != default.requests) {
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
