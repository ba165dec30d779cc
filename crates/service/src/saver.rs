//! A value in a state file, and the thread that writes it.

use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::state_file::{ReplaceError, StateFile};

/// The error when a state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("state file {path}: {source}", path = path.display())]
pub struct StateFileError<E: std::error::Error + 'static = io::Error> {
    path: PathBuf,
    source: E,
}

/// Replaces the value in a file once, as JSON. Its thread is started early, because the system may
/// have none left when the server stops.
pub struct Saver<T> {
    path: PathBuf,
    content: oneshot::Sender<Vec<u8>>,
    replaced: oneshot::Receiver<Result<(), ReplaceError>>,
    value: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned + Default> Saver<T> {
    /// Opens and locks a file, creating it if it does not exist, and returns its value too: the
    /// default if it is empty.
    ///
    /// # Errors
    /// If the file cannot be used, see [`StateFile::open`], or has no such value in it, or the thread
    /// cannot be started.
    pub fn open(path: &Path) -> Result<(Saver<T>, T), StateFileError> {
        let error = |source| StateFileError { path: path.to_owned(), source };
        let (file, json) = StateFile::open(path).map_err(error)?;
        let before = match &json[..] {
            b"" => T::default(),
            json => serde_json::from_slice(json).map_err(|fault| error(fault.into()))?,
        };
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
        Ok((Saver { path: path.to_owned(), content, replaced, value: PhantomData }, before))
    }

    /// Replaces the value in the file.
    ///
    /// # Errors
    /// See [`ReplaceError`].
    ///
    /// # Panics
    /// If the value cannot be written as JSON: a map whose keys are no strings.
    pub async fn save(self, value: &T) -> Result<(), StateFileError<ReplaceError>> {
        let _ = self.content.send(serde_json::to_vec(value).expect("a value with string keys"));
        let replaced = self.replaced.await.expect("the thread answers; it has no way to panic");
        replaced.map_err(|source| StateFileError { path: self.path, source })
    }
}
