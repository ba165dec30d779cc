//! Metrics (stages 9 and 10) and health (stage 10).

use super::{bare, event, post_body};
use crate::answer::{answer, invalid_json};
use crate::{Check, Response, Stop, Target, check, ensure, procedure};
use serde_json::Value;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The names of each figure in the JSON and in the Prometheus text.
const FIGURES: [(&str, &str); 7] = [
    ("received", "events_received_total"),
    ("processed", "events_processed_total"),
    ("dropped", "events_dropped_total"),
    ("pending", "events_pending"),
    ("failed", "events_failed_total"),
    ("total_lock_wait_ns", "lock_wait_seconds_total"),
    ("total_queue_wait_ns", "queue_wait_seconds_total"),
];
/// The rounding allowed for a time in the text.
const ROUNDED_NS: u64 = 1_000_000;

pub(crate) fn checks() -> Vec<Check> {
    const NOT_METRICS: &str =
        "Only an object of type metrics requests them; anything else is invalid_json.";
    let refused = |name, body: &'static str| {
        check(name, NOT_METRICS).sends(post_body(body)).gets(invalid_json())
    };
    let mut checks = vec![
        procedure(
            "metrics-add-up",
            "pending = received - processed - dropped; a missing or negative figure would mislead an \
             operator.",
            add_up,
        )
        .describe(
            r#"POST / with {"type":"metrics"}, then GET /metrics"#,
            "the same seven figures in JSON and in Prometheus text with HELP and TYPE, none negative",
        ),
        procedure(
            "metrics-count-events",
            "Each event is counted once, and nothing else is.",
            count,
        )
        .alone()
        .describe(
            "three events and three requests that are not events",
            "received grows by 3; processed and dropped together by 3 in the end",
        ),
        check("metrics-among-other-fields", "Other fields of a metrics request are skipped.")
            .sends(post_body(r#"{"id":[1],"type":"metrics"}"#))
            .gets(answer(200).open()),
        check(
            "metrics-beside-a-deep-field",
            "Deep nesting in a metrics request must not overflow the stack.",
        )
        .sends(post_body(format!(
            r#"{{"type":"metrics","deep":{}{}}}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        )))
        .gets(answer(200).open()),
        refused("metrics-of-another-type", r#"{"type":"metric"}"#),
        refused("metrics-in-an-array", r#"[{"type":"metrics"}]"#),
        refused("metrics-as-a-number", r#"{"type":1}"#),
        refused("metrics-then-more", r#"{"type":"metrics"} x"#),
        check("metrics-head", "HEAD is GET without the body (RFC 9110, 9.3.2).")
            .sends(bare("HEAD /metrics", ""))
            .gets(answer(200).for_head().open()),
    ];
    checks = checks.into_iter().map(|check| check.stages(9..=10)).collect();
    let health = [
        check("health", "A load balancer reads it before it sends requests.")
            .sends(bare("GET /health", ""))
            .gets(answer(200).saying("status", "ok").open()),
        check("health-head", "HEAD is GET without the body (RFC 9110, 9.3.2).")
            .sends(bare("HEAD /health", ""))
            .gets(answer(200).for_head().open()),
    ];
    checks.extend(health.map(|check| check.stages(10..=10)));
    checks
}

/// The seven figures, in the order of [`FIGURES`].
type Figures = [u64; 7];

fn from_json(got: &Response) -> Result<Figures, Stop> {
    ensure(got.status == 200, got.to_string())?;
    let json = got.json().unwrap_or_default();
    let mut figures = [0; 7];
    for (figure, (name, _)) in figures.iter_mut().zip(FIGURES) {
        let value = json.get(name).and_then(Value::as_u64);
        *figure =
            value.ok_or_else(|| Stop::Failed(format!("{got} ({name} is not a number from 0)")))?;
    }
    Ok(figures)
}

/// Reads the text format: `name value` on each line, comments with `#`, times in seconds.
fn from_text(got: &Response) -> Result<Figures, Stop> {
    ensure(got.status == 200, got.to_string())?;
    let text = String::from_utf8_lossy(&got.body).into_owned();
    let after = |start: String| text.lines().find_map(|line| line.strip_prefix(&start));
    let mut figures = [0; 7];
    for (figure, (_, name)) in figures.iter_mut().zip(FIGURES) {
        let value = after(format!("{name} ")).and_then(|value| value.trim().parse::<f64>().ok());
        let value = value
            .filter(|value| *value >= 0.0)
            .ok_or_else(|| Stop::Failed(format!("{got} ({name} has no value from 0)")))?;
        let unit = if name.ends_with("_seconds_total") { 1e9 } else { 1.0 };
        *figure = (value * unit).round() as u64;
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        ensure(
            after(format!("# TYPE {name} ")).is_some_and(|found| found.trim() == kind),
            format!("{got} (there is no line `# TYPE {name} {kind}`)"),
        )?;
        ensure(
            after(format!("# HELP {name} ")).is_some_and(|help| !help.trim().is_empty()),
            format!("{got} (there is no line `# HELP {name} …`)"),
        )?;
    }
    Ok(figures)
}

fn ask(target: &Target) -> Result<Figures, Stop> {
    from_json(&target.open()?.request("POST", "/", r#"{"type":"metrics"}"#)?)
}

fn add_up(target: &Target) -> Result<(), Stop> {
    let before = ask(target)?;
    let text = from_text(&target.open()?.request("GET", "/metrics", "")?)?;
    let after = ask(target)?;
    for [received, processed, dropped, pending, ..] in [before, text, after] {
        let sum = processed + dropped + pending;
        ensure(
            received == sum,
            format!(
                "received {received}, but processed {processed} + dropped \
                    {dropped} + pending {pending} = {sum}"
            ),
        )?;
    }
    // Counters only grow, so the values of the text, read in between, are in between.
    for (index, (name, _)) in FIGURES.iter().enumerate().filter(|(_, (name, _))| *name != "pending")
    {
        let rounded = if name.ends_with("_ns") { ROUNDED_NS } else { 0 };
        let in_order =
            before[index] <= text[index] + rounded && text[index] <= after[index] + rounded;
        ensure(
            in_order,
            format!(
                "{name}: {} in JSON, then {} in text, then {} in JSON",
                before[index], text[index], after[index]
            ),
        )?;
    }
    Ok(())
}

fn count(target: &Target) -> Result<(), Stop> {
    let at_rest = |[received, processed, dropped, ..]: Figures| received == processed + dropped;
    let [received_before, ..] = wait_until(target, at_rest)?;
    for index in 0..3 {
        let got = target.open()?.request("POST", "/", &event("check-count"))?;
        let decided = target.has_accepted(&got) || got.status == 503;
        ensure(decided, format!("to event {index}: {got}"))?;
        target.open()?.request("POST", "/", "{}")?;
    }
    let [received, ..] = wait_until(target, at_rest)?;
    let grown = received - received_before;
    ensure(grown == 3, format!("received grew by {grown}, not by 3"))
}

fn wait_until(target: &Target, holds: fn(Figures) -> bool) -> Result<Figures, Stop> {
    let until = Instant::now() + target.patience * 3;
    loop {
        let figures = ask(target)?;
        if holds(figures) {
            return Ok(figures);
        }
        let waits = Instant::now() < until;
        ensure(waits, format!("received stayed above processed + dropped: {figures:?}"))?;
        sleep(Duration::from_millis(20));
    }
}
