//! What `main` returns when a server cannot start: a sentence for a person, and exit status 1.

use std::fmt;

/// Any error, told by its sentence. `main` prints an error by its `Debug` form, which for most
/// errors is a list of fields; so this one's is the sentence.
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
