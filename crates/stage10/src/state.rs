//! The balances on disk: read at the start, written at the end of a drain. They survive a drain,
//! not a crash.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use protocol::Event;
use tokio::sync::oneshot;

use crate::gate::Gate;
use crate::state_file::{ReplaceError, StateFile};

/// The state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("state file {path}: {source}", path = path.display())]
pub struct StateError<E: std::error::Error + 'static = io::Error> {
    path: PathBuf,
    source: E,
}

/// The parts of a server that keep the file.
pub struct State {
    /// The balances at the end of the last run.
    pub saved: BTreeMap<String, i64>,
    pub settled: Arc<Settled>,
    pub saver: Saver,
}

/// The balances with every finished job and no other, behind a gate: when the deadline has passed, a
/// worker may still be holding a shard, and nobody waits for it any more.
pub struct Settled(Gate<BTreeMap<String, i64>>);

/// Writes the balances, once. Its thread is there from the start: at the end there may be none to spare.
pub struct Saver {
    write: oneshot::Sender<()>,
    written: oneshot::Receiver<Result<(), StateError<ReplaceError>>>,
}

/// Opens and reads the file.
///
/// # Errors
/// When it cannot be used, or its thread cannot be started.
pub fn open(path: &Path) -> Result<State, StateError> {
    let error = |source| StateError { path: path.to_owned(), source };
    let (file, json) = StateFile::open(path).map_err(error)?;
    let saved = match &json[..] {
        b"" => BTreeMap::new(),
        json => serde_json::from_slice(json).map_err(|json| error(json.into()))?,
    };
    let settled = Arc::new(Settled(Gate::open(saved.clone())));
    let (write, told) = oneshot::channel();
    let (answer, written) = oneshot::channel();
    let (path, balances) = (path.to_owned(), settled.clone());
    let save = move || {
        if told.blocking_recv().is_ok() {
            let replaced = file.replace(&balances.close());
            // Nobody waits for it when a second signal has ended the process.
            let _ = answer.send(replaced.map_err(|source| StateError { path, source }));
        }
    };
    thread::Builder::new().name("state".to_owned()).spawn(save).map_err(|source| {
        error(io::Error::other(format!("cannot start the thread that writes it: {source}")))
    })?;
    Ok(State { saved, settled, saver: Saver { write, written } })
}

impl Settled {
    /// Enters a finished job and counts it, both or (once the state is being written) neither.
    pub fn enter(&self, event: &Event, applied: bool, count: impl FnOnce()) {
        self.0.pass(|balances| {
            if applied {
                // The sum is the map's, which did not overflow; on the way to it another order may.
                let balance = balances.entry(event.user.clone()).or_insert(0);
                *balance = balance.wrapping_add(event.amount);
            }
            count();
        });
    }

    /// The balances of all finished jobs as JSON.
    fn close(&self) -> Vec<u8> {
        let balances = self.0.close().expect("`Saver::save` takes itself, so this is called once");
        serde_json::to_vec(&balances).expect("a map with string keys")
    }
}

impl Saver {
    /// Puts the balances of all finished jobs in the file's place.
    pub async fn save(self) -> Result<(), StateError<ReplaceError>> {
        let _ = self.write.send(());
        self.written.await.expect("the thread answers; it has no way to panic")
    }
}
