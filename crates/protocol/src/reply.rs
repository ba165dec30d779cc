//! The answers of a server.

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
    /// Returns code and reason phrase as in a status line.
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

/// The `reason` of a `rejected` answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The queue is full.
    ServerBusy,
    /// The server is stopping.
    ShuttingDown,
    /// The maximum number of users is reached.
    TooManyUsers,
    /// The maximum number of connections is reached.
    TooManyConnections,
}

/// An answer, which can be encoded any number of times.
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

    /// Returns `{"status":"accepted"}`, with [`Status::Ok`] for work that is done or
    /// [`Status::Accepted`] for work that is queued.
    pub fn accepted(status: Status) -> Reply {
        Reply::new(status, Cow::Borrowed(br#"{"status":"accepted"}"#))
    }

    /// Returns `503 {"status":"rejected","reason":…}`.
    pub fn rejected(reason: Rejection) -> Reply {
        let body: &[u8] = match reason {
            Rejection::ServerBusy => br#"{"status":"rejected","reason":"server_busy"}"#,
            Rejection::ShuttingDown => br#"{"status":"rejected","reason":"shutting_down"}"#,
            Rejection::TooManyUsers => br#"{"status":"rejected","reason":"too_many_users"}"#,
            Rejection::TooManyConnections => {
                br#"{"status":"rejected","reason":"too_many_connections"}"#
            }
        };
        let reply = Reply::new(Status::ServiceUnavailable, Cow::Borrowed(body));
        match reason {
            Rejection::ServerBusy => reply.with("Retry-After", "1"),
            Rejection::TooManyUsers => reply,
            Rejection::ShuttingDown | Rejection::TooManyConnections => {
                Reply { closes: true, ..reply }
            }
        }
    }

    /// Returns an answer with a JSON body.
    ///
    /// # Panics
    /// If `value` cannot be serialized, such as a map with keys other than strings.
    pub fn json(status: Status, value: &impl Serialize) -> Reply {
        let body = serde_json::to_vec(value).expect("a value with string keys");
        Reply::new(status, Cow::Owned(body))
    }

    /// Returns `200` with metrics for Prometheus.
    pub fn prometheus(metrics: Exposition) -> Reply {
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        let body = metrics.into_text().into_bytes();
        Reply { content_type, ..Reply::new(Status::Ok, Cow::Owned(body)) }
    }

    /// Returns `200` for a server that accepts new work, `503` for one that is draining.
    pub fn health(is_serving: bool) -> Reply {
        if is_serving {
            Reply::new(Status::Ok, Cow::Borrowed(br#"{"status":"ok"}"#))
        } else {
            Reply::new(Status::ServiceUnavailable, Cow::Borrowed(br#"{"status":"draining"}"#))
        }
    }

    /// Returns `204` with the methods that a path allows: the answer to OPTIONS.
    pub fn options(allow: String) -> Reply {
        Reply::new(Status::NoContent, Cow::Borrowed(b"")).with("Allow", allow)
    }

    /// Sets the additional field.
    pub(crate) fn with(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Reply {
        Reply { field: Some((name, value.into())), ..self }
    }

    /// Returns the status.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns true if the connection ends with this answer.
    pub fn closes(&self) -> bool {
        self.closes
    }
}
