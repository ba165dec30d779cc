//! Expected answers as data, and their comparison with actual ones.

use super::date::is_imf_fixdate;
use super::dialect::Dialect;
use super::promise::{Stop, ensure};
use super::response::{Bytes, Response, To};
use super::target::Target;
use std::fmt::{self, Display, Formatter};

/// An expected answer. Anything that it does not name is free.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The allowed status codes.
    statuses: Vec<u16>,
    body: Body,
    fields: Vec<(&'static str, Field)>,
    /// The maximum length of the body.
    body_max: usize,
    pub(crate) to: To,
    /// True if a `100 Continue` may precede it.
    pub(crate) continued: bool,
    pub(crate) then: Then,
}

/// The state of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It serves another request.
    Open,
    /// It is closed without an answer to anything sent after the request, if that is a habit of
    /// the server.
    Closed,
    /// The same, whatever its habits: the client has asked for it.
    Ended,
    /// Either of them.
    Either,
}

#[derive(Debug, Clone)]
enum Body {
    Any,
    Exactly(Vec<u8>),
    /// A JSON object with at least these strings.
    Says(Vec<(&'static str, &'static str)>),
    /// The event was accepted: 200 in stages 3 and 4, 202 from 5 on, where the queue may also be
    /// full.
    Accepted,
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Lists(&'static str),
    Omits(&'static str),
    Is(&'static str),
    Absent,
    Date,
}

/// Expects an answer with this status.
pub(crate) fn answer(status: u16) -> Answer {
    Answer {
        statuses: vec![status],
        body: Body::Any,
        fields: Vec::new(),
        body_max: usize::MAX,
        to: To::Other,
        continued: false,
        then: Then::Either,
    }
}

/// Expects an error with this status and this reason in its JSON body.
pub(crate) fn error(status: u16, reason: &'static str) -> Answer {
    answer(status).saying("status", "error").saying("reason", reason)
}

/// Expects `400 invalid_http` and the end of the connection.
pub(crate) fn invalid_http() -> Answer {
    error(400, "invalid_http").closed()
}

/// Expects `400 invalid_json`; the framing was valid, so the connection stays open.
pub(crate) fn invalid_json() -> Answer {
    error(400, "invalid_json").open()
}

/// Expects that the event was accepted, or from stage 5 on found the queue full; the connection
/// stays open.
pub(crate) fn accepted() -> Answer {
    Answer { body: Body::Accepted, statuses: Vec::new(), ..answer(200) }.open()
}

impl Answer {
    /// Expects one of the statuses for a request that is too large or invalid.
    pub(crate) fn client_error() -> Self {
        Self { statuses: vec![400, 413, 431], ..answer(400) }
    }

    /// Allows another status.
    pub(crate) fn or(mut self, status: u16) -> Self {
        self.statuses.push(status);
        self
    }

    /// Allows any status: only the number and the order of the answers count.
    pub(crate) fn or_any(self) -> Self {
        Self { statuses: (200..600).collect(), body: Body::Any, ..self }
    }

    pub(crate) fn open(self) -> Self {
        Self { then: Then::Open, ..self }
    }

    pub(crate) fn closed(self) -> Self {
        Self { then: Then::Closed, ..self }
    }

    pub(crate) fn ends(self) -> Self {
        Self { then: Then::Ended, ..self }
    }

    /// Marks it as the answer to a `HEAD` request.
    pub(crate) fn for_head(self) -> Self {
        Self { to: To::Head, ..self }
    }

    /// Allows a `100 Continue` before it.
    pub(crate) fn maybe_continued(self) -> Self {
        Self { continued: true, ..self }
    }

    pub(crate) fn saying(mut self, key: &'static str, value: &'static str) -> Self {
        match &mut self.body {
            Body::Says(pairs) => pairs.push((key, value)),
            body => *body = Body::Says(vec![(key, value)]),
        }
        self
    }

    pub(crate) fn body(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self { body: Body::Exactly(bytes.into()), ..self }
    }

    /// Limits the length of the body.
    pub(crate) fn at_most(self, body_max: usize) -> Self {
        Self { body_max, ..self }
    }

    /// Requires a list field to contain this token.
    pub(crate) fn lists(self, name: &'static str, token: &'static str) -> Self {
        self.field(name, Field::Lists(token))
    }

    /// Requires a list field without this token.
    pub(crate) fn omits(self, name: &'static str, token: &'static str) -> Self {
        self.field(name, Field::Omits(token))
    }

    pub(crate) fn with(self, name: &'static str, value: &'static str) -> Self {
        self.field(name, Field::Is(value))
    }

    pub(crate) fn without(self, name: &'static str) -> Self {
        self.field(name, Field::Absent)
    }

    /// Requires a `Date` in the form of RFC 9110.
    pub(crate) fn dated(self) -> Self {
        self.field("Date", Field::Date)
    }

    fn field(mut self, name: &'static str, field: Field) -> Self {
        self.fields.push((name, field));
        self
    }

    /// Returns true if the request is refused.
    pub(crate) fn is_refusal(&self) -> bool {
        self.statuses.iter().all(|status| *status >= 400) && !self.accepts_event()
    }

    /// Returns true if the server has to accept an event.
    pub(crate) fn accepts_event(&self) -> bool {
        matches!(self.body, Body::Accepted)
    }

    /// Returns the name of the check whose outcome this answer presupposes, if the server has
    /// failed it.
    pub(crate) fn unmet(&self, dialect: &Dialect) -> Option<&'static str> {
        match self.body {
            Body::Accepted if dialect.accepted.is_none() => Some("event-accepted"),
            _ if self.is_of("invalid_json") && dialect.refused.is_none() => {
                Some("event-empty-object")
            }
            _ => None,
        }
    }

    /// Compares with the answer of a server with that dialect.
    ///
    /// # Errors
    /// The difference; [`Stop::OtherBody`] if there is one only in the body.
    pub(crate) fn judge(&self, got: &Response, dialect: &Dialect, stage: u8) -> Result<(), Stop> {
        let differs = |wrong: String| Stop::Failed(format!("{got} ({wrong})"));
        if let Body::Accepted = self.body {
            let accepted = dialect.accepted == Some(got.status);
            if !accepted && (stage < 5 || !is_busy(got)) {
                return Err(differs(format!("stage {stage} accepts this event")));
            }
            // The checks of the queue judge the answer of a full one.
            if !accepted {
                return Ok(());
            }
        } else if !self.statuses.contains(&got.status) && !self.is_dialect(got, dialect) {
            return Err(differs(format!("expected status {}", Statuses(&self.statuses))));
        }
        for (name, field) in &self.fields {
            if !field.holds(name, got) {
                return Err(differs(format!("expected {name}: {field}")));
            }
        }
        let (length, most) = (got.body.len(), self.body_max);
        if length > most {
            return Err(differs(format!("the body has {length} bytes, expected at most {most}")));
        }
        // Bodies of another form fail one check.
        if self.reason().is_some_and(|reason| dialect.foreign.contains(&reason)) {
            return Ok(());
        }
        self.judge_body(got).map_err(|wrong| match self.body {
            Body::Exactly(_) => differs(wrong),
            _ => Stop::OtherBody(format!("{got} ({wrong})")),
        })
    }

    fn judge_body(&self, got: &Response) -> Result<(), String> {
        match &self.body {
            Body::Accepted if !got.says("status", "accepted") => {
                Err("expected \"status\":\"accepted\"".to_owned())
            }
            Body::Says(pairs) if self.to == To::Other => {
                match pairs.iter().find(|(key, value)| !got.says(key, value)) {
                    Some((key, value)) => Err(format!("expected \"{key}\":\"{value}\"")),
                    None => Ok(()),
                }
            }
            Body::Exactly(bytes) if got.body != *bytes => {
                Err(format!("expected the body `{}`", Bytes(bytes)))
            }
            _ => Ok(()),
        }
    }

    /// Returns true if this is the server's own answer in place of the expected one.
    fn is_dialect(&self, got: &Response, dialect: &Dialect) -> bool {
        (self.is_of("invalid_json") && dialect.refused == Some(got.status))
            || (self.is_of("not_found") && dialect.not_found == got.status)
    }

    fn is_of(&self, reason: &str) -> bool {
        self.reason() == Some(reason)
    }

    /// Returns the reason of the expected error, or `accepted`.
    fn reason(&self) -> Option<&'static str> {
        match &self.body {
            Body::Accepted => Some("accepted"),
            Body::Says(pairs) => {
                pairs.iter().find(|(key, _)| *key == "reason").map(|(_, reason)| *reason)
            }
            _ => None,
        }
    }

    /// Describes the answer that a server of that stage gives.
    pub(crate) fn describe(&self, stage: u8) -> String {
        let statuses = Statuses(&self.statuses);
        let mut text = match &self.body {
            Body::Accepted => {
                let status = if stage < 5 { 200 } else { 202 };
                let busy =
                    if stage < 5 { "" } else { ", or 503 server_busy while the queue is full" };
                format!("{status} {{\"status\":\"accepted\"}}{busy}")
            }
            Body::Any => statuses.to_string(),
            Body::Exactly(bytes) => format!("{statuses} with the body `{}`", Bytes(bytes)),
            Body::Says(pairs) => {
                let pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
                format!("{statuses} with {{{}}}", pairs.join(","))
            }
        };
        for (name, field) in &self.fields {
            text += &format!(", {name}: {field}");
        }
        if self.body_max < usize::MAX {
            text += &format!(", at most {} bytes of body", self.body_max);
        }
        if self.to == To::Head {
            text += ", no body";
        }
        text
    }

    /// Describes what follows the answer.
    pub(crate) fn describe_end(&self) -> &'static str {
        match self.then {
            Then::Open => "; the connection serves another request",
            Then::Closed | Then::Ended => "; then closed, without another answer",
            Then::Either => "",
        }
    }
}

/// Expects an error with this status and this reason.
pub(crate) fn ensure_error(
    target: &Target,
    got: &Response,
    status: u16,
    reason: &str,
) -> Result<(), Stop> {
    ensure(got.status == status, format!("{got} (expected status {status})"))?;
    if got.says("reason", reason) || target.dialect.foreign.contains(&reason) {
        return Ok(());
    }
    Err(Stop::OtherBody(format!("{got} (expected \"reason\":\"{reason}\")")))
}

/// Returns true if the event was rejected, as while the queue is full.
pub(crate) fn is_busy(got: &Response) -> bool {
    got.status == 503
}

impl Field {
    fn holds(self, name: &str, got: &Response) -> bool {
        let value = got.field(name);
        match self {
            Self::Lists(token) => got.lists(name, token),
            Self::Omits(token) => value.is_some() && !got.lists(name, token),
            Self::Is(expected) => value.is_some_and(|value| value.eq_ignore_ascii_case(expected)),
            Self::Absent => value.is_none(),
            Self::Date => value.is_some_and(is_imf_fixdate),
        }
    }
}

struct Statuses<'a>(&'a [u16]);

impl Display for Statuses<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.len() > 10 {
            return f.write_str("any status");
        }
        let statuses: Vec<String> = self.0.iter().map(u16::to_string).collect();
        f.write_str(&statuses.join(" or "))
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lists(token) => write!(f, "a list with {token}"),
            Self::Omits(token) => write!(f, "a list without {token}"),
            Self::Is(value) => f.write_str(value),
            Self::Absent => f.write_str("no such field"),
            Self::Date => f.write_str("an IMF-fixdate"),
        }
    }
}
