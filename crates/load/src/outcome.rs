//! What became of a request: accepted, rejected, or an error with its cause and fate.

use super::transport::Answer;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::error::Error;
use std::io;

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A 2xx whose JSON says `"status":"accepted"`, or the exact echo.
    Accepted,
    /// An answer of any status code whose JSON says `"status":"rejected"`.
    Rejected(Rejection),
    /// Everything else.
    Error(Cause, Fate),
}

/// The reason that a rejection gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// `server_busy`: the queue is full.
    ServerBusy,
    /// `shutting_down`: the server accepts no more.
    ShuttingDown,
    /// `too_many_users`: one more user than the server keeps.
    TooManyUsers,
    /// `too_many_connections`: decided before there was an event, so no metric counts it.
    TooManyConnections,
    /// None, or another one.
    Other,
}

/// Why a request got neither "accepted" nor "rejected".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
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
    /// This machine had no local port left for one more connection.
    Ports,
    /// Anything else: no HTTP.
    Other,
}

/// Whether the server can have seen a request that ended in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Not a byte of it left the client.
    NotSent,
    /// It may or may not have been done.
    Unknown,
}

/// The field of an answer that decides, and the one that says why; all others are free.
#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    /// A text, or anything else.
    #[serde(borrow)]
    reason: Option<&'a RawValue>,
}

impl Outcome {
    /// Reads an answer of the event contract.
    pub(crate) fn of_answer(answer: &Answer) -> Self {
        let Answer { status, body, .. } = answer;
        match said(body) {
            _ if !answer.whole => Self::Error(Cause::Body, Fate::Unknown),
            Some(said) if said.status == "accepted" && status.is_success() => Self::Accepted,
            Some(said) if said.status == "rejected" => Self::Rejected(said.rejection()),
            _ => Self::unexpected(status.is_success()),
        }
    }

    /// Reads an answer of a server that echoes.
    pub(crate) fn of_echo(answer: &Answer, sent: &[u8]) -> Self {
        let Answer { status, body, .. } = answer;
        let status = *status;
        match said(body) {
            _ if !answer.whole => Self::Error(Cause::Body, Fate::Unknown),
            _ if status == StatusCode::OK && body == sent => Self::Accepted,
            Some(said) if said.status == "rejected" => Self::Rejected(said.rejection()),
            _ => Self::unexpected(status == StatusCode::OK),
        }
    }

    /// There was an answer and it means nothing, so what the server did stays unknown.
    fn unexpected(status_is_right: bool) -> Self {
        let cause = if status_is_right { Cause::Body } else { Cause::Status };
        Self::Error(cause, Fate::Unknown)
    }

    /// Reads the error of a request that got no whole answer; `connected` says whether it ever had a
    /// connection to be sent on.
    pub(crate) fn of_failure(failure: &(dyn Error + 'static), connected: bool) -> Self {
        let cause = chain(failure).find_map(cause_of).unwrap_or(Cause::Other);
        // hyper cancels a request that it never began to write.
        let not_sent = !connected || chain(failure).any(is_canceled);
        Self::Error(cause, if not_sent { Fate::NotSent } else { Fate::Unknown })
    }

    /// There was no whole answer in time.
    pub(crate) fn of_timeout(connected: bool) -> Self {
        Self::Error(Cause::Timeout, if connected { Fate::Unknown } else { Fate::NotSent })
    }
}

impl Said<'_> {
    fn rejection(&self) -> Rejection {
        match self.reason.map(RawValue::get) {
            Some(r#""server_busy""#) => Rejection::ServerBusy,
            Some(r#""shutting_down""#) => Rejection::ShuttingDown,
            Some(r#""too_many_users""#) => Rejection::TooManyUsers,
            Some(r#""too_many_connections""#) => Rejection::TooManyConnections,
            _ => Rejection::Other,
        }
    }
}

/// What a body says, when it is a JSON object that says so once.
fn said(body: &[u8]) -> Option<Said<'_>> {
    // serde reads a struct from an array too; on the wire `["accepted"]` is no answer.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(body).ok())?
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
            AddrNotAvailable => Some(Cause::Ports),
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

    use Rejection::*;

    const fn rejected(reason: Rejection) -> Outcome {
        Outcome::Rejected(reason)
    }

    fn answer(status: u16, body: impl AsRef<[u8]>) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.as_ref().to_vec(),
            whole: true,
            retry_after: None,
            closes: false,
        }
    }

    const UNKNOWN_STATUS: Outcome = Outcome::Error(Cause::Status, Fate::Unknown);
    const UNKNOWN_BODY: Outcome = Outcome::Error(Cause::Body, Fate::Unknown);

    #[test]
    fn an_answer_is_read_from_status_and_body() {
        for (status, body, outcome) in [
            (200, r#"{"status":"accepted"}"#, Outcome::Accepted),
            (202, r#"{"status":"accepted"}"#, Outcome::Accepted),
            (202, r#" {"id":[1],"status" : "accepted"} "#, Outcome::Accepted),
            (202, r#"{"status":"acc\u0065pted"}"#, Outcome::Accepted),
            (503, r#"{"status":"rejected","reason":"server_busy"}"#, rejected(ServerBusy)),
            (429, r#"{"status":"rejected"}"#, rejected(Other)),
            (200, r#"{"status":"rejected"}"#, rejected(Other)),
            (302, r#"{"status":"rejected"}"#, rejected(Other)),
            (503, r#"{"reason":"shutting_down","status":"rejected"}"#, rejected(ShuttingDown)),
            (503, r#"{"status":"rejected","reason":"too_many_users"}"#, rejected(TooManyUsers)),
            (
                503,
                r#"{"status":"rejected","reason": "too_many_connections"}"#,
                rejected(TooManyConnections),
            ),
            (503, r#"{"status":"rejected","reason":["server_busy"]}"#, rejected(Other)),
            (503, r#"{"status":"rejected","reason":null}"#, rejected(Other)),
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
            assert_eq!(Outcome::of_answer(&answer(status, body)), outcome, "{status} {body}");
        }
        assert_eq!(Outcome::of_answer(&answer(200, b"\xff\xfe")), UNKNOWN_BODY);
        let cut = Answer { whole: false, ..answer(202, r#"{"status":"accepted"}"#) };
        assert_eq!(Outcome::of_answer(&cut), UNKNOWN_BODY);
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
            (503, r#"{"status":"rejected"}"#, rejected(Other)),
        ] {
            assert_eq!(
                Outcome::of_echo(&answer(status, body), b"sent"),
                outcome,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_cause_is_found_however_deep_it_lies() {
        use io::ErrorKind;
        for (kind, cause) in [
            (ErrorKind::ConnectionRefused, Cause::Refused),
            (ErrorKind::ConnectionReset, Cause::Reset),
            (ErrorKind::ConnectionAborted, Cause::Reset),
            (ErrorKind::BrokenPipe, Cause::Reset),
            (ErrorKind::UnexpectedEof, Cause::Closed),
            (ErrorKind::TimedOut, Cause::Timeout),
            (ErrorKind::AddrNotAvailable, Cause::Ports),
            // The text of an error never decides.
            (ErrorKind::Other, Cause::Other),
        ] {
            let innermost = io::Error::new(kind, "connection refused, reset, closed, timed out");
            let wrapped = io::Error::other(io::Error::other(innermost));
            for (connected, fate) in [(true, Fate::Unknown), (false, Fate::NotSent)] {
                let outcome = Outcome::of_failure(&wrapped, connected);
                assert_eq!(outcome, Outcome::Error(cause, fate), "{kind:?}");
            }
        }
    }
}
