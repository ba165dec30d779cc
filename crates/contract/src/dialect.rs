//! The answers of a server in place of the contract's, learnt before the checks run.
//!
//! A server that answers an event with 200 instead of 202, or closes a connection after each
//! answer, fails the check of that, and no other: all others are judged by its own habits.

use super::table::{bare, event, post_body};
use super::{Response, Target, To, WireError};

/// The habits of a server. The default is the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// The status of an accepted event, a 2xx.
    pub accepted: Option<u16>,
    /// The status of a body that is no event, a 4xx.
    pub refused: Option<u16>,
    /// The status of an unknown path.
    pub not_found: u16,
    /// True if a connection serves a second request.
    pub persists: bool,
    /// True if a request may come in any number of segments.
    pub joins_segments: bool,
    /// True if a request may come before the answer to the one before it.
    pub pipelines: bool,
    /// True if the connection is closed after a request that is not HTTP.
    pub closes: bool,
    /// The reasons that are missing from the bodies of answers with the right status, such as those
    /// that a library makes; `accepted` for that of an accepted event.
    pub foreign: Vec<&'static str>,
}

impl Dialect {
    /// Returns the habits that the contract asks of a stage.
    #[must_use]
    pub fn contract(stage: u8) -> Self {
        Self {
            accepted: Some(if stage < 5 { 200 } else { 202 }),
            refused: Some(400),
            not_found: 404,
            persists: true,
            joins_segments: true,
            pipelines: true,
            closes: true,
            foreign: Vec::new(),
        }
    }

    /// Returns true if the outcome of this check is known as a habit.
    pub(crate) fn stands_for(&self, check: &str) -> bool {
        match check {
            "event-accepted" => self.accepted.is_some(),
            "event-empty-object" => self.refused.is_some(),
            "path-unknown" => self.not_found / 100 == 4,
            _ => false,
        }
    }

    /// Asks a server of stage 3 or later for its habits. One that answers nothing has the
    /// contract's: the checks tell what it lacks.
    pub(crate) fn learn(target: &Target) -> Self {
        let contract = Self::contract(target.stage);
        let nothing = bare("GET /nothing", "");
        let Some(&found) = statuses(target, &[&nothing], 1).first() else { return contract };
        let of_body = |body: String| statuses(target, &[post_body(body)], 1).first().copied();
        let hundreds = |status: Option<u16>, digit: u16| status.filter(|code| code / 100 == digit);
        let accepted = of_body(event("check-dialect"));
        let refused = of_body("{}".to_owned());
        let both = [post_body("{}"), nothing.clone().into()].concat();
        Self {
            // A full queue tells nothing.
            accepted: hundreds(accepted, 2).or(contract.accepted.filter(|_| accepted == Some(503))),
            refused: hundreds(refused, 4),
            not_found: found,
            persists: statuses(target, &[&nothing, &nothing], 2) == [found; 2],
            joins_segments: target
                .ask_in_parts(nothing.as_bytes())
                .is_ok_and(|got| got.status == found),
            pipelines: refused
                .is_some_and(|refused| statuses(target, &[both], 2) == [refused, found]),
            closes: closes_after_an_error(target),
            foreign: foreign(target),
        }
    }
}

/// Sends these segments on a new connection, and returns the statuses of up to `count` answers. If
/// there is one answer for each segment, it is read before the next is sent.
fn statuses(target: &Target, segments: &[impl AsRef<[u8]>], count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    let Ok(mut wire) = target.open() else { return statuses };
    let one_by_one = segments.len() == count;
    for segment in segments {
        // Ignore errors: the server may have answered early, and that answer counts.
        let _ = wire.send(segment);
        if one_by_one {
            statuses.extend(wire.answer(To::Other).map(|got| got.status));
        }
    }
    while statuses.len() < count && !one_by_one {
        let Ok(got) = wire.answer(To::Other) else { break };
        statuses.push(got.status);
    }
    statuses
}

/// Asks for one answer of each reason, and returns those whose body does not say so. An answer with
/// another status has its own check.
fn foreign(target: &Target) -> Vec<&'static str> {
    let coded = "Content-Encoding: gzip\r\nContent-Length: 2\r\n";
    let long = "a".repeat(9000);
    let asked: [(&str, u16, Vec<u8>); 10] = [
        ("invalid_json", 400, post_body("{}")),
        ("not_found", 404, bare("GET /nothing", "").into()),
        ("invalid_http", 400, "BROKEN\r\n\r\n".into()),
        ("method_not_allowed", 405, bare("GET /", "").into()),
        ("unknown_method", 501, bare("BREW /", "").into()),
        ("body_too_large", 413, bare("POST /", "Content-Length: 65537\r\n").into()),
        ("uri_too_long", 414, bare(&format!("GET /{long}"), "").into()),
        ("headers_too_large", 431, bare("GET /nothing", &format!("A: {long}{long}\r\n")).into()),
        ("unsupported_encoding", 415, (bare("POST /", coded) + "{}").into()),
        ("unsupported_version", 505, "GET / HTTP/2.0\r\nHost: check\r\n\r\n".into()),
    ];
    let answered = |request: &[u8]| {
        let mut wire = target.open().ok()?;
        // Ignore errors: the server may have answered early, and that answer counts.
        let _ = wire.send(request);
        wire.answer(To::Other).ok()
    };
    let is_foreign = |(reason, status, request): &(&'static str, u16, Vec<u8>)| {
        let got = answered(request);
        let is_asked = |got: &Response| got.status == *status || *reason == "invalid_json";
        got.is_some_and(|got| is_asked(&got) && !got.says("reason", reason))
    };
    let mut foreign: Vec<_> =
        asked.iter().filter(|asked| is_foreign(asked)).map(|(reason, ..)| *reason).collect();
    let accepts = answered(&post_body(event("check-dialect")));
    if accepts.is_some_and(|got| got.status / 100 == 2 && !got.says("status", "accepted")) {
        foreign.push("accepted");
    }
    // A timeout has no answer of its own to learn from.
    if foreign.contains(&"invalid_http") {
        foreign.push("request_timeout");
    }
    foreign
}

fn closes_after_an_error(target: &Target) -> bool {
    let Ok(mut wire) = target.open() else { return true };
    let _ = wire.send(format!("BROKEN\r\n\r\n{}", bare("GET /nothing", "")));
    // Without an answer the check of it fails anyway.
    let end = wire.answer(To::Other).and_then(|_| wire.end_within(target.closing()));
    !matches!(end, Err(WireError::TimedOut(..) | WireError::Surplus(..)))
}
