//! What came of requests, counted: by outcome, by a rejection's reason, by an error's cause and fate.

use super::outcome::{Cause, Fate, Outcome, Rejection};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// How many requests ended in an error, by cause and by fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Errors {
    /// All of them; the causes add up to it, and so do the two fates.
    pub total: u64,
    /// Nobody listened.
    pub refused: u64,
    /// The connection was broken off.
    pub reset: u64,
    /// The connection was closed before the whole answer had come.
    pub closed: u64,
    /// No whole answer within the timeout.
    pub timeout: u64,
    /// An answer with a status code that the contract does not have.
    pub status: u64,
    /// A 2xx with a body that the contract does not have.
    pub body: u64,
    /// This machine had no local port left for one more connection.
    pub ports: u64,
    /// Anything else.
    pub other: u64,
    /// Those that certainly never left the client.
    pub not_sent: u64,
    /// Those that the server may have seen and may have done.
    pub unknown: u64,
}

/// How many requests were rejected, by the reason given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Rejections {
    /// The queue was full.
    pub server_busy: u64,
    /// The server was stopping.
    pub shutting_down: u64,
    /// One more user than the server keeps.
    pub too_many_users: u64,
    /// One more connection than the server takes; decided before there is an event, so that the
    /// server's own counts leave it out.
    pub too_many_connections: u64,
    /// Another reason, or none.
    pub other: u64,
}

/// The requests that were made to be refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Invalid {
    /// All of them.
    pub sent: u64,
    /// Those that were answered, and with no 2xx and no rejection: errors of cause `status`.
    pub refused: u64,
    /// Those that were accepted or rejected, as if they were events.
    pub taken: u64,
}

/// What came of a number of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) rejections: Rejections,
    pub(crate) errors: Errors,
    pub(crate) invalid: Invalid,
}

impl Rejections {
    /// All of them.
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
    /// Counts one request, which was `invalid` on purpose or not.
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

    /// All requests: each has one outcome.
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

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        for (mine, theirs) in [
            (&mut self.rejections.server_busy, other.rejections.server_busy),
            (&mut self.rejections.shutting_down, other.rejections.shutting_down),
            (&mut self.rejections.too_many_users, other.rejections.too_many_users),
            (&mut self.rejections.too_many_connections, other.rejections.too_many_connections),
            (&mut self.rejections.other, other.rejections.other),
            (&mut self.errors.total, other.errors.total),
            (&mut self.errors.refused, other.errors.refused),
            (&mut self.errors.reset, other.errors.reset),
            (&mut self.errors.closed, other.errors.closed),
            (&mut self.errors.timeout, other.errors.timeout),
            (&mut self.errors.status, other.errors.status),
            (&mut self.errors.body, other.errors.body),
            (&mut self.errors.ports, other.errors.ports),
            (&mut self.errors.other, other.errors.other),
            (&mut self.errors.not_sent, other.errors.not_sent),
            (&mut self.errors.unknown, other.errors.unknown),
            (&mut self.invalid.sent, other.invalid.sent),
            (&mut self.invalid.refused, other.invalid.refused),
            (&mut self.invalid.taken, other.invalid.taken),
        ] {
            *mine += theirs;
        }
    }
}
