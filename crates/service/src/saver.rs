//! A state file with the thread that will write it.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use tokio::sync::oneshot;

use crate::state_file::{ReplaceError, StateFile};

/// The state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("state file {path}: {source}", path = path.display())]
pub struct StateFileError<E: std::error::Error + 'static = io::Error> {
    path: PathBuf,
    source: E,
}

/// Replaces a file's content, once. Its thread is there from the start: at the end of a server there may be
/// none to spare.
pub struct Saver {
    path: PathBuf,
    content: oneshot::Sender<Vec<u8>>,
    replaced: oneshot::Receiver<Result<(), ReplaceError>>,
}

impl Saver {
    /// Opens and locks a file, made empty if it is not there, and returns its content as well.
    ///
    /// # Errors
    /// When it cannot be used, see [`StateFile::open`], or its thread cannot be started.
    pub fn open(path: &Path) -> Result<(Saver, Vec<u8>), StateFileError> {
        let error = |source| StateFileError { path: path.to_owned(), source };
        let (file, before) = StateFile::open(path).map_err(error)?;
        let (content, told) = oneshot::channel::<Vec<u8>>();
        let (answer, replaced) = oneshot::channel();
        let save = move || {
            if let Ok(content) = told.blocking_recv() {
                // Nobody waits for it when a second signal has ended the process.
                let _ = answer.send(file.replace(&content));
            }
        };
        thread::Builder::new().name("state".to_owned()).spawn(save).map_err(|source| {
            error(io::Error::other(format!("cannot start the thread that writes it: {source}")))
        })?;
        Ok((Saver { path: path.to_owned(), content, replaced }, before))
    }

    /// The error of a content that is not what its owner writes.
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
        let replaced = self.replaced.await.expect("the thread answers; it has no way to panic");
        replaced.map_err(|source| StateFileError { path: self.path, source })
    }
}
