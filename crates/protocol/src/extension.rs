//! Chunk extensions (RFC 9112 §7.1.1): checked byte by byte and then dropped.

use crate::class::{TEXT, TOKEN};

/// The position within `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, from its first semicolon on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extension {
    /// After a semicolon.
    Name,
    InName,
    /// In white space after a name.
    AfterName,
    /// After an equals sign.
    Value,
    InValue,
    InQuotes,
    /// After a backslash within quotes.
    Escaped,
    AfterQuotes,
    /// In white space after a value.
    AfterValue,
}

impl Extension {
    /// Reads one byte other than CR or LF. Returns `None` if the grammar does not allow it here.
    pub fn step(self, byte: u8) -> Option<Extension> {
        use Extension::*;
        let is_token = TOKEN.all(&[byte]);
        Some(match (self, byte) {
            (Name | Value, b' ' | b'\t') => self,
            (Name | InName, _) if is_token => InName,
            (Value | InValue, _) if is_token => InValue,
            (Value, b'"') => InQuotes,
            (InName | AfterName, b'=') => Value,
            (InName | AfterName | InValue | AfterQuotes | AfterValue, b';') => Name,
            (InName | AfterName, b' ' | b'\t') => AfterName,
            (InValue | AfterQuotes | AfterValue, b' ' | b'\t') => AfterValue,
            (InQuotes, b'"') => AfterQuotes,
            (InQuotes, b'\\') => Escaped,
            (InQuotes | Escaped, _) if TEXT.all(&[byte]) => InQuotes,
            _ => return None,
        })
    }

    /// Returns true if the line may end here.
    pub fn is_complete(self) -> bool {
        matches!(self, Extension::InName | Extension::InValue | Extension::AfterQuotes)
    }
}
