//! The balances from one run to the next: read at the start, written at the end of a drain. They survive
//! a drain, not a crash.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use protocol::Event;
use service::{ReplaceError, Saver, StateFileError};

use crate::gate::Gate;

type Users = BTreeMap<String, i64>;

/// The parts of a server that keep its state, none of which does anything without a file.
#[derive(Default)]
pub struct State {
    pub settled: Arc<Settled>,
    saver: Option<Saver<Users>>,
}

/// The balances with every finished job and no other, behind a gate: when the deadline has passed, a
/// worker may still be holding a shard, and nobody waits for it any more.
#[derive(Default)]
pub struct Settled(Option<Gate<Users>>);

impl State {
    /// Opens the file and reads the balances of the last run.
    ///
    /// # Errors
    /// When it cannot be used, or has no balances in it.
    pub fn open(path: Option<&Path>) -> Result<(State, Users), StateFileError> {
        let Some(path) = path else { return Ok(Default::default()) };
        let (saver, users): (_, Users) = Saver::open(path)?;
        let settled = Arc::new(Settled(Some(Gate::open(users.clone()))));
        Ok((State { settled, saver: Some(saver) }, users))
    }

    /// Puts the balances of all finished jobs in the file's place.
    ///
    /// # Errors
    /// When they are not there in the end.
    pub async fn save(self) -> Result<(), StateFileError<ReplaceError>> {
        let Some(saver) = self.saver else { return Ok(()) };
        let users = self.settled.0.as_ref().and_then(Gate::close);
        saver.save(&users.expect("a saver comes with an open gate, and is used up by this")).await
    }
}

impl Settled {
    /// Enters a finished job and counts it, both or (once the state is being written) neither.
    pub fn enter(&self, event: &Event, applied: bool, count: impl FnOnce()) {
        let Some(gate) = &self.0 else { return count() };
        gate.pass(|users| {
            if applied {
                // The sum is the map's, which did not overflow; on the way to it another order may.
                let balance = users.entry(event.user.clone()).or_insert(0);
                *balance = balance.wrapping_add(event.amount);
            }
            count();
        });
    }
}
