//! The end of a process.

use serde_json::Value;
use std::fmt::{self, Display, Formatter};
use std::process::ExitStatus;

/// The exit status and the output of a process.
#[derive(Debug)]
pub struct Exit {
    /// The exit status.
    pub status: ExitStatus,
    /// The lines of standard output that were not read before.
    pub stdout: Vec<String>,
    /// Standard error.
    pub stderr: String,
}

impl Exit {
    /// Returns the exit status as a shell does: 128 plus the number of the signal for a process
    /// that was ended by one.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&self.status) {
            return Some(128 + signal);
        }
        self.status.code()
    }

    /// Returns a figure of stage 10's final line on standard output.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<u64> {
        let line: Value = serde_json::from_str(self.stdout.last()?).ok()?;
        line.get(name)?.as_u64()
    }
}

impl Display for Exit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.status, outputs(&self.stdout, &self.stderr))
    }
}

/// Returns what a process has written, to be added to a sentence.
pub(crate) fn outputs(stdout: &[String], stderr: &str) -> String {
    let mut text = match stdout {
        [] => "; nothing more on standard output".to_owned(),
        lines => format!("; standard output `{}`", lines.join("\n")),
    };
    text += &match stderr.trim() {
        "" => "; nothing on standard error".to_owned(),
        lines => format!("; standard error:\n{lines}"),
    };
    text
}
