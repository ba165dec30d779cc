//! The balances in a file: read at the start, written at the end of a drain. They survive a drain,
//! not a crash.

use std::collections::BTreeMap;
use std::path::Path;

use protocol::Event;
use service::{ReplaceError, Saver, StateFileError};

use crate::gate::Gate;

type Users = BTreeMap<String, i64>;

/// The balances after all finished jobs, with the file to save them to; `None` without a file. The
/// shared map is not read for this: after the deadline a worker may still hold one of its shards.
#[derive(Default)]
pub struct State(Option<Gate<(Saver<Users>, Users)>>);

impl State {
    /// Opens the file and reads the balances of the last run.
    ///
    /// # Errors
    /// When the file cannot be used, or has no balances in it.
    pub fn open(path: Option<&Path>) -> Result<(State, Users), StateFileError> {
        let Some(path) = path else { return Ok(Default::default()) };
        let (saver, users): (_, Users) = Saver::open(path)?;
        Ok((State(Some(Gate::open((saver, users.clone())))), users))
    }

    /// Enters a finished job and counts it; does neither once the state is being written.
    pub fn enter(&self, event: &Event, applied: bool, count: impl FnOnce()) {
        let Some(gate) = &self.0 else { return count() };
        gate.pass(|(_, users)| {
            if applied {
                // Another order of jobs than in the map may overflow on the way to the same sum.
                let balance = users.entry(event.user.clone()).or_insert(0);
                *balance = balance.wrapping_add(event.amount);
            }
            count();
        });
    }

    /// Writes the balances to the file.
    ///
    /// # Errors
    /// When the file could not be replaced.
    pub async fn save(&self) -> Result<(), StateFileError<ReplaceError>> {
        match self.0.as_ref().and_then(Gate::close) {
            Some((saver, users)) => saver.save(&users).await,
            None => Ok(()),
        }
    }
}
