//! Writes a result as text and, on request, as one line of JSON.

use serde::Serialize;
use std::convert::Infallible;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tempfile::NamedTempFile;

/// Where to write the JSON.
#[derive(Debug, Clone)]
pub enum Destination {
    /// `-`
    Stdout,
    /// A file.
    File(PathBuf),
}

/// A [`Destination`] that was found to be writable.
pub enum Opened {
    Stdout,
    /// A regular file, which may not exist yet and is replaced as a whole.
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
    /// Checks that the destination can be written, before a run. A regular file is neither created
    /// nor changed until there is a result.
    pub fn open(self) -> Result<Opened, WriteError> {
        let Self::File(path) = self else { return Ok(Opened::Stdout) };
        let opened = match fs::metadata(&path) {
            Ok(found) if !found.is_file() => {
                let file = OpenOptions::new().write(true).open(&path);
                file.map(|file| Opened::Written(path.clone(), file))
            }
            _ => create_sibling(&path).map(|_| Opened::Replaced(path.clone())),
        };
        opened.map_err(cannot_write(path.display()))
    }
}

/// Writes the JSON, if any, to its destination and then the text to standard output, or to standard
/// error when standard output has the JSON.
pub fn write_out(
    json: Option<Opened>,
    result: &impl Serialize,
    text: &str,
) -> Result<(), WriteError> {
    let line = || serde_json::to_string(result).map(|json| json + "\n").map_err(io::Error::from);
    match json {
        None => to_stdout(text),
        Some(Opened::Stdout) => {
            let written = if is_closed(&io::stdout()) {
                Err(cannot_write("standard output")(io::Error::other("it is closed")))
            } else {
                line().map_err(cannot_write("JSON")).and_then(to_stdout)
            };
            // Ignore errors: the JSON is the result.
            let _ = io::stderr().write_all(text.as_bytes());
            written
        }
        Some(file) => {
            file.write(&line().map_err(cannot_write("JSON"))?)?;
            to_stdout(text)
        }
    }
}

impl Opened {
    /// Writes the content.
    pub fn write(self, content: &str) -> Result<(), WriteError> {
        match self {
            Self::Stdout => to_stdout(content),
            Self::Replaced(path) => {
                replace(&path, content.as_bytes()).map_err(cannot_write(path.display()))
            }
            Self::Written(path, mut file) => {
                file.write_all(content.as_bytes()).map_err(cannot_write(path.display()))
            }
        }
    }
}

/// Writes indented JSON to standard output.
pub fn print_pretty(json: &impl Serialize) -> Result<(), WriteError> {
    let text = serde_json::to_string_pretty(json).map_err(io::Error::from);
    to_stdout(text.map_err(cannot_write("JSON"))? + "\n")
}

/// Writes to standard output. Unlike `print!`, returns an error if it is closed.
pub fn to_stdout(text: impl AsRef<[u8]>) -> Result<(), WriteError> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_ref()).and_then(|()| stdout.flush());
    written.map_err(cannot_write("standard output"))
}

/// Returns true when the process was started with standard output closed. std then opens
/// `/dev/null` in its place for reading and writing; a redirection to `/dev/null` opens it for
/// writing only.
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

/// Creates a temporary file in the folder of `path`, after resolving symlinks, and returns it with
/// the resolved path.
fn create_sibling(path: &Path) -> io::Result<(NamedTempFile, PathBuf)> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let new = || fs::Permissions::from_mode(0o666); // less the umask
        let permissions = fs::metadata(&path).map(|metadata| metadata.permissions());
        builder.permissions(permissions.unwrap_or_else(|_| new()));
    }
    Ok((builder.prefix(".report").tempfile_in(folder)?, path))
}

/// Replaces a file atomically.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let (mut file, path) = create_sibling(path)?;
    file.write_all(content)?;
    match file.persist(&path) {
        Ok(_) => Ok(()),
        // A file that is a mount point cannot be renamed over.
        Err(refused) => fs::write(&path, content).map_err(|_| refused.error),
    }
}

pub fn cannot_write(to: impl fmt::Display) -> impl FnOnce(io::Error) -> WriteError {
    move |error| WriteError { to: to.to_string(), error }
}
