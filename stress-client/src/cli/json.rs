//! Where a result goes: words for people, one line of JSON for programs.

use serde::Serialize;
use std::convert::Infallible;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

/// Where the JSON is asked to go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// `-`
    Stdout,
    /// A file.
    File(PathBuf),
}

/// Where it will go, found to be writable before anything is measured.
pub enum Opened {
    Stdout,
    File(PathBuf, File),
}

/// A result that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {to}: {error}")]
pub struct WriteError {
    to: String,
    error: io::Error,
}

impl FromStr for Destination {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Stdout,
            path => Self::File(path.into()),
        })
    }
}

impl Destination {
    /// Opens a file, creating it if need be. What it held stays until there is something to put
    /// in its place.
    pub fn open(self) -> Result<Opened, WriteError> {
        match self {
            Self::Stdout => Ok(Opened::Stdout),
            Self::File(path) => OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(to(path.display()))
                .map(|file| Opened::File(path, file)),
        }
    }
}

/// Writes the JSON, if it was asked for, and the words to the stream that it leaves free.
pub fn write_out(
    json: Option<Opened>,
    result: &impl Serialize,
    words: &str,
) -> Result<(), WriteError> {
    let line = || serde_json::to_string(result).map(|json| json + "\n");
    match json {
        None => to_stdout(words),
        Some(Opened::Stdout) => {
            let _ = io::stderr().write_all(words.as_bytes());
            to_stdout(line().map_err(io::Error::from).map_err(to("JSON"))?)
        }
        Some(Opened::File(path, file)) => {
            to_stdout(words)?;
            line()
                .map_err(io::Error::from)
                .and_then(|line| replace(file, line.as_bytes()))
                .map_err(to(path.display()))
        }
    }
}

/// Writes JSON that people read to standard output.
pub fn print_pretty(json: &impl Serialize) -> Result<(), WriteError> {
    let text = serde_json::to_string_pretty(json).map_err(io::Error::from).map_err(to("JSON"))?;
    to_stdout(text + "\n")
}

/// Writes to standard output, whose other end may have closed it: an error and no panic.
pub fn to_stdout(text: impl AsRef<[u8]>) -> Result<(), WriteError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_ref()).and_then(|()| stdout.flush()).map_err(to("standard output"))
}

fn replace(mut file: File, content: &[u8]) -> io::Result<()> {
    // Only a regular file has an old end to be cut off; a pipe or a device has none.
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(content)
}

fn to(to: impl fmt::Display) -> impl FnOnce(io::Error) -> WriteError {
    move |error| WriteError { to: to.to_string(), error }
}
