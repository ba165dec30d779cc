//! The server under load: its URL checked, and reached once before any load is sent.

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
        .map_err(|error| UrlError::Nonsense { text: text.to_owned(), reason: error.to_string() })?;
    match url.scheme() {
        "http" => Ok(url),
        // `localhost:8080` reads as a URL of the scheme `localhost`.
        scheme => Err(UrlError::Scheme { text: text.to_owned(), scheme: scheme.to_owned() }),
    }
}

/// Finds the address at which the server takes connections, by making one.
pub(crate) fn reach(url: &Url, timeout: Duration) -> Result<SocketAddr, Unreachable> {
    let unreachable = |error: io::Error| Unreachable {
        url: url.as_str().trim_end_matches('/').to_owned(),
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

/// `connection refused` rather than `Connection refused (os error 111)`.
fn describe(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => error.kind().to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
