//! Classifies the outcome of a request: accepted, rejected, or an error with its cause and fate.

use super::rules::{Outcomes, Rule};
use super::transport::Answer;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::error::Error;
use std::io;

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A 2xx whose JSON says `"status":"accepted"`, or the exact echo.
    Accepted,
    /// An answer of any status code whose JSON says `"status":"rejected"`.
    Rejected(Rejection),
    /// Anything else.
    Error(Cause, Fate),
}

/// The reason of a rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// `server_busy`: the queue is full.
    ServerBusy,
    /// `shutting_down`: the server accepts no more.
    ShuttingDown,
    /// `too_many_users`: the limit of users is reached.
    TooManyUsers,
    /// `too_many_connections`: decided before an event is read, so that the metrics do not count
    /// it.
    TooManyConnections,
    /// Another reason, or none.
    Other,
}

/// The cause of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Connection refused.
    Refused,
    /// Connection reset, or a write to a connection that was.
    Reset,
    /// Connection closed before the answer was complete.
    Closed,
    /// No complete answer within the timeout.
    Timeout,
    /// An answer with a status code that is not in the contract.
    Status,
    /// A 2xx with a body that is not in the contract, or is too large.
    Body,
    /// No local port left for another connection.
    Ports,
    /// Anything else, such as an answer that is not HTTP.
    Other,
}

/// Whether the server can have received a request that ended in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was not: nothing was sent.
    NotSent,
    /// It may have been received and processed.
    Unknown,
}

/// The fields of an answer that decide; all others are ignored.
#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    /// Usually a string, but any type is allowed.
    #[serde(borrow)]
    reason: Option<&'a RawValue>,
}

/// Classifies answers and remembers the last one, since most are equal.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    last: Option<(StatusCode, Vec<u8>, Outcome)>,
}

impl Reader {
    /// Classifies an answer; `echo` is the body sent to a server that echoes.
    pub(crate) fn read(
        &mut self,
        answer: &Answer,
        outcomes: &Outcomes,
        echo: Option<&[u8]>,
    ) -> Outcome {
        if let Some(sent) = echo {
            return Outcome::from_echo(answer, sent);
        }
        match &self.last {
            Some((status, body, outcome))
                if answer.is_complete && *status == answer.status && *body == answer.body =>
            {
                *outcome
            }
            _ => {
                let outcome = match outcomes {
                    Outcomes::Rules { accept, reject } => {
                        Outcome::from_rules(answer, accept, reject)
                    }
                    Outcomes::Contract | Outcomes::Echo => Outcome::from_answer(answer),
                };
                self.last =
                    answer.is_complete.then(|| (answer.status, answer.body.clone(), outcome));
                outcome
            }
        }
    }
}

impl Outcome {
    /// Classifies an answer to an event.
    pub(crate) fn from_answer(answer: &Answer) -> Self {
        let Answer { status, body, .. } = answer;
        match Reply::parse(body) {
            _ if !answer.is_complete => Self::Error(Cause::Body, Fate::Unknown),
            Some(reply) if reply.status == "accepted" && status.is_success() => Self::Accepted,
            Some(reply) if reply.status == "rejected" => Self::Rejected(reply.rejection()),
            _ => Self::unexpected(status.is_success()),
        }
    }

    /// Classifies an answer of a server that echoes.
    pub(crate) fn from_echo(answer: &Answer, sent: &[u8]) -> Self {
        let Answer { status, body, .. } = answer;
        let status = *status;
        match Reply::parse(body) {
            _ if !answer.is_complete => Self::Error(Cause::Body, Fate::Unknown),
            _ if status == StatusCode::OK && body == sent => Self::Accepted,
            Some(reply) if reply.status == "rejected" => Self::Rejected(reply.rejection()),
            _ => Self::unexpected(status == StatusCode::OK),
        }
    }

    /// Classifies an answer by rules; a rejection takes precedence.
    fn from_rules(answer: &Answer, accept: &[Rule], reject: &[Rule]) -> Self {
        let Answer { status, body, .. } = answer;
        let holds = |rules: &[Rule]| rules.iter().any(|rule| rule.holds(status.as_u16(), body));
        if holds(reject) {
            Self::Rejected(Reply::parse(body).map_or(Rejection::Other, |reply| reply.rejection()))
        } else if holds(accept) {
            Self::Accepted
        } else {
            Self::unexpected(status.is_success())
        }
    }

    /// Returns the error for an answer that is not in the contract.
    fn unexpected(status_is_right: bool) -> Self {
        let cause = if status_is_right { Cause::Body } else { Cause::Status };
        Self::Error(cause, Fate::Unknown)
    }

    /// Classifies the error of a request without a complete answer; `connected` is true if it had a
    /// connection.
    pub(crate) fn from_failure(failure: &(dyn Error + 'static), connected: bool) -> Self {
        let cause = chain(failure).find_map(cause_of).unwrap_or(Cause::Other);
        // hyper cancels a request only before it begins to write it.
        let not_sent = !connected || chain(failure).any(is_canceled);
        Self::Error(cause, if not_sent { Fate::NotSent } else { Fate::Unknown })
    }

    /// Returns the error for a request that timed out.
    pub(crate) fn from_timeout(connected: bool) -> Self {
        Self::Error(Cause::Timeout, if connected { Fate::Unknown } else { Fate::NotSent })
    }
}

impl<'a> Reply<'a> {
    /// Parses a body; `None` unless it is a JSON object with one `status`.
    fn parse(body: &'a [u8]) -> Option<Self> {
        // Serde would also read a struct from an array.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        is_object.then(|| serde_json::from_slice(body).ok())?
    }

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

/// Returns an error and its sources, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // The `source` of an `io::Error` skips the error that it wraps.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

/// Returns the cause that the type of an error tells, if any.
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
    // The source of a cancelled request may be a reset, which is more specific.
    let has_source = error.source().is_some();
    (error.is_incomplete_message() || error.is_closed() || (error.is_canceled() && !has_source))
        .then_some(Cause::Closed)
}

fn is_canceled(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::LongBodies;

    use Rejection::*;

    const fn rejected(reason: Rejection) -> Outcome {
        Outcome::Rejected(reason)
    }

    fn answer(status: u16, body: impl AsRef<[u8]>) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.as_ref().to_vec(),
            is_complete: true,
            long_bodies: LongBodies::Cut,
            retry_after: None,
            closes: false,
        }
    }

    const UNKNOWN_STATUS: Outcome = Outcome::Error(Cause::Status, Fate::Unknown);
    const UNKNOWN_BODY: Outcome = Outcome::Error(Cause::Body, Fate::Unknown);

    #[test]
    fn an_answer_is_classified_by_status_and_body() {
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
            // The status code and the body contradict each other.
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
            assert_eq!(Outcome::from_answer(&answer(status, body)), outcome, "{status} {body}");
        }
        assert_eq!(Outcome::from_answer(&answer(200, b"\xff\xfe")), UNKNOWN_BODY);
        let cut = Answer { is_complete: false, ..answer(202, r#"{"status":"accepted"}"#) };
        assert_eq!(Outcome::from_answer(&cut), UNKNOWN_BODY);
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
                Outcome::from_echo(&answer(status, body), b"sent"),
                outcome,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_cause_is_found_at_any_depth() {
        use io::ErrorKind;
        for (kind, cause) in [
            (ErrorKind::ConnectionRefused, Cause::Refused),
            (ErrorKind::ConnectionReset, Cause::Reset),
            (ErrorKind::ConnectionAborted, Cause::Reset),
            (ErrorKind::BrokenPipe, Cause::Reset),
            (ErrorKind::UnexpectedEof, Cause::Closed),
            (ErrorKind::TimedOut, Cause::Timeout),
            (ErrorKind::AddrNotAvailable, Cause::Ports),
            // The text of an error does not matter.
            (ErrorKind::Other, Cause::Other),
        ] {
            let innermost = io::Error::new(kind, "connection refused, reset, closed, timed out");
            let wrapped = io::Error::other(io::Error::other(innermost));
            for (connected, fate) in [(true, Fate::Unknown), (false, Fate::NotSent)] {
                let outcome = Outcome::from_failure(&wrapped, connected);
                assert_eq!(outcome, Outcome::Error(cause, fate), "{kind:?}");
            }
        }
    }
}
