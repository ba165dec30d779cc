//! Sends requests over one connection, one at a time.

mod connect;
mod raw;
mod reqwest;

pub(super) use self::raw::Raw;
pub(super) use self::reqwest::Reqwest;
pub(super) use connect::{Connect, Connects, OpenCount};

use ::reqwest::header::{CONNECTION, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use ::reqwest::{Method, StatusCode, Url, Version};
use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// The maximum length of a body that is kept; answers of the contract have about 60 bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// The server that requests are sent to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) url: Url,
    /// The resolved address of the URL.
    pub(super) address: SocketAddr,
    pub(super) method: Method,
    /// All headers except those that depend on the body.
    pub(super) headers: HeaderMap,
    /// The treatment of answers that are longer than the maximum.
    pub(super) long_bodies: LongBodies,
}

/// The treatment of bodies that are longer than the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LongBodies {
    /// Stop reading and close the connection: no answer of the contract is as long.
    Cut,
    /// Read on and keep the beginning.
    Skip,
}

/// An answer with its body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// False if the body was truncated at the maximum length.
    pub(super) is_complete: bool,
    pub(super) long_bodies: LongBodies,
    /// The value of `Retry-After`.
    pub(super) retry_after: Option<Duration>,
    /// True if the connection is closed after this answer.
    pub(super) closes: bool,
}

/// An error without a complete answer; its chain of sources tells the cause.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// A connection, opened by its first request and reopened after it was closed.
pub(super) trait Transport: Sized + Send + 'static {
    /// Creates a connection that records its connects in `connects`.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    fn new(target: Target, connects: Connects) -> Result<Self, Failure>;

    /// Sends a body and reads the complete answer. Dropping the future closes the connection.
    fn exchange(&mut self, body: Vec<u8>) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

impl Answer {
    /// Reads the head of an answer; `field` returns the value of a field.
    fn read<'a>(
        status: StatusCode,
        version: Version,
        long_bodies: LongBodies,
        field: impl Fn(&HeaderName) -> Option<&'a str>,
    ) -> Self {
        let options = field(&CONNECTION).unwrap_or_default();
        let has_option = |option: &str| {
            options.split(',').any(|found| found.trim().eq_ignore_ascii_case(option))
        };
        let retry_after = field(&RETRY_AFTER);
        Self {
            status,
            body: Vec::new(),
            is_complete: true,
            long_bodies,
            retry_after: retry_after
                .and_then(|value| parse_retry_after(value.trim(), field(&DATE))),
            closes: has_option("close")
                || (version < Version::HTTP_11 && !has_option("keep-alive")),
        }
    }

    /// Appends a piece of the body; returns false if the rest is not to be read.
    fn append(&mut self, piece: &[u8]) -> bool {
        let kept = piece.len().min(BODY_BYTES_MAX - self.body.len());
        self.body.extend_from_slice(&piece[..kept]);
        self.is_complete &= kept == piece.len();
        let is_cut = !self.is_complete && self.long_bodies == LongBodies::Cut;
        self.closes |= is_cut;
        !is_cut
    }

    /// Returns the status and the beginning of the body on one line.
    pub(super) fn describe(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let one_line = |c: char| if c.is_control() { ' ' } else { c };
        let body: String = body.chars().take(160).map(one_line).collect();
        format!("{} {body}", self.status)
    }
}

/// Parses a `Retry-After`: seconds, or a date (RFC 9110 §10.2.3). A date is compared with the
/// answer's `Date`, since the clocks of client and server may differ. Seconds above `u64::MAX`
/// saturate.
fn parse_retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok());
    // A date in the past means zero.
    Some(at.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        let now = SystemTime::now();
        let date = httpdate::fmt_http_date;
        let seconds = |value: &str| parse_retry_after(value, None).map(|wait| wait.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("99999999999999999999999"), Some(u64::MAX));
        assert_eq!(seconds("Fri, 31 Dec 1999 23:59:59 GMT"), Some(0));
        let hour = Duration::from_secs(3600);
        let wait = seconds(&date(now + hour)).unwrap();
        assert!((3000..=3600).contains(&wait), "{wait}");
        // The server's clock is a day behind.
        let [server_now, at] = [hour * 24, hour * 23].map(|ago| date(now - ago));
        assert_eq!(parse_retry_after(&at, Some(&server_now)), Some(hour));
        for nonsense in ["", "-1", "1.5", "soon", "1 s"] {
            assert_eq!(seconds(nonsense), None, "{nonsense:?}");
        }
    }
}
