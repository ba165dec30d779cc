//! A state file and the thread that writes it.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use tokio::sync::oneshot;

use crate::state_file::{ReplaceError, StateFile};

/// The error when a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("state file {path}: {source}", path = path.display())]
pub struct StateFileError<E: std::error::Error + 'static = io::Error> {
    path: PathBuf,
    source: E,
}

/// Replaces a file's content once. Its thread is started early, because the system may have none
/// left when the server stops.
pub struct Saver {
    path: PathBuf,
    content: oneshot::Sender<Vec<u8>>,
    replaced: oneshot::Receiver<Result<(), ReplaceError>>,
}

impl Saver {
    /// Opens and locks a file, creating it if it does not exist, and returns its content too.
    ///
    /// # Errors
    /// If the file cannot be used, see [`StateFile::open`], or the thread cannot be started.
    pub fn open(path: &Path) -> Result<(Saver, Vec<u8>), StateFileError> {
        let error = |source| StateFileError { path: path.to_owned(), source };
        let (file, before) = StateFile::open(path).map_err(error)?;
        let (content, receiver) = oneshot::channel::<Vec<u8>>();
        let (result, replaced) = oneshot::channel();
        let save = move || {
            if let Ok(content) = receiver.blocking_recv() {
                // Ignore errors: a second signal ends the process without waiting.
                let _ = result.send(file.replace(&content));
            }
        };
        thread::Builder::new().name("state".to_owned()).spawn(save).map_err(|source| {
            error(io::Error::other(format!("cannot start the thread that writes it: {source}")))
        })?;
        Ok((Saver { path: path.to_owned(), content, replaced }, before))
    }

    /// Returns the error for invalid content.
    #[must_use]
    pub fn refuse(self, fault: impl Into<io::Error>) -> StateFileError {
        StateFileError { path: self.path, source: fault.into() }
    }

    /// Replaces the file's content.
    ///
    /// # Errors
    /// See [`ReplaceError`].
    pub async fn save(self, content: Vec<u8>) -> Result<(), StateFileError<ReplaceError>> {
        let _ = self.content.send(content);
        let replaced = self.replaced.await.expect("the thread answers and cannot panic");
        replaced.map_err(|source| StateFileError { path: self.path, source })
    }
}
