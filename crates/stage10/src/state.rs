//! The balances from one run to the next: read at the start, written at the end of a drain. They survive
//! a drain, not a crash.

use std::collections::BTreeMap;
use std::path::Path;

use protocol::Event;
use service::{ReplaceError, Saver, StateFileError};

use crate::gate::Gate;

type Users = BTreeMap<String, i64>;

/// The balances with every finished job and no other, and the file that they go to; nothing without
/// one. The map of all balances is not read instead: when the deadline has passed, a worker may still
/// hold one of its shards.
#[derive(Default)]
pub struct State(Option<Gate<(Saver<Users>, Users)>>);

impl State {
    /// Opens the file and reads the balances of the last run.
    ///
    /// # Errors
    /// When it cannot be used, or has no balances in it.
    pub fn open(path: Option<&Path>) -> Result<(State, Users), StateFileError> {
        let Some(path) = path else { return Ok(Default::default()) };
        let (saver, users): (_, Users) = Saver::open(path)?;
        Ok((State(Some(Gate::open((saver, users.clone())))), users))
    }

    /// Enters a finished job and counts it, both or (once the state is being written) neither.
    pub fn enter(&self, event: &Event, applied: bool, count: impl FnOnce()) {
        let Some(gate) = &self.0 else { return count() };
        gate.pass(|(_, users)| {
            if applied {
                // The sum is the map's, which did not overflow; on the way to it another order may.
                let balance = users.entry(event.user.clone()).or_insert(0);
                *balance = balance.wrapping_add(event.amount);
            }
            count();
        });
    }

    /// Replaces the content of the file.
    ///
    /// # Errors
    /// When the new one is not in its place in the end.
    pub async fn save(&self) -> Result<(), StateFileError<ReplaceError>> {
        match self.0.as_ref().and_then(Gate::close) {
            Some((saver, users)) => saver.save(&users).await,
            None => Ok(()),
        }
    }
}
