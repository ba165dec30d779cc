//! The balances on disk: read at the start, written at the end of a drain. They survive a drain,
//! not a crash.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use protocol::Event;

use crate::gate::Gate;

/// The state file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("state file {path}: {source}", path = path.display())]
pub struct StateError {
    path: PathBuf,
    source: io::Error,
}

pub struct State {
    path: PathBuf,
    /// Made at the start, so that a folder that cannot be written is found then and not at the end.
    sibling: (PathBuf, File),
    /// The balances with every finished job and no other, behind a gate: when the deadline has
    /// passed, a worker may still be holding a shard, and nobody waits for it any more.
    settled: Gate<BTreeMap<String, i64>>,
}

impl State {
    /// Reads the file, if there is one, and makes a sibling to write to.
    pub fn open(path: &Path) -> Result<(State, BTreeMap<String, i64>), StateError> {
        let error_at = |path: &Path| {
            let path = path.to_owned();
            move |source| StateError { path, source }
        };
        let balances: BTreeMap<String, i64> = match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json).map_err(|error| {
                error_at(path)(io::Error::new(io::ErrorKind::InvalidData, error))
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error_at(path)(error)),
        };
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let name = PathBuf::from(name);
        let file = File::create(&name).map_err(error_at(&name))?;
        let settled = Gate::open(balances.clone());
        Ok((State { path: path.to_owned(), sibling: (name, file), settled }, balances))
    }

    /// Enters a finished job and counts it, both or (once the state is being written) neither.
    pub fn settle(&self, event: &Event, applied: bool, count: impl FnOnce()) {
        self.settled.pass(|balances| {
            if applied {
                // The sum is the map's, which did not overflow; on the way to it another order may.
                let balance = balances.entry(event.user.clone()).or_insert(0);
                *balance = balance.wrapping_add(event.amount);
            }
            count();
        });
    }

    /// Puts the balances of all finished jobs in the file's place, whole or not at all.
    pub fn write(&self) -> Result<(), StateError> {
        let balances = self.settled.close().unwrap_or_default();
        self.replace(&balances).map_err(|source| StateError { path: self.path.clone(), source })
    }

    fn replace(&self, balances: &BTreeMap<String, i64>) -> io::Result<()> {
        let (name, mut file) = (&self.sibling.0, &self.sibling.1);
        file.write_all(&serde_json::to_vec(balances)?)?;
        file.sync_all()?;
        fs::rename(name, &self.path)?;
        sync_folder(&self.path)
    }
}

/// The name of a file belongs to its folder, which has to reach the disk as well.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(()) // a folder cannot be opened as a file there
}
