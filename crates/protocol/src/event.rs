//! What a client may send: the type is the contract.

use serde::Deserialize;

use crate::Fault;

/// One event: `{"user":"alice","action":"buy","amount":100}`. Whatever the action, the amount is
/// added to the user's balance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// Whose balance changes: 1 to 256 bytes.
    pub user: String,
    /// What the user did. Any string.
    pub action: String,
    /// What is added to the balance.
    pub amount: i64,
}

impl Event {
    /// Reads a body. Fields beside the three are skipped, however deep they are nested.
    ///
    /// # Errors
    /// [`Fault::InvalidJson`] with the reason and, where serde knows it, the line and column.
    pub fn parse(body: &[u8]) -> Result<Event, Fault> {
        let invalid = |detail: &dyn ToString| Fault::InvalidJson(detail.to_string());
        // serde_json looks at the bytes of a string only when somebody wants them: without this, a
        // skipped field could smuggle in what is no UTF-8.
        let text = str::from_utf8(body).map_err(|error| invalid(&error))?;
        let event: Event = serde_json::from_str(text).map_err(|error| invalid(&error))?;
        // To serde, a struct may also be written as an array of its fields.
        if text.trim_start().starts_with('[') {
            return Err(invalid(&"an event is an object, not an array"));
        }
        if event.user.is_empty() || event.user.len() > 256 {
            return Err(invalid(&"user must have 1 to 256 bytes"));
        }
        Ok(event)
    }
}
