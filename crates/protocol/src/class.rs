//! Character classes of the grammar, as lookup tables: every byte of a head is looked up.

/// A set of bytes.
pub(crate) struct Class([bool; 256]);

/// The characters of a line in a head: HTAB, SP, visible ASCII and obs-text (RFC 9110 §5.5).
pub(crate) static TEXT: Class = Class::text();
/// The characters of a token (RFC 9110 §5.6.2).
pub(crate) static TOKEN: Class = Class::alphanumeric_and(b"!#$%&'*+-.^_`|~");
/// The characters of a URI outside its fragment (RFC 3986 §2). Brackets are not allowed in a query,
/// but browsers send them there.
pub(crate) const URI: Class = Class::alphanumeric_and(b"-._~!$&'()*+,;=:@/?%[]");
/// The characters of a query: browsers leave more characters unencoded than [`URI`] contains (URL
/// Standard, *query percent-encode set*).
pub(crate) static QUERY: Class = URI.with_unencoded();
/// The characters of a host name (RFC 3986 §3.2.2) without the percent sign: no name that resolves
/// contains one, and parsers disagree about its meaning.
pub(crate) static HOST: Class = Class::alphanumeric_and(b"-._~!$&'()*+,;=");

impl Class {
    const fn text() -> Class {
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

    const fn with_unencoded(mut self) -> Class {
        let unencoded = b"{}|^`\\";
        let mut index = 0;
        while index < unencoded.len() {
            self.0[unencoded[index] as usize] = true;
            index += 1;
        }
        let mut byte = 0x80;
        while byte < self.0.len() {
            self.0[byte] = true;
            byte += 1;
        }
        self
    }

    /// Returns the number of leading bytes that are in the class.
    pub fn count(&self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|&&byte| self.0[byte as usize]).count()
    }

    /// Returns true when every byte is in the class.
    pub fn all(&self, bytes: &[u8]) -> bool {
        self.count(bytes) == bytes.len()
    }
}
