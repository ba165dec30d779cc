//! The flags of a server, of which each stage has some.

use super::Subject;
use std::fmt::{self, Display, Formatter};

/// The knobs that a check sets. Those that the stage does not have are left out.
#[derive(Debug, Clone)]
pub(super) struct Knobs {
    stage: u8,
    flags: Vec<String>,
}

impl Subject {
    /// Returns no knobs, to be set.
    pub(super) fn knobs(&self) -> Knobs {
        Knobs { stage: self.stage, flags: Vec::new() }
    }

    /// Returns the number of workers: stage 5 has one, whatever is asked for.
    pub(super) fn workers(&self, count: usize) -> usize {
        if self.stage == 5 { 1 } else { count }
    }
}

impl Knobs {
    /// Sets the time of a job outside the lock.
    pub fn work(self, time: &str) -> Self {
        self.since(4, "--work", time)
    }

    /// Sets the time of a job with the lock; in stages 5 and 6 it is zero.
    pub fn hold(self, time: &str) -> Self {
        if [5, 6].contains(&self.stage) { self } else { self.since(4, "--hold", time) }
    }

    pub fn queue(self, places: usize) -> Self {
        self.since(5, "--queue", places)
    }

    pub fn workers(self, count: usize) -> Self {
        self.since(6, "--workers", count)
    }

    /// Sets a knob that the stage has.
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.flags.push(format!("{name} {value}"));
        self
    }

    /// Sets a knob from a stage on.
    pub fn since(self, stage: u8, name: &str, value: impl Display) -> Self {
        if self.stage < stage { self } else { self.with(name, value) }
    }

    /// Returns each knob with its value.
    pub fn each(&self) -> &[String] {
        &self.flags
    }
}

impl Display for Knobs {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.flags.join(" "))
    }
}
