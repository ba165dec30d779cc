//! What a server says.

use std::borrow::Cow;

use serde::Serialize;

use crate::metrics::Exposition;

/// The status codes that the servers use (RFC 9110 §15, RFC 6585).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the RFCs'
pub enum Status {
    Ok,
    Accepted,
    NoContent,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    ContentTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    ExpectationFailed,
    HeadersTooLarge,
    NotImplemented,
    ServiceUnavailable,
    VersionNotSupported,
}

impl Status {
    /// Code and reason phrase, as a status line has them.
    pub fn line(self) -> &'static str {
        match self {
            Status::Ok => "200 OK",
            Status::Accepted => "202 Accepted",
            Status::NoContent => "204 No Content",
            Status::BadRequest => "400 Bad Request",
            Status::NotFound => "404 Not Found",
            Status::MethodNotAllowed => "405 Method Not Allowed",
            Status::RequestTimeout => "408 Request Timeout",
            Status::ContentTooLarge => "413 Content Too Large",
            Status::UriTooLong => "414 URI Too Long",
            Status::UnsupportedMediaType => "415 Unsupported Media Type",
            Status::ExpectationFailed => "417 Expectation Failed",
            Status::HeadersTooLarge => "431 Request Header Fields Too Large",
            Status::NotImplemented => "501 Not Implemented",
            Status::ServiceUnavailable => "503 Service Unavailable",
            Status::VersionNotSupported => "505 HTTP Version Not Supported",
        }
    }
}

/// Why a server turned work away: the `reason` of a `rejected` answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The queue is full.
    ServerBusy,
    /// The server is stopping.
    ShuttingDown,
    /// One more user would be one too many.
    TooManyUsers,
    /// One more connection would be one too many.
    TooManyConnections,
}

/// One answer, ready to be encoded as often as needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub(crate) status: Status,
    pub(crate) field: Option<(&'static str, Cow<'static, str>)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Cow<'static, [u8]>,
    pub(crate) closes: bool,
}

impl Reply {
    fn new(status: Status, body: Cow<'static, [u8]>) -> Reply {
        Reply { status, field: None, content_type: "application/json", body, closes: false }
    }

    /// `{"status":"accepted"}`: [`Status::Ok`] when the work is done, [`Status::Accepted`] when it
    /// is queued.
    pub fn accepted(status: Status) -> Reply {
        Reply::new(status, Cow::Borrowed(br#"{"status":"accepted"}"#))
    }

    /// `503 {"status":"rejected","reason":…}`.
    pub fn rejected(why: Rejection) -> Reply {
        let body: &[u8] = match why {
            Rejection::ServerBusy => br#"{"status":"rejected","reason":"server_busy"}"#,
            Rejection::ShuttingDown => br#"{"status":"rejected","reason":"shutting_down"}"#,
            Rejection::TooManyUsers => br#"{"status":"rejected","reason":"too_many_users"}"#,
            Rejection::TooManyConnections => {
                br#"{"status":"rejected","reason":"too_many_connections"}"#
            }
        };
        let reply = Reply::new(Status::ServiceUnavailable, Cow::Borrowed(body));
        match why {
            Rejection::ServerBusy => reply.with("Retry-After", "1"),
            Rejection::TooManyUsers => reply,
            Rejection::ShuttingDown | Rejection::TooManyConnections => {
                Reply { closes: true, ..reply }
            }
        }
    }

    /// Anything that serde can write as JSON.
    ///
    /// # Panics
    /// When it cannot: a map whose keys are no strings. Nothing that the servers send is one.
    pub fn json(status: Status, value: &impl Serialize) -> Reply {
        let body = serde_json::to_vec(value).expect("a value with string keys");
        Reply::new(status, Cow::Owned(body))
    }

    /// Metrics for Prometheus.
    pub fn prometheus(metrics: Exposition) -> Reply {
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        let body = metrics.into_text().into_bytes();
        Reply { content_type, ..Reply::new(Status::Ok, Cow::Owned(body)) }
    }

    /// `200` from a server that takes new work, `503` from one that is being drained.
    pub fn health(is_serving: bool) -> Reply {
        match is_serving {
            true => Reply::new(Status::Ok, Cow::Borrowed(br#"{"status":"ok"}"#)),
            false => {
                Reply::new(Status::ServiceUnavailable, Cow::Borrowed(br#"{"status":"draining"}"#))
            }
        }
    }

    /// `204` with what a path allows: the answer to OPTIONS.
    pub fn options(allow: String) -> Reply {
        Reply::new(Status::NoContent, Cow::Borrowed(b"")).with("Allow", allow)
    }

    /// The same answer with one more field.
    pub(crate) fn with(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Reply {
        Reply { field: Some((name, value.into())), ..self }
    }

    /// Its status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Whether the connection ends with it.
    pub fn closes(&self) -> bool {
        self.closes
    }
}
