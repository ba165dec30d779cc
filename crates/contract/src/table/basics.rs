//! The habits that all other checks build on: each is a check of its own, so that a server without
//! one fails that check and not all others.

use super::{bare, event, post_body};
use crate::answer::{answer, error, is_busy};
use crate::{Check, Response, Stop, Target, To, check, ensure, procedure};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure("answers", "Each request is answered (RFC 9110, 3.4); without an answer there is nothing to check.", answers)
            .stages(1..=10)
            .must()
            .describe("GET /nothing", "an HTTP answer, whatever its status"),
        procedure("stage", "The checks of one stage say nothing about a server of another.", stage)
            .stages(1..=10)
            .needs("answers")
            .describe(
                "an event, then GET /balances, /metrics and /health",
                "not all the answers of another stage",
            ),
        procedure("event-accepted", "The server accepts a valid event.", accepted).describe(
            "an event, and again while the queue is full",
            "{accepted}",
        ),
        check("event-empty-object", "An object without the fields of an event is refused.")
            .sends(post_body("{}"))
            .gets(error(400, "invalid_json"))
            .strict(),
        procedure(
            "answer-bodies",
            "A client reads the reason in the body; a library's own error page has none.",
            bodies,
        )
        .of_body()
        .describe(
            "an event, and one request for each reason of an error",
            "a JSON object with \"status\" and \"reason\" in each answer",
        ),
        procedure(
            "error-detail",
            "The detail tells a client what is wrong with its event.",
            detail,
        )
        .of_body()
        .needs("event-empty-object")
        .describe(
            "an event without action and amount",
            "400 invalid_json with a \"detail\" that is not empty",
        ),
        check("path-unknown", "An unknown path is answered with 404 (RFC 9110, 15.5.5).")
            .sends(bare("GET /nothing", ""))
            .gets(error(404, "not_found"))
            .strict(),
        check(
            "keep-alive",
            "HTTP/1.1 connections persist (RFC 9112, 9.3); a connection for each event would cost a \
             handshake each.",
        )
        .sends(post_body("{}"))
        .gets(answer(400).or_any())
        .sends(bare("GET /nothing", ""))
        .gets(answer(404).or_any())
        .sends(post_body("[]"))
        .gets(answer(400).or_any())
        .strict(),
        procedure(
            "request-in-segments",
            "TCP may cut a request anywhere, and its framing tells where it ends (RFC 9112, 6.3): a \
             server that reads only once loses events.",
            in_segments,
        )
        .must()
        .describe("an event in two segments", "the same answer as to one sent whole"),
        procedure(
            "pipelined",
            "Pipelined requests are answered in order (RFC 9112, 9.3.2); swapped answers would reach \
             the wrong caller.",
            pipelined,
        )
        .must()
        .needs("keep-alive")
        .needs("request-in-segments")
        .describe(
            "a body that is no event, an unknown path and the first again, in one segment",
            "the same answers as to each alone, in that order",
        ),
        check(
            "closed-after-an-error",
            "After bytes that are not HTTP, nothing tells where the next request begins (RFC 9112, 9).",
        )
        .sends("BROKEN\r\n\r\n")
        .and(bare("GET /nothing", ""))
        .gets(error(400, "invalid_http").closed())
        .strict(),
    ]
}

/// Fails for answers with the right status and a body of another form, of any kind.
fn bodies(target: &Target) -> Result<(), Stop> {
    let foreign = &target.dialect.foreign;
    if foreign.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = foreign
        .iter()
        .map(|reason| match *reason {
            "accepted" => "an accepted event: no \"status\":\"accepted\"".to_owned(),
            reason => format!("no \"reason\":\"{reason}\""),
        })
        .collect();
    let got = format!("the right status, but another body ({})", reasons.join(", "));
    Err(Stop::OtherBody(got))
}

fn detail(target: &Target) -> Result<(), Stop> {
    let got = target.open()?.request("POST", "/", r#"{"user":"check"}"#)?;
    target.ensure_refused(&got)?;
    if target.dialect.foreign.contains(&"invalid_json") {
        return Err(Stop::NotAsked("it needs answer-bodies, which did not pass".to_owned()));
    }
    let json = got.json().unwrap_or_default();
    let detail = json.get("detail").and_then(serde_json::Value::as_str).unwrap_or_default();
    if detail.trim().is_empty() {
        return Err(Stop::OtherBody(format!(
            "{got} (it has no \"detail\": what is wrong with it?)"
        )));
    }
    Ok(())
}

fn answers(target: &Target) -> Result<(), Stop> {
    let got = target.open()?.request("GET", "/nothing", "")?;
    ensure(got.status >= 200, format!("{got} (an interim answer that the client did not ask for)"))
}

/// The signs by which a client recognizes the stage of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signs {
    echoes: bool,
    queues: bool,
    has_balances: bool,
    has_metrics: bool,
    has_health: bool,
}

impl Signs {
    fn of_stage(stage: u8) -> Self {
        Self {
            echoes: stage < 3,
            queues: stage >= 5,
            has_balances: stage >= 4,
            has_metrics: stage >= 9,
            has_health: stage >= 10,
        }
    }

    fn read(target: &Target) -> Result<Self, Stop> {
        let sent = event("check-stage");
        let got = target.open()?.request("POST", "/", &sent)?;
        let has = |path: &str| -> Result<bool, Stop> {
            Ok(target.open()?.request("GET", path, "")?.status == 200)
        };
        let echoes = got.body == sent.as_bytes();
        if echoes {
            return Ok(Self::of_stage(1));
        }
        Ok(Self {
            echoes,
            queues: got.status == 202 || got.status == 503,
            has_balances: has("/balances")?,
            has_metrics: has("/metrics")?,
            has_health: has("/health")?,
        })
    }

    /// Returns the number of differences, where an echo outweighs everything else.
    fn distance(self, other: Self) -> usize {
        let differ = [
            self.queues != other.queues,
            self.has_balances != other.has_balances,
            self.has_metrics != other.has_metrics,
            self.has_health != other.has_health,
        ];
        differ.iter().filter(|&&differs| differs).count()
            + 2 * usize::from(self.echoes != other.echoes)
    }
}

/// Fails for a server that shows all signs of another stage, and at least two that differ from
/// those of its own; one may be a fault, which has a check of its own.
fn stage(target: &Target) -> Result<(), Stop> {
    let signs = Signs::read(target)?;
    let other = (1..=10).find(|stage| Signs::of_stage(*stage) == signs);
    let is_far = signs.distance(Signs::of_stage(target.stage)) >= 2;
    match other {
        Some(other) if is_far => {
            let last = (other..=10).take_while(|stage| Signs::of_stage(*stage) == signs).last();
            let stages = match last {
                Some(last) if last > other => format!("stages {other} to {last} do"),
                _ => format!("stage {other} does"),
            };
            Err(Stop::Failed(format!("it answers as {stages}, not as stage {}", target.stage)))
        }
        _ => Ok(()),
    }
}

/// Returns the answer to an event, sent again while the queue is full.
fn decided(
    target: &Target,
    mut send: impl FnMut() -> Result<Response, Stop>,
) -> Result<Response, Stop> {
    let until = Instant::now() + target.patience;
    loop {
        let got = send()?;
        if target.stage < 5 || !is_busy(&got) {
            return Ok(got);
        }
        ensure(Instant::now() < until, format!("the queue stayed full: {got}"))?;
        sleep(Duration::from_millis(200));
    }
}

fn accepted(target: &Target) -> Result<(), Stop> {
    let stage = target.stage;
    let got =
        decided(target, || Ok(target.open()?.request("POST", "/", &event("check-plain"))?))?;
    let status = if stage < 5 { 200 } else { 202 };
    let why = if stage < 5 { "once it is done" } else { "once it is queued" };
    ensure(got.status == status, format!("{got} (stage {stage} answers {status} {why})"))?;
    Ok(())
}

fn pipelined(target: &Target) -> Result<(), Stop> {
    let requests = [post_body("{}"), bare("GET /nothing", "").into(), post_body("{}")];
    let mut expected = Vec::new();
    for request in &requests {
        let mut wire = target.open()?;
        wire.send(request)?;
        expected.push(wire.answer(To::Other)?.status);
    }
    if expected[0] == expected[1] {
        return Err(Stop::NotJudged(format!(
            "each answer is {}: their order is unknown",
            expected[0]
        )));
    }
    let mut wire = target.open()?;
    wire.send(requests.concat())?;
    let mut got = Vec::new();
    for index in 1..=requests.len() {
        let answer = wire
            .answer(To::Other)
            .map_err(|error| Stop::Failed(format!("instead of answer {index} of 3: {error}")))?;
        got.push(answer.status);
    }
    ensure(got == expected, format!("the answers are {got:?}, alone they are {expected:?}"))
}

fn in_segments(target: &Target) -> Result<(), Stop> {
    let request = post_body(event("check-segments"));
    let got = decided(target, || Ok(target.ask_in_parts(&request)?))?;
    let whole =
        decided(target, || Ok(target.open()?.request("POST", "/", &event("check-whole"))?))?;
    ensure(got.status == whole.status, format!("{got}, but to one sent whole: {}", whole.status))
}
