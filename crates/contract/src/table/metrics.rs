//! Metrics (stages 9 and 10) and health (stage 10).

use super::{bare, post_body};
use crate::answer::{answer, invalid_json};
use crate::{Check, Response, Stop, Target, check, ensure, procedure};

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
        procedure("metrics-figures", "Each figure is a count from 0.", |target| {
            ask(target).map(|_| ())
        })
        .describe(
            r#"POST / with {"type":"metrics"}"#,
            "200 with received, processed, dropped, pending, failed, total_lock_wait_ns and \
             total_queue_wait_ns, none negative",
        ),
        procedure(
            "metrics-add-up",
            "pending = received - processed - dropped at every moment: otherwise an event is lost in \
             the books, or counted twice.",
            add_up,
        )
        .must()
        .needs("metrics-figures")
        .describe(
            r#"POST / with {"type":"metrics"}, ten times"#,
            "received = processed + dropped + pending each time; no counter goes back",
        ),
        procedure(
            "metrics-text",
            "Prometheus reads text: a name, a space and a value on each line, with HELP and TYPE.",
            |target| from_text(&target.open()?.request("GET", "/metrics", "")?).map(|_| ()),
        )
        .describe("GET /metrics", "200 with the seven figures, each with # HELP and # TYPE"),
        procedure("metrics-text-agrees", "The text and the JSON tell the same figures.", agree)
            .needs("metrics-text")
            .needs("metrics-add-up")
            .describe(
                r#"POST / with {"type":"metrics"}, GET /metrics, and the first again"#,
                "figures of the text between those of the JSON before and after",
            ),
        check("metrics-among-other-fields", "Other fields of a metrics request are skipped.").needs("metrics-figures")
            .sends(post_body(r#"{"id":[1],"type":"metrics"}"#))
            .gets(answer(200).open()),
        check(
            "metrics-beside-a-deep-field",
            "Deep nesting in a metrics request must not overflow the stack.",
        ).needs("request-in-segments").needs("metrics-figures").needs("event-with-deep-field")
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
        check("metrics-head", "HEAD is GET without the body (RFC 9110, 9.3.2).").needs("path-unknown-for-head").needs("metrics-text")
            .sends(bare("HEAD /metrics", ""))
            .gets(answer(200).for_head().open()),
    ];
    checks = checks.into_iter().map(|check| check.stages(9..=10)).collect();
    let health = [
        check("health", "A load balancer reads it before it sends requests.")
            .sends(bare("GET /health", ""))
            .gets(answer(200).saying("status", "ok").open()),
        check("health-head", "HEAD is GET without the body (RFC 9110, 9.3.2).")
            .needs("path-unknown-for-head")
            .needs("health")
            .sends(bare("HEAD /health", ""))
            .gets(answer(200).for_head().open()),
    ];
    checks.extend(health.map(|check| check.stages(10..=10)));
    checks
}

/// The seven figures, in the order of [`FIGURES`].
pub(super) type Figures = [u64; 7];

fn from_json(got: &Response) -> Result<Figures, Stop> {
    ensure(got.status == 200, got.to_string())?;
    let json = got.json().unwrap_or_default();
    let mut figures = [0; 7];
    for (figure, (name, _)) in figures.iter_mut().zip(FIGURES) {
        let wrong = match json.get(name).map(|value| (value, value.as_u64())) {
            None => format!("{name} is missing"),
            Some((value, None)) => format!("{name} is {value}, not a count from 0"),
            Some((_, Some(value))) if value > i64::MAX as u64 => {
                format!("{name} has wrapped around below zero: {value}")
            }
            Some((_, Some(value))) => {
                *figure = value;
                continue;
            }
        };
        return Err(Stop::Failed(format!("{got} ({wrong})")));
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

pub(super) fn ask(target: &Target) -> Result<Figures, Stop> {
    from_json(&target.open()?.request("POST", "/", r#"{"type":"metrics"}"#)?)
}

pub(super) fn ensure_sum([received, processed, dropped, pending, ..]: Figures) -> Result<(), Stop> {
    let sum = processed + dropped + pending;
    let got = format!(
        "received {received}, but processed {processed} + dropped {dropped} + pending {pending} = \
         {sum}"
    );
    ensure(received == sum, got)
}

fn add_up(target: &Target) -> Result<(), Stop> {
    let mut before = [0; 7];
    for _ in 0..10 {
        let after = ask(target)?;
        ensure_sum(after)?;
        ensure_between(before, after, after, "JSON", 0)?;
        before = after;
    }
    Ok(())
}

fn agree(target: &Target) -> Result<(), Stop> {
    let before = ask(target)?;
    let text = from_text(&target.open()?.request("GET", "/metrics", "")?)?;
    let after = ask(target)?;
    for (figure, (_, name)) in text.iter().zip(FIGURES) {
        let got = format!("{name} has wrapped around below zero: {figure}");
        ensure(*figure <= i64::MAX as u64, got)?;
    }
    ensure_sum(text)?;
    ensure_between(before, text, after, "text", ROUNDED_NS)
}

/// Expects that no counter goes back from one figure to the next.
fn ensure_between(
    before: Figures,
    between: Figures,
    after: Figures,
    form: &str,
    rounded_ns: u64,
) -> Result<(), Stop> {
    for (index, (name, _)) in FIGURES.iter().enumerate() {
        let rounded = if name.ends_with("_ns") { rounded_ns } else { 0 };
        let (first, second, third) = (before[index], between[index], after[index]);
        let in_order = first <= second + rounded && second <= third + rounded;
        let got = format!("{name} goes back: {first} in JSON, {second} in {form}, then {third}");
        ensure(in_order || *name == "pending", got)?;
    }
    Ok(())
}
