//! The error that `main` returns when a server cannot start.

use std::fmt;

/// Any error, reduced to its message. `main` prints errors with `Debug`, which for most is a list
/// of fields; here it is the message.
pub struct Failure(String);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.to_string())
    }
}
