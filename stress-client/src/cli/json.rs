//! Where a result goes: words for people, one line of JSON for programs.

use serde::Serialize;
use std::convert::Infallible;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tempfile::NamedTempFile;

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
    /// A regular file, replaced as a whole, or one that is not there yet.
    Replaced(PathBuf),
    /// A pipe or a device.
    Written(PathBuf, File),
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
    /// Finds out whether it can be written. A file is left as it is, or left out, until there is
    /// something to put in its place.
    pub fn open(self) -> Result<Opened, WriteError> {
        let Self::File(path) = self else { return Ok(Opened::Stdout) };
        let opened = match fs::metadata(&path) {
            Ok(found) if !found.is_file() => {
                let file = OpenOptions::new().write(true).open(&path);
                file.map(|file| Opened::Written(path.clone(), file))
            }
            _ => sibling(&path).map(|_| Opened::Replaced(path.clone())),
        };
        opened.map_err(to(path.display()))
    }
}

/// Writes the JSON, if it was asked for, and then the words to the stream that it leaves free: what
/// a program waits for does not depend on whether anybody reads those.
pub fn write_out(
    json: Option<Opened>,
    result: &impl Serialize,
    words: &str,
) -> Result<(), WriteError> {
    let line = || serde_json::to_string(result).map(|json| json + "\n").map_err(io::Error::from);
    match json {
        None => to_stdout(words),
        Some(Opened::Stdout) => {
            let written = match is_closed(&io::stdout()) {
                true => Err(to("standard output")(io::Error::other("it is closed"))),
                false => line().map_err(to("JSON")).and_then(to_stdout),
            };
            let _ = io::stderr().write_all(words.as_bytes());
            written
        }
        Some(Opened::Replaced(path)) => {
            line().and_then(|line| replace(&path, line.as_bytes())).map_err(to(path.display()))?;
            to_stdout(words)
        }
        Some(Opened::Written(path, mut file)) => {
            line().and_then(|line| file.write_all(line.as_bytes())).map_err(to(path.display()))?;
            to_stdout(words)
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

/// Returns true when the process was started without it. The runtime has then put `/dev/null` there,
/// and opened it for reading as well, as no shell's redirection does.
#[cfg(unix)]
fn is_closed(stdout: &io::Stdout) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let opened_by_runtime = fcntl_getfl(stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR));
    let is_null = || Some(fstat(stdout).ok()?.st_rdev == stat("/dev/null").ok()?.st_rdev);
    opened_by_runtime && is_null().unwrap_or(false)
}

#[cfg(not(unix))]
fn is_closed(_stdout: &io::Stdout) -> bool {
    false
}

/// A file beside this one, or beside what a symlink leads to; gone when it is dropped.
fn sibling(path: &Path) -> io::Result<(NamedTempFile, PathBuf)> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let new = || fs::Permissions::from_mode(0o666); // as far as the umask allows
        builder.permissions(fs::metadata(&path).map_or_else(|_| new(), |it| it.permissions()));
    }
    Ok((builder.prefix(".report").tempfile_in(folder)?, path))
}

/// Puts new content in a file's place, whole or not at all.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let (mut file, path) = sibling(path)?;
    file.write_all(content)?;
    match file.persist(&path) {
        Ok(_) => Ok(()),
        // A mount of this one file, for instance, cannot be renamed over.
        Err(refused) => fs::write(&path, content).map_err(|_| refused.error),
    }
}

fn to(to: impl fmt::Display) -> impl FnOnce(io::Error) -> WriteError {
    move |error| WriteError { to: to.to_string(), error }
}
