//! The server under load: its URL checked, and reached once before any load is sent.

use base64::Engine as _;
use reqwest::Url;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A server that does not take a connection within this is not reached.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);
/// How long a server is given to hang up the connection that tried it.
const HANG_UP_TIMEOUT: Duration = Duration::from_millis(200);

/// Why a text cannot be a server's address.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// Not a URL at all.
    #[error("{text:?} is no URL ({reason}): write it like http://127.0.0.1:8080")]
    Nonsense {
        /// What was given.
        text: String,
        /// The parser's word on it.
        reason: String,
    },
    /// Another protocol, TLS among them.
    #[error("{text:?}: only plain http:// is spoken here, not {scheme}://")]
    Scheme {
        /// What was given.
        text: String,
        /// The scheme found.
        scheme: String,
    },
}

/// The server could not be reached: nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach {url}: {reason}")]
pub struct Unreachable {
    url: String,
    reason: String,
}

/// Reads a server's URL: plain HTTP, with a host.
///
/// # Errors
/// When it is no URL, or one of another scheme.
pub fn parse_url(text: &str) -> Result<Url, UrlError> {
    let url = Url::parse(text)
        .map_err(|error| UrlError::Nonsense { text: shown(text), reason: error.to_string() })?;
    match url.scheme() {
        "http" => Ok(url),
        // `localhost:8080` reads as a URL of the scheme `localhost`.
        scheme => Err(UrlError::Scheme { text: shown(text), scheme: scheme.to_owned() }),
    }
}

/// A URL as it may be printed: without the user and password that it may have.
#[must_use]
pub fn shown(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    match url[start..end].rfind('@') {
        Some(at) => format!("{}{}", &url[..start], &url[start + at + 1..]),
        None => url.to_owned(),
    }
}

/// The `Authorization` that a URL's user and password ask for (RFC 7617); `None` without any.
pub(crate) fn authorization(url: &Url) -> Option<String> {
    let decoded = |text| percent_encoding::percent_decode_str(text);
    let (user, password) = (url.username(), url.password());
    (!user.is_empty() || password.is_some()).then(|| {
        let password = decoded(password.unwrap_or_default());
        let pair: Vec<u8> = decoded(user).chain([b':']).chain(password).collect();
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair))
    })
}

/// Finds the address at which the server takes connections, by making one: the first of all those of its
/// name that does.
///
/// # Errors
/// When none of them does within the timeout, five seconds at most.
pub fn reach(url: &Url, timeout: Duration) -> Result<SocketAddr, Unreachable> {
    let unreachable = |error: io::Error| Unreachable {
        url: shown(url.as_str().trim_end_matches('/')),
        reason: describe(&error),
    };
    let mut last = io::Error::other("the host has no address");
    for address in url.socket_addrs(|| None).map_err(unreachable)? {
        match TcpStream::connect_timeout(&address, timeout.min(CONNECT_TIMEOUT_MAX)) {
            Ok(stream) => {
                hang_up(stream);
                return Ok(address);
            }
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

/// Leaves the server time to close its side, so that this connection is not counted beside the
/// run's own. Whatever comes of it, the server was reached.
fn hang_up(mut stream: TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(HANG_UP_TIMEOUT));
    let _ = stream.read(&mut [0; 64]);
}

/// Describes an error of a connection: `connection refused` rather than `Connection refused (os error 111)`.
pub(crate) fn describe(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AddrNotAvailable {
        return "this machine has no local port left for it; wait a minute".to_owned();
    }
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_sent_and_not_shown() {
        for (url, public, header) in [
            ("http://h:80/", "http://h:80/", None),
            (
                "http://Aladdin:open%20sesame@h:80/x?a@b",
                "http://h:80/x?a@b",
                Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ),
            ("http://me@h", "http://h", Some("Basic bWU6")),
            ("http://a:b@c@h/", "http://h/", Some("Basic YTpiQGM=")),
        ] {
            assert_eq!(shown(url), public);
            assert_eq!(authorization(&parse_url(url).unwrap()).as_deref(), header, "{url}");
        }
        assert!(!parse_url("https://a:secret@h").unwrap_err().to_string().contains("secret"));
        assert!(!parse_url("http://a:secret@h:x").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn only_plain_http_urls_with_a_host_are_taken() {
        for (text, taken) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:8080/events", true),
            ("HTTP://example.com", true),
            ("https://127.0.0.1:8080", false),
            ("ftp://127.0.0.1", false),
            ("localhost:8080", false),
            ("127.0.0.1:8080", false),
            ("http://", false),
            ("http://:8080", false),
            ("http://127.0.0.1:99999", false),
            ("", false),
            ("nonsense", false),
        ] {
            assert_eq!(parse_url(text).is_ok(), taken, "{text:?}");
        }
    }
}
