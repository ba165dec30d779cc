//! What must come back: one expected answer as data, judged against one that came.

use super::date::is_imf_fixdate;
use super::response::{Bytes, Response, To};
use std::fmt::{self, Display, Formatter};

/// One expected answer. What it does not name is free.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Any of these.
    statuses: Vec<u16>,
    body: Body,
    fields: Vec<(&'static str, Field)>,
    /// Bytes that the body may have.
    body_max: usize,
    pub(crate) to: To,
    /// Whether a `100 Continue` may precede it.
    pub(crate) continued: bool,
    pub(crate) then: Then,
}

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It serves another request.
    Open,
    /// It is closed, and nothing that was sent behind the request is answered.
    Closed,
    /// The contract leaves it to the server.
    Either,
}

#[derive(Debug, Clone)]
enum Body {
    Any,
    Exactly(Vec<u8>),
    /// A JSON object with at least these strings.
    Says(Vec<(&'static str, &'static str)>),
    /// The event was taken: 200 in stages 3 and 4, 202 from 5 on, where the queue may also be full.
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

/// An answer with this status.
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

/// An error of the contract: its status and the reason in its JSON body.
pub(crate) fn error(status: u16, reason: &'static str) -> Answer {
    answer(status).saying("status", "error").saying("reason", reason)
}

/// `400 invalid_http`, and the connection is closed.
pub(crate) fn invalid_http() -> Answer {
    error(400, "invalid_http").closed()
}

/// `400 invalid_json`: the request was framed right, its body is no event, the connection goes on.
pub(crate) fn invalid_json() -> Answer {
    error(400, "invalid_json").open()
}

/// The event was accepted, or from stage 5 on met a full queue; the connection goes on.
pub(crate) fn accepted() -> Answer {
    Answer { body: Body::Accepted, statuses: Vec::new(), ..answer(200) }.open()
}

impl Answer {
    /// Any refusal that blames the client.
    pub(crate) fn client_error() -> Self {
        Self { statuses: vec![400, 413, 431], ..answer(400) }
    }

    /// Another status that is as good.
    pub(crate) fn or(mut self, status: u16) -> Self {
        self.statuses.push(status);
        self
    }

    pub(crate) fn open(self) -> Self {
        Self { then: Then::Open, ..self }
    }

    pub(crate) fn closed(self) -> Self {
        Self { then: Then::Closed, ..self }
    }

    /// It answers a `HEAD` request.
    pub(crate) fn for_head(self) -> Self {
        Self { to: To::Head, ..self }
    }

    /// A `100 Continue` may precede it.
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

    /// The body has no more bytes than this.
    pub(crate) fn at_most(self, body_max: usize) -> Self {
        Self { body_max, ..self }
    }

    /// A field that is a list holds this token.
    pub(crate) fn lists(self, name: &'static str, token: &'static str) -> Self {
        self.field(name, Field::Lists(token))
    }

    /// A field that is a list does not hold this token.
    pub(crate) fn omits(self, name: &'static str, token: &'static str) -> Self {
        self.field(name, Field::Omits(token))
    }

    pub(crate) fn with(self, name: &'static str, value: &'static str) -> Self {
        self.field(name, Field::Is(value))
    }

    pub(crate) fn without(self, name: &'static str) -> Self {
        self.field(name, Field::Absent)
    }

    /// A `Date` in the form that is to be sent.
    pub(crate) fn dated(self) -> Self {
        self.field("Date", Field::Date)
    }

    fn field(mut self, name: &'static str, field: Field) -> Self {
        self.fields.push((name, field));
        self
    }

    /// Whether it is fulfilled by an event that the server took on.
    pub(crate) fn takes_event(&self) -> bool {
        matches!(self.body, Body::Accepted)
    }

    /// Compares with the answer that a server of that stage gave, and says what is wrong with it.
    pub(crate) fn judge(&self, got: &Response, stage: u8) -> Result<(), String> {
        self.judge_status_and_body(got, stage)?;
        for (name, field) in &self.fields {
            if !field.holds(name, got) {
                return Err(format!("{name}: {field} is due"));
            }
        }
        let (length, most) = (got.body.len(), self.body_max);
        if length > most {
            return Err(format!("the body has {length} bytes, and at most {most} are due"));
        }
        Ok(())
    }

    fn judge_status_and_body(&self, got: &Response, stage: u8) -> Result<(), String> {
        if let Body::Accepted = self.body {
            let taken = got.status == accepted_status(stage) && got.says("status", "accepted");
            return match taken || (stage >= 5 && is_busy(got)) {
                true => Ok(()),
                false => Err("the event is to be accepted".into()),
            };
        }
        if !self.statuses.contains(&got.status) {
            return Err(format!("status {} is due", Statuses(&self.statuses)));
        }
        match &self.body {
            Body::Says(pairs) if self.to == To::Other => {
                match pairs.iter().find(|(key, value)| !got.says(key, value)) {
                    Some((key, value)) => Err(format!("its JSON has to say \"{key}\":\"{value}\"")),
                    None => Ok(()),
                }
            }
            Body::Exactly(bytes) if got.body != *bytes => {
                Err(format!("the body is to be `{}`", Bytes(bytes)))
            }
            _ => Ok(()),
        }
    }
}

/// The status of an accepted event: done in stages 3 and 4, queued from stage 5 on.
pub(crate) fn accepted_status(stage: u8) -> u16 {
    if stage < 5 { 200 } else { 202 }
}

/// Whether the event was refused because the queue is full, in the contract's words.
pub(crate) fn is_busy(got: &Response) -> bool {
    got.status == 503
        && got.says("status", "rejected")
        && got.says("reason", "server_busy")
        && got.field("Retry-After") == Some("1")
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
        let words: Vec<String> = self.0.iter().map(u16::to_string).collect();
        f.write_str(&words.join(" or "))
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

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.body {
            Body::Accepted => write!(
                f,
                "200 (stages 3, 4) or 202 {{\"status\":\"accepted\"}}, or from 5 on a full queue"
            )?,
            Body::Any => write!(f, "{}", Statuses(&self.statuses))?,
            Body::Exactly(bytes) => {
                write!(f, "{} with the body `{}`", Statuses(&self.statuses), Bytes(bytes))?
            }
            Body::Says(pairs) => {
                let pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("\"{key}\":\"{value}\"")).collect();
                write!(f, "{} with {{{}}}", Statuses(&self.statuses), pairs.join(","))?;
            }
        }
        for (name, field) in &self.fields {
            write!(f, ", {name}: {field}")?;
        }
        if self.body_max < usize::MAX {
            write!(f, ", at most {} bytes of body", self.body_max)?;
        }
        if self.to == To::Head {
            write!(f, ", no body")?;
        }
        match self.then {
            Then::Open => write!(f, "; the connection serves another request"),
            Then::Closed => write!(f, "; closed, and nothing further is answered"),
            Then::Either => Ok(()),
        }
    }
}
