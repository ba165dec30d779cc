//! Abuse: the last stage is treated badly, and every figure of how it bears that is held against
//! what it should be. Times are judged here, so: in release, on a machine that does nothing else.

mod crowd;
mod events;
mod honest;
mod idle;
mod limits;
mod load;
mod resets;
mod slow;
mod state;
mod stopping;

use harness::server::{Exit, Server};
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// One kind of abuse.
pub struct Trial {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What is done to the server.
    pub about: &'static str,
    run: fn(&Stand) -> Outcome,
}

/// What a trial found; an error when it could not be made.
type Outcome = Result<Vec<Finding>, Box<dyn Error>>;

/// One figure, and what it should be.
#[derive(Debug)]
pub struct Finding {
    what: String,
    measured: String,
    /// Nothing, where it is told and not judged.
    due: Option<String>,
    /// Whether it is as it should be.
    pub holds: bool,
}

/// What is under trial.
#[derive(Debug, Clone)]
pub struct Stand {
    /// The binary of stage 10.
    pub binary: String,
}

impl Stand {
    fn start(&self, flags: &str) -> Result<Server, Box<dyn Error>> {
        let flags: Vec<&str> = flags.split_whitespace().collect();
        Ok(Server::start(&self.binary, &flags)?)
    }
}

impl Trial {
    /// Treats the server badly, and says how it bore that.
    ///
    /// # Errors
    /// When the trial could not be made.
    pub fn run(&self, stand: &Stand) -> Result<Vec<Finding>, Box<dyn Error>> {
        (self.run)(stand)
    }
}

/// Every trial.
#[must_use]
pub fn trials() -> Vec<Trial> {
    let trial = |name, about, run| Trial { name, about, run };
    vec![
        trial("head-trickle", "500 heads that grow by a byte a second", slow::heads),
        trial("body-trickle", "500 bodies that grow by a byte a second", slow::bodies),
        trial("never-read", "100 clients that send on and on and read nothing", slow::never_read),
        trial("idle", "9,000 idle connections, before and after a body of 60 KiB each", idle::idle),
        trial("descriptors", "150 clients for a server with 64 descriptors", limits::descriptors),
        trial("connections", "more clients than --max-connections", limits::connections),
        trial("overload", "ten times the events that the workers can do", load::overload),
        trial("users", "a million users, and one more", events::users),
        trial("hot-user", "one user for every event", events::hot_user),
        trial("bodies", "deep, broken, doubled and overflowing events", events::bodies),
        trial("panics", "workers that panic", events::panics),
        trial("resets", "connections reset in the middle of requests and answers", resets::resets),
        trial("stop-under-load", "SIGTERM under full load, fifty times", stopping::under_load),
        trial(
            "stop-clients",
            "SIGTERM beside idle, silent and half-sent clients",
            stopping::clients,
        ),
        trial("stop-deadline", "SIGTERM with a job longer than the deadline", stopping::deadline),
        trial(
            "stop-signals",
            "a second signal, and a signal with --drain-delay",
            stopping::signals,
        ),
        trial("state-kill", "SIGKILL at many moments of writing the state", state::kill),
    ]
}

/// A figure that has to meet a condition.
fn finding(what: &str, measured: impl Display, due: impl Display, holds: bool) -> Finding {
    Finding { due: Some(due.to_string()), holds, ..told(what, measured) }
}

/// A figure that is worth knowing, and not judged.
fn told(what: &str, measured: impl Display) -> Finding {
    Finding { what: what.to_owned(), measured: measured.to_string(), due: None, holds: true }
}

/// A figure that must be no more than a limit.
fn at_most(what: &str, measured: f64, limit: f64, unit: &str) -> Finding {
    let words = |value: f64| format!("{value:.2} {unit}");
    finding(what, words(measured), format!("at most {}", words(limit)), measured <= limit)
}

/// A count that must be this one.
fn exactly(what: &str, measured: usize, due: usize) -> Finding {
    finding(what, measured, due, measured == due)
}

/// A figure of a server's last line; without one, a number that nothing is equal to.
fn last(exit: &Exit, name: &str) -> usize {
    exit.figure(name).map_or(usize::MAX, |figure| figure as usize)
}

/// The exit status that a server must end with.
fn exit_status(code: Option<i32>, due: i32) -> Finding {
    finding("exit status", format!("{code:?}"), due, code == Some(due))
}

/// A time that must lie between two others.
fn within(what: &str, measured: Duration, from: Duration, to: Duration) -> Finding {
    let due = format!("{from:.2?} to {to:.2?}");
    finding(what, format!("{measured:.2?}"), due, (from..=to).contains(&measured))
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Finding { what, measured, due, holds } = self;
        let verdict = if *holds { "holds" } else { "FAILS" };
        match due {
            Some(due) => write!(f, "  {verdict}  {what}: {measured} (due: {due})"),
            None => write!(f, "         {what}: {measured}"),
        }
    }
}
