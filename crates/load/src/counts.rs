//! Counts requests by outcome, rejections by reason, and errors by cause and fate.

use super::outcome::{Cause, Fate, Outcome, Rejection};
use derive_more::AddAssign;
use serde::{Deserialize, Serialize};

/// The number of requests that ended in an error, by cause and by fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, AddAssign, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Errors {
    /// All errors: the sum of the causes, and the sum of the two fates.
    pub total: u64,
    /// Connection refused.
    pub refused: u64,
    /// Connection reset.
    pub reset: u64,
    /// Connection closed before the answer was complete.
    pub closed: u64,
    /// No complete answer within the timeout.
    pub timeout: u64,
    /// An answer with a status code that is not in the contract.
    pub status: u64,
    /// A 2xx with a body that is not in the contract.
    pub body: u64,
    /// No local port left for another connection.
    pub ports: u64,
    /// Any other error.
    pub other: u64,
    /// Requests that were certainly never sent.
    pub not_sent: u64,
    /// Requests that the server may have received and processed.
    pub unknown: u64,
}

/// The number of rejected requests, by the reason given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, AddAssign, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Rejections {
    /// The queue was full.
    pub server_busy: u64,
    /// The server was stopping.
    pub shutting_down: u64,
    /// The limit of users was reached.
    pub too_many_users: u64,
    /// The limit of connections was reached. The server rejects such a connection before it reads
    /// an event, so that its metrics do not count it.
    pub too_many_connections: u64,
    /// Another reason, or none.
    pub other: u64,
}

/// The requests that were invalid on purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, AddAssign, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Invalid {
    /// All of them.
    pub sent: u64,
    /// Those that were refused: errors of cause `status`.
    pub refused: u64,
    /// Those that were accepted or rejected like valid events.
    pub taken: u64,
}

/// The outcomes of a number of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, AddAssign)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) rejections: Rejections,
    pub(crate) errors: Errors,
    pub(crate) invalid: Invalid,
}

impl Rejections {
    /// Returns the number of all rejections.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.server_busy
            + self.shutting_down
            + self.too_many_users
            + self.too_many_connections
            + self.other
    }
}

impl Counts {
    /// Counts one request; `invalid` is true if it was invalid on purpose.
    pub(crate) fn record(&mut self, outcome: Outcome, invalid: bool) {
        match outcome {
            Outcome::Accepted => self.accepted += 1,
            Outcome::Rejected(reason) => self.rejections.record(reason),
            Outcome::Error(cause, fate) => self.errors.record(cause, fate),
        }
        if invalid {
            self.invalid.record(outcome);
        }
    }

    /// Returns the number of all requests.
    pub(crate) fn sent(&self) -> u64 {
        self.accepted + self.rejections.total() + self.errors.total
    }
}

impl Rejections {
    fn record(&mut self, reason: Rejection) {
        *match reason {
            Rejection::ServerBusy => &mut self.server_busy,
            Rejection::ShuttingDown => &mut self.shutting_down,
            Rejection::TooManyUsers => &mut self.too_many_users,
            Rejection::TooManyConnections => &mut self.too_many_connections,
            Rejection::Other => &mut self.other,
        } += 1;
    }
}

impl Errors {
    fn record(&mut self, cause: Cause, fate: Fate) {
        self.total += 1;
        *match cause {
            Cause::Refused => &mut self.refused,
            Cause::Reset => &mut self.reset,
            Cause::Closed => &mut self.closed,
            Cause::Timeout => &mut self.timeout,
            Cause::Status => &mut self.status,
            Cause::Body => &mut self.body,
            Cause::Ports => &mut self.ports,
            Cause::Other => &mut self.other,
        } += 1;
        *match fate {
            Fate::NotSent => &mut self.not_sent,
            Fate::Unknown => &mut self.unknown,
        } += 1;
    }
}

impl Invalid {
    fn record(&mut self, outcome: Outcome) {
        self.sent += 1;
        match outcome {
            Outcome::Accepted | Outcome::Rejected(_) => self.taken += 1,
            Outcome::Error(Cause::Status, _) => self.refused += 1,
            Outcome::Error(..) => {}
        }
    }
}
