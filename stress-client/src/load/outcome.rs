//! What became of a request: accepted, rejected, or an error with its cause and fate.

use reqwest::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;
use std::error::Error;
use std::io;

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A 2xx whose JSON says `"status":"accepted"`, or the exact echo.
    Accepted,
    /// An answer of any status code whose JSON says `"status":"rejected"`.
    Rejected,
    /// Everything else.
    Error(Cause, Fate),
}

/// Why a request got neither "accepted" nor "rejected".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nobody listens there.
    Refused,
    /// The connection was broken off: a TCP reset, or a write after one.
    Reset,
    /// The connection was closed before the whole answer had come.
    Closed,
    /// No whole answer within the timeout.
    Timeout,
    /// An answer with another status code than those of the contract.
    Status,
    /// A 2xx with another body than those of the contract, or one beyond all bounds.
    Body,
    /// Anything else: no HTTP, no local port left.
    Other,
}

/// Whether the server can have seen a request that ended in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Not a byte of it left the client.
    NotSent,
    /// It may or may not have been done.
    Unknown,
}

/// The one field of an answer that decides; all others are free.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
}

impl Outcome {
    /// Reads an answer of the event contract.
    pub(super) fn of_answer(status: StatusCode, body: &[u8]) -> Self {
        match said(body).as_deref() {
            Some("accepted") if status.is_success() => Self::Accepted,
            Some("rejected") => Self::Rejected,
            _ => Self::unexpected(status.is_success()),
        }
    }

    /// Reads an answer of a server that echoes.
    pub(super) fn of_echo(status: StatusCode, body: &[u8], sent: &[u8]) -> Self {
        if status == StatusCode::OK && body == sent {
            Self::Accepted
        } else if said(body).as_deref() == Some("rejected") {
            Self::Rejected
        } else {
            Self::unexpected(status == StatusCode::OK)
        }
    }

    /// There was an answer and it means nothing, so what the server did stays unknown.
    fn unexpected(status_is_right: bool) -> Self {
        let cause = if status_is_right { Cause::Body } else { Cause::Status };
        Self::Error(cause, Fate::Unknown)
    }

    /// Reads the error of a request that got no whole answer.
    pub(super) fn of_error(error: &reqwest::Error) -> Self {
        let cause = if error.is_timeout() {
            Cause::Timeout
        } else {
            chain(error).find_map(cause_of).unwrap_or(Cause::Other)
        };
        // hyper cancels a request that it never began to write. A timeout that struck while
        // connecting cannot be told from a later one, and the honest word for both is "unknown".
        let fate = if error.is_connect() || chain(error).any(is_canceled) {
            Fate::NotSent
        } else {
            Fate::Unknown
        };
        Self::Error(cause, fate)
    }
}

/// What a body says under `"status"`, when it is a JSON object that says so once.
fn said(body: &[u8]) -> Option<Cow<'_, str>> {
    // serde reads a struct from an array too; on the wire `["accepted"]` is no answer.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let answer: Answer<'_> = is_object.then(|| serde_json::from_slice(body).ok())??;
    Some(answer.status)
}

/// An error and all that it wraps, from the outside in.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An `io::Error` made of another error hides that one from `source`.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

/// The cause that one link of the chain names by its type, if it does.
fn cause_of(error: &(dyn Error + 'static)) -> Option<Cause> {
    use io::ErrorKind::*;
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.kind() {
            ConnectionRefused => Some(Cause::Refused),
            ConnectionReset | ConnectionAborted | BrokenPipe => Some(Cause::Reset),
            UnexpectedEof => Some(Cause::Closed),
            TimedOut => Some(Cause::Timeout),
            _ => None,
        };
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    // A cancelled request's own source may be a reset, which says more: it is looked at first.
    let bare = error.source().is_none();
    (error.is_incomplete_message() || error.is_closed() || (error.is_canceled() && bare))
        .then_some(Cause::Closed)
}

fn is_canceled(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN_STATUS: Outcome = Outcome::Error(Cause::Status, Fate::Unknown);
    const UNKNOWN_BODY: Outcome = Outcome::Error(Cause::Body, Fate::Unknown);

    #[test]
    fn an_answer_is_read_from_status_and_body() {
        for (status, body, outcome) in [
            (200, r#"{"status":"accepted"}"#, Outcome::Accepted),
            (202, r#"{"status":"accepted"}"#, Outcome::Accepted),
            (202, r#" {"id":[1],"status" : "accepted"} "#, Outcome::Accepted),
            (202, r#"{"status":"acc\u0065pted"}"#, Outcome::Accepted),
            (503, r#"{"status":"rejected","reason":"server_busy"}"#, Outcome::Rejected),
            (429, r#"{"status":"rejected"}"#, Outcome::Rejected),
            (200, r#"{"status":"rejected"}"#, Outcome::Rejected),
            (302, r#"{"status":"rejected"}"#, Outcome::Rejected),
            // A refusal that says "accepted" is a lie, and so is a yes without the word.
            (500, r#"{"status":"accepted"}"#, UNKNOWN_STATUS),
            (302, r#"{"status":"accepted"}"#, UNKNOWN_STATUS),
            (503, "busy", UNKNOWN_STATUS),
            (400, r#"{"status":"error","reason":"invalid_json"}"#, UNKNOWN_STATUS),
            (404, "", UNKNOWN_STATUS),
            (202, "", UNKNOWN_BODY),
            (202, "accepted", UNKNOWN_BODY),
            (202, r#""accepted""#, UNKNOWN_BODY),
            (202, r#"["accepted"]"#, UNKNOWN_BODY),
            (202, r#"{"status":"Accepted"}"#, UNKNOWN_BODY),
            (202, r#"{"status":["accepted"]}"#, UNKNOWN_BODY),
            (202, r#"{"reason":"accepted"}"#, UNKNOWN_BODY),
            (202, r#"{"status":"accepted"} {}"#, UNKNOWN_BODY),
            (202, r#"{"status":"accepted""#, UNKNOWN_BODY),
            (202, r#"{"status":"accepted","status":"rejected"}"#, UNKNOWN_BODY),
        ] {
            let read = Outcome::of_answer(StatusCode::from_u16(status).unwrap(), body.as_bytes());
            assert_eq!(read, outcome, "{status} {body}");
        }
        assert_eq!(Outcome::of_answer(StatusCode::OK, b"\xff\xfe"), UNKNOWN_BODY);
    }

    #[test]
    fn an_echo_is_exact_or_an_error() {
        for (status, body, outcome) in [
            (200, "sent", Outcome::Accepted),
            (200, "sent ", UNKNOWN_BODY),
            (200, "", UNKNOWN_BODY),
            (200, r#"{"status":"accepted"}"#, UNKNOWN_BODY),
            (202, "sent", UNKNOWN_STATUS),
            (404, "sent", UNKNOWN_STATUS),
            (503, r#"{"status":"rejected"}"#, Outcome::Rejected),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let read = Outcome::of_echo(status, body.as_bytes(), b"sent");
            assert_eq!(read, outcome, "{status} {body}");
        }
    }

    #[test]
    fn a_cause_is_found_however_deep_it_lies() {
        use io::ErrorKind::*;
        for (kind, cause) in [
            (ConnectionRefused, Some(Cause::Refused)),
            (ConnectionReset, Some(Cause::Reset)),
            (ConnectionAborted, Some(Cause::Reset)),
            (BrokenPipe, Some(Cause::Reset)),
            (UnexpectedEof, Some(Cause::Closed)),
            (TimedOut, Some(Cause::Timeout)),
            (AddrNotAvailable, None),
            // The text of an error never decides.
            (Other, None),
        ] {
            let innermost = io::Error::new(kind, "connection refused, reset, closed, timed out");
            let wrapped = io::Error::other(io::Error::other(innermost));
            assert_eq!(chain(&wrapped).find_map(cause_of), cause, "{kind:?}");
        }
    }
}
