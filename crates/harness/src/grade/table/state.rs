//! The state file (stage 10): what the next start knows. Its form is the server's own.

use super::super::client::{accept, answered_load, balances, compare, wait_for};
use super::super::figures::{Figures, told};
use super::super::{Check, Subject, check};
use super::drain::drained;
use super::{end, when};
use crate::books::Books;
use crate::server::{Server, Signal};
use contract::{Stop, ensure};
use std::fs;
use tempfile::TempDir;

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check("state-is-written", "Without it each start begins with nothing.", is_written)
            .must()
            .describe("with --state FILE, accepted events and SIGTERM", "a file that is not empty"),
        check("state-is-read", "Balances survive a restart; accepted events are in them.", is_read)
            .must()
            .needs("state-is-written")
            .describe(
                "with --state FILE, events and SIGTERM, twice, and a third start",
                "each start has the balances of all events before it",
            ),
        check(
            "state-after-the-deadline",
            "What was processed before the deadline is not lost with what was not.",
            after_the_deadline,
        )
        .must()
        .needs("state-is-written")
        .needs("state-is-read")
        .needs("loss-is-said")
        .describe(
            "three events for one worker, SIGTERM after the first is done, with --deadline 0s",
            "exit status 1; the next start has the balances of what the last line says processed",
        ),
        check(
            "state-has-one-server",
            "Two servers on a file write over each other's balances.",
            one_server,
        )
        .must()
        .needs("state-is-written")
        .needs("state-is-read")
        .describe(
            "a server with --state FILE, and a second one with the same",
            "the second ends with an exit status that is not 0; nothing of the first is lost",
        ),
        check(
            "state-survives-a-full-disk",
            "A file that is emptied before it is written is lost when the disk is full.",
            full_disk,
        )
        .must()
        .needs("state-is-written")
        .needs("state-is-read")
        .describe(
            "a state, and a run under `ulimit -f 0`, which cannot write a file; then a start",
            "the old balances; the run ends with an exit status that is not 0 and says why",
        ),
        check(
            "state-that-cannot-be-used",
            "A server that starts without its balances loses them at the next stop.",
            unusable,
        )
        .needs("state-is-written")
        .needs("state-is-read")
        .describe(
            "a state file of some other text, and one in a folder that does not exist",
            "an exit status that is not 0, and one line on standard error",
        ),
    ];
    checks.map(|check| check.stages(10..=10).needs("sigterm-drains")).into()
}

/// A state file in a folder of its own.
pub(super) struct File(TempDir);

impl File {
    pub fn create() -> Result<Self, Stop> {
        Ok(Self(tempfile::tempdir()?))
    }

    pub fn path(&self) -> String {
        self.0.path().join("state.json").display().to_string()
    }

    /// Starts a server with this state, fast jobs and further knobs.
    pub fn start(&self, subject: &Subject, more: &str) -> Result<Server, Stop> {
        let knobs = subject.knobs().work("0s").hold("0s").queue(1000).workers(4);
        subject.start_with(&format!("{knobs} {more}"), &["--state", &self.path()])
    }

    /// Runs a server with this state that accepts an event of 3 for alice.
    fn write(&self, subject: &Subject) -> Result<(), Stop> {
        let server = self.start(subject, "")?;
        accept(&server, "alice", 3)?;
        drained(&end(subject, server, Signal::Terminate)?, Signal::Terminate, 1)
    }

    /// Starts a server with this state, and expects this balance of alice.
    pub fn expect(&self, subject: &Subject, sum: i64, of: &str) -> Result<(), Stop> {
        let server = self.start(subject, "").map_err(|stop| when(of, stop))?;
        let found = balances(&server)?.get("alice").copied();
        let has = found.map_or("no balance".to_owned(), |sum| sum.to_string());
        ensure(found == Some(sum), format!("{of}, alice has {has} instead of {sum}"))
    }
}

fn is_written(subject: &Subject) -> Result<(), Stop> {
    let file = File::create()?;
    file.write(subject)?;
    let length = fs::metadata(file.path()).map(|file| file.len());
    let of = "an event was processed, and the server ended with exit status 0";
    ensure(length.is_ok(), format!("{of}, but there is no file at the path of --state"))?;
    ensure(length? > 0, format!("{of}, but the file of --state is empty"))
}

fn is_read(subject: &Subject) -> Result<(), Stop> {
    let file = File::create()?;
    let mut books = Books::default();
    for round in 1..=3 {
        let server = file.start(subject, "")?;
        compare(&balances(&server)?, &books).map_err(|wrong| {
            Stop::Failed(format!("at start {round} with the same --state, {wrong}"))
        })?;
        if round == 3 {
            break;
        }
        let new = answered_load(&server, 4, 100, 5)?;
        ensure(new.rejected == 0, "a queue of 1000 rejected some of 100 events")?;
        books.add(new);
        drained(&end(subject, server, Signal::Terminate)?, Signal::Terminate, 100)?;
    }
    Ok(())
}

fn after_the_deadline(subject: &Subject) -> Result<(), Stop> {
    let file = File::create()?;
    let knobs = subject.knobs().work("500ms").hold("0s").workers(1).with("--deadline", "0s");
    let server = subject.start_with(&knobs.to_string(), &["--state", &file.path()])?;
    for amount in [1, 10, 100] {
        accept(&server, "alice", amount)?;
    }
    wait_for(&server, || {
        let is_done = !balances(&server)?.is_empty();
        Ok(if is_done { Ok(()) } else { Err("no event was processed".to_owned()) })
    })?;
    let exit = end(subject, server, Signal::Terminate)?;
    let last = Figures::last_line(&exit)?;
    let sum = [0, 1, 11, 111].get(last.processed as usize).copied().unwrap_or(111);
    let of = format!(
        "the deadline passed when {} of 3 events were processed; started again",
        last.processed
    );
    file.expect(subject, sum, &of)
}

fn one_server(subject: &Subject) -> Result<(), Stop> {
    let file = File::create()?;
    let first = file.start(subject, "")?;
    accept(&first, "alice", 3)?;
    let second = subject
        .run_by(&[], "", &["--state", &file.path()])
        .map_err(|stop| when("with the same --state as another server that runs", stop))?;
    ensure(
        second.code() != Some(0),
        format!("with the same --state as another server that runs, {}", told(&second)),
    )?;
    drained(&end(subject, first, Signal::Terminate)?, Signal::Terminate, 1)?;
    file.expect(subject, 3, "after a second server on the same --state")
}

fn full_disk(subject: &Subject) -> Result<(), Stop> {
    let file = File::create()?;
    file.write(subject)?;
    let full = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];
    let knobs = subject.knobs().work("0s").hold("0s").to_string();
    let path = file.path();
    let state = ["--state", path.as_str()];
    let Ok(server) = subject.start_by(&full, &knobs, &state) else {
        let plain = ["sh", "-c", "exec \"$@\"", "sh"];
        if subject.start_by(&plain, &knobs, &state).is_err() {
            let reason = "it does not start by `sh -c 'exec \"$@\"'`, which sets the limit";
            return Err(Stop::NotAsked(reason.to_owned()));
        }
        return refuses_full_disk(&file, subject, &full, &knobs);
    };
    accept(&server, "alice", 4)?;
    let exit = end(subject, server, Signal::Terminate)?;
    file.expect(subject, 3, "after a run that could not write its state")?;
    let told = told(&exit);
    ensure(exit.code() != Some(0), format!("the state could not be written, and {told}"))?;
    ensure(
        !exit.stderr.trim().is_empty(),
        "the state could not be written, and it does not say so on standard error",
    )
}

/// Expects a server that needs to write a file at its start to say so and to leave its state.
fn refuses_full_disk(
    file: &File,
    subject: &Subject,
    full: &[&str],
    knobs: &str,
) -> Result<(), Stop> {
    let of = "where it can write no file";
    let exit =
        subject.run_by(full, knobs, &["--state", &file.path()]).map_err(|stop| when(of, stop))?;
    let told = told(&exit);
    ensure(exit.code() != Some(0), format!("{of}, it does not start, and {told}"))?;
    super::start::is_one_line(&exit.stderr)
        .map_err(|wrong| Stop::Failed(format!("{of}, {wrong} on standard error: {told}")))?;
    file.expect(subject, 3, "after a start where it could write no file")
}

fn unusable(subject: &Subject) -> Result<(), Stop> {
    let file = File::create()?;
    fs::write(file.path(), "some other text")?;
    let nowhere = file.0.path().join("no/such/folder/state.json").display().to_string();
    for (path, what) in [(file.path(), "of some other text"), (nowhere, "in no folder")] {
        let of = format!("with a state file {what}");
        let exit = subject.run_by(&[], "", &["--state", &path]).map_err(|stop| when(&of, stop))?;
        let told = told(&exit);
        ensure(exit.code() != Some(0), format!("{of}, {told}"))?;
        super::start::is_one_line(&exit.stderr)
            .map_err(|wrong| Stop::Failed(format!("{of}, {wrong} on standard error: {told}")))?;
    }
    Ok(())
}
