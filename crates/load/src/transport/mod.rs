//! How a request gets to the server and its answer back: one connection, one request at a time.

mod connect;
mod hyper;
mod reqwest;

pub(super) use self::hyper::Hyper;
pub(super) use self::reqwest::Reqwest;
pub(super) use connect::{Connect, Connects, Open};

use ::reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderValue, RETRY_AFTER,
};
use ::reqwest::{StatusCode, Url, Version};
use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

/// An answer of the contract has some 60 bytes; one beyond this is not read to its end.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Where the requests go.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) url: Url,
    /// Where the URL was found to be.
    pub(super) address: SocketAddr,
}

impl Target {
    /// What the `Host` field says.
    fn authority(&self) -> Result<HeaderValue, Failure> {
        let host = self.url.host_str().expect("an http URL has a host");
        let authority = match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        Ok(HeaderValue::from_str(&authority)?)
    }

    /// The fields of every request.
    fn headers(&self) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, self.authority()?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(credentials) = crate::server::authorization(&self.url) {
            let mut value = HeaderValue::from_str(&credentials)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// Whether that is all of the body: one longer than any answer of the contract is cut off.
    pub(super) whole: bool,
    /// What the server asks for before the request is sent again.
    pub(super) retry_after: Option<Duration>,
    /// Whether the connection ends with this answer.
    pub(super) closes: bool,
}

/// Why there was no whole answer; what is in its chain of sources decides.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// One connection, opened by its first request and again whenever it was closed.
pub(super) trait Transport: Sized + Send + 'static {
    /// A connection that tells `connects` what it does.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    fn new(target: Target, connects: Connects) -> Result<Self, Failure>;

    /// Sends a body and reads the answer to its end. A request dropped before that takes its
    /// connection with it.
    fn exchange(&mut self, body: Vec<u8>) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

impl Answer {
    fn new(status: StatusCode, version: Version, headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let says = |option: &str| {
            let options = text(CONNECTION).unwrap_or_default().split(',');
            options.map(str::trim).any(|said| said.eq_ignore_ascii_case(option))
        };
        Self {
            status,
            body: Vec::new(),
            whole: true,
            retry_after: text(RETRY_AFTER).and_then(|asked| retry_after(asked.trim(), text(DATE))),
            closes: says("close") || (version < Version::HTTP_11 && !says("keep-alive")),
        }
    }

    /// Adds a piece of the body, and says whether more is wanted.
    fn take(&mut self, piece: &[u8]) -> bool {
        self.whole = self.body.len() + piece.len() <= BODY_BYTES_MAX;
        if self.whole {
            self.body.extend_from_slice(piece);
        }
        self.closes |= !self.whole;
        self.whole
    }

    /// Status and body for a person: the beginning of it, on one line.
    pub(super) fn words(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let one_line = |c: char| if c.is_control() { ' ' } else { c };
        let body: String = body.chars().take(160).map(one_line).collect();
        format!("{} {body}", self.status)
    }
}

/// Reads a `Retry-After`: seconds, or the moment at which to come back (RFC 9110 §10.2.3). A moment is
/// compared with the answer's own `Date`, since the two clocks may differ. More seconds than a number
/// holds are more than anybody waits.
fn retry_after(asked: &str, date: Option<&str>) -> Option<Duration> {
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(asked.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(asked).ok()?;
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok());
    // A moment that has passed asks for nothing.
    Some(at.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        let now = SystemTime::now();
        let date = httpdate::fmt_http_date;
        let seconds = |asked: &str| retry_after(asked, None).map(|wait| wait.as_secs());
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("99999999999999999999999"), Some(u64::MAX));
        assert_eq!(seconds("Fri, 31 Dec 1999 23:59:59 GMT"), Some(0));
        let hour = Duration::from_secs(3600);
        let wait = seconds(&date(now + hour)).unwrap();
        assert!((3000..=3600).contains(&wait), "{wait}");
        // A server whose clock is a day behind.
        let [its_now, at] = [hour * 24, hour * 23].map(|ago| date(now - ago));
        assert_eq!(retry_after(&at, Some(&its_now)), Some(hour));
        for nonsense in ["", "-1", "1.5", "soon", "1 s"] {
            assert_eq!(seconds(nonsense), None, "{nonsense:?}");
        }
    }
}
