//! Checks the URL of a server and whether it can be reached.

use super::plan::Engine;
use base64::Engine as _;
use reqwest::Url;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);
/// The time that the server has to close the connection of [`reach`].
const CLOSE_TIMEOUT: Duration = Duration::from_millis(200);

/// Errors in the URL of a server.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// The text is not a URL.
    #[error("{text:?} is not a URL ({reason}): write it like http://127.0.0.1:8080")]
    Invalid {
        /// The given text, without credentials.
        text: String,
        /// The parser's error.
        reason: String,
    },
    /// The scheme is not `http`.
    #[error("{text:?}: only http:// is supported, not {scheme}://{hint}")]
    Scheme {
        /// The given text, without credentials.
        text: String,
        /// The scheme.
        scheme: String,
        /// The part of the message that says when it would be supported.
        hint: &'static str,
    },
}

/// The error for a server that cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach {url}: {reason}")]
pub struct Unreachable {
    url: String,
    reason: String,
}

/// Parses the URL of a server: plain HTTP, with a host.
///
/// # Errors
/// When it is not a URL, or has another scheme.
pub fn parse_url(text: &str) -> Result<Url, UrlError> {
    parse(text, |scheme| if scheme == "http" { Ok(()) } else { Err("") })
}

/// Parses the URL of a run: plain HTTP, or HTTPS if the build and the engine support it.
///
/// # Errors
/// When it is not a URL, or has another scheme.
pub(crate) fn parse_target(text: &str, engine: Engine) -> Result<Url, UrlError> {
    parse(text, |scheme| match (scheme, engine) {
        ("http", _) => Ok(()),
        ("https", _) if !cfg!(feature = "https") => Err(", in a build without --features https"),
        ("https", Engine::Reqwest) => Ok(()),
        ("https", _) => Err(", by the engine raw: use reqwest"),
        _ => Err(""),
    })
}

/// Parses a URL; `supports` returns a hint for the error if a scheme is not supported.
fn parse(
    text: &str,
    supports: impl FnOnce(&str) -> Result<(), &'static str>,
) -> Result<Url, UrlError> {
    let url = Url::parse(text)
        .map_err(|error| UrlError::Invalid { text: redact(text), reason: error.to_string() })?;
    // `localhost:8080` parses as a URL with the scheme `localhost`.
    let scheme = url.scheme().to_owned();
    supports(&scheme).map_err(|hint| UrlError::Scheme { text: redact(text), scheme, hint })?;
    Ok(url)
}

/// Removes the user and the password from a URL, so that it can be printed.
#[must_use]
pub fn redact(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    match url[start..end].rfind('@') {
        Some(at) => format!("{}{}", &url[..start], &url[start + at + 1..]),
        None => url.to_owned(),
    }
}

/// Returns the `Authorization` header for a URL's user and password (RFC 7617); `None` without
/// them.
pub(crate) fn authorization(url: &Url) -> Option<String> {
    let decoded = |text| percent_encoding::percent_decode_str(text);
    let (user, password) = (url.username(), url.password());
    (!user.is_empty() || password.is_some()).then(|| {
        let password = decoded(password.unwrap_or_default());
        let pair: Vec<u8> = decoded(user).chain([b':']).chain(password).collect();
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair))
    })
}

/// Connects to the server and returns the first of its addresses that accepts a connection.
///
/// # Errors
/// When none of them does within the timeout, or within five seconds if that is shorter.
pub fn reach(url: &Url, timeout: Duration) -> Result<SocketAddr, Unreachable> {
    let unreachable = |error: io::Error| Unreachable {
        url: redact(url.as_str().trim_end_matches('/')),
        reason: describe(&error),
    };
    let mut last = io::Error::other("the host has no address");
    for address in url.socket_addrs(|| None).map_err(unreachable)? {
        match TcpStream::connect_timeout(&address, timeout.min(CONNECT_TIMEOUT_MAX)) {
            Ok(stream) => {
                close(stream);
                return Ok(address);
            }
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

/// Closes a connection and waits until the server has closed it too, so that it does not count
/// against the server's limit during the run.
fn close(mut stream: TcpStream) {
    // Ignore errors: the server was reached.
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(CLOSE_TIMEOUT));
    let _ = stream.read(&mut [0; 64]);
}

/// Describes a connection error: `connection refused` instead of `Connection refused (os error
/// 111)`.
pub(crate) fn describe(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AddrNotAvailable {
        return "this machine has no local port left; wait a minute".to_owned();
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
    fn credentials_are_sent_and_not_shown() {
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
            assert_eq!(redact(url), public);
            assert_eq!(authorization(&parse_url(url).unwrap()).as_deref(), header, "{url}");
        }
        assert!(!parse_url("https://a:secret@h").unwrap_err().to_string().contains("secret"));
        assert!(!parse_url("http://a:secret@h:x").unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn only_plain_http_urls_with_a_host_are_valid() {
        for (text, valid) in [
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
            assert_eq!(parse_url(text).is_ok(), valid, "{text:?}");
        }
    }
}
