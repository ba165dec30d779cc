//! A value in a state file, with the thread that will write it.

use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use crate::state_file::{ReplaceError, StateFile};

/// The state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("state file {path}: {source}", path = path.display())]
pub struct StateFileError<E: std::error::Error + 'static = io::Error> {
    path: PathBuf,
    source: E,
}

/// Replaces the value in a file, once, as JSON. Its thread is there from the start: at the end of a server
/// there may be none to spare.
pub struct Saver<T> {
    path: PathBuf,
    content: oneshot::Sender<Vec<u8>>,
    replaced: oneshot::Receiver<Result<(), ReplaceError>>,
    value: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned + Default> Saver<T> {
    /// Opens and locks a file, made empty if it is not there, and returns the value in it as well. An
    /// empty file has the default.
    ///
    /// # Errors
    /// When it cannot be used, see [`StateFile::open`], when it has no such value in it, or when the
    /// thread cannot be started.
    pub fn open(path: &Path) -> Result<(Saver<T>, T), StateFileError> {
        let error = |source| StateFileError { path: path.to_owned(), source };
        let (file, json) = StateFile::open(path).map_err(error)?;
        let before = match &json[..] {
            b"" => T::default(),
            json => serde_json::from_slice(json).map_err(|fault| error(fault.into()))?,
        };
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
        Ok((Saver { path: path.to_owned(), content, replaced, value: PhantomData }, before))
    }

    /// Replaces the value in the file.
    ///
    /// # Errors
    /// See [`ReplaceError`].
    ///
    /// # Panics
    /// When the value cannot be written as JSON: a map whose keys are no strings.
    pub async fn save(self, value: &T) -> Result<(), StateFileError<ReplaceError>> {
        let _ = self.content.send(serde_json::to_vec(value).expect("a value with string keys"));
        let replaced = self.replaced.await.expect("the thread answers; it has no way to panic");
        replaced.map_err(|source| StateFileError { path: self.path, source })
    }
}
