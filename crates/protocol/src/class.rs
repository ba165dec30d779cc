//! The classes of characters that the grammar has. Every byte of a head is asked for its class, so
//! the answers stand in tables.

/// A set of bytes.
pub(crate) struct Class([bool; 256]);

/// What a line of a head may have: HTAB, visible ASCII and obs-text (RFC 9110 §5.5).
pub(crate) static TEXT: Class = Class::of_text();
/// A character of a token (RFC 9110 §5.6.2).
pub(crate) static TOKEN: Class = Class::alphanumeric_and(b"!#$%&'*+-.^_`|~");
/// A character that a URI may have outside its fragment (RFC 3986 §2); the brackets are no
/// character of a query, but browsers send them there.
pub(crate) const URI: Class = Class::alphanumeric_and(b"-._~!$&'()*+,;=:@/?%[]");
/// A character of a query: browsers send more than [`URI`] has as they are (URL Standard, *query
/// percent-encode set*).
pub(crate) static QUERY: Class = URI.and_raw();
/// A character of a host's name (RFC 3986 §3.2.2). No name that can be looked up has a percent sign,
/// and readers differ over what one means.
pub(crate) static HOST: Class = Class::alphanumeric_and(b"-._~!$&'()*+,;=");

impl Class {
    const fn of_text() -> Class {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < set.len() {
            set[byte] = matches!(byte as u8, b'\t' | b' '..=b'~' | 0x80..);
            byte += 1;
        }
        Class(set)
    }

    const fn alphanumeric_and(others: &[u8]) -> Class {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < set.len() {
            set[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut other = 0;
        while other < others.len() {
            set[others[other] as usize] = true;
            other += 1;
        }
        Class(set)
    }

    const fn and_raw(mut self) -> Class {
        let raw = b"{}|^`\\";
        let mut byte = 0;
        while byte < raw.len() {
            self.0[raw[byte] as usize] = true;
            byte += 1;
        }
        let mut byte = 0x80;
        while byte < self.0.len() {
            self.0[byte] = true;
            byte += 1;
        }
        self
    }

    /// How many bytes at the beginning are in it.
    pub fn count(&self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|&&byte| self.0[byte as usize]).count()
    }

    /// Whether every byte is in it.
    pub fn all(&self, bytes: &[u8]) -> bool {
        self.count(bytes) == bytes.len()
    }
}
