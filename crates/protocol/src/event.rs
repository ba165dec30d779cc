//! The event that a client sends: the type is the contract.

use serde::Deserialize;

use crate::Fault;

/// One event: `{"user":"alice","action":"buy","amount":100}`. Whatever the action, the amount is
/// added to the user's balance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// The name of the user, 1 to 256 bytes.
    pub user: String,
    /// The action, any string.
    pub action: String,
    /// The amount that is added to the balance.
    pub amount: i64,
}

impl Event {
    /// Parses a body. Other fields are skipped, at any depth of nesting.
    ///
    /// # Errors
    /// [`Fault::InvalidJson`] with the reason and, if serde reports it, the line and column.
    pub fn parse(body: &[u8]) -> Result<Event, Fault> {
        let invalid = |detail: &dyn ToString| Fault::InvalidJson(detail.to_string());
        // serde_json does not validate the strings of skipped fields: without this check they could
        // contain invalid UTF-8.
        let text = str::from_utf8(body).map_err(|error| invalid(&error))?;
        let event: Event = serde_json::from_str(text).map_err(|error| invalid(&error))?;
        // serde also accepts a struct written as an array of its fields.
        if text.trim_start().starts_with('[') {
            return Err(invalid(&"an event is an object, not an array"));
        }
        if event.user.is_empty() || event.user.len() > 256 {
            return Err(invalid(&"user must have 1 to 256 bytes"));
        }
        Ok(event)
    }
}
