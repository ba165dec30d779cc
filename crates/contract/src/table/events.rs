//! Events: a JSON object with `user`, `action` and `amount`, each once, and nothing after it.

use super::{event, post_body, post_chunked};
use crate::answer::{accepted, invalid_json};
use crate::{Check, check};

pub(crate) fn checks() -> Vec<Check> {
    [accepted_events(), objects(), fields(), amounts(), skipped()].concat()
}

/// Returns an event of amount 0 with this member before the others.
fn with_member(member: &str) -> String {
    format!(r#"{{{member},"user":"check-beside","action":"check","amount":0}}"#)
}

fn of_user(user: &str) -> String {
    format!(r#"{{"user":{user},"action":"check","amount":0}}"#)
}

fn of_amount(amount: &str) -> String {
    format!(r#"{{"user":"check-amount","action":"check","amount":{amount}}}"#)
}

/// Checks that a body is accepted as an event.
fn taken(name: &'static str, why: &'static str, body: impl AsRef<[u8]>) -> Check {
    check(name, why).sends(post_body(body)).gets(accepted())
}

/// Checks that a body is refused.
fn refused(name: &'static str, why: &'static str, body: impl AsRef<[u8]>) -> Check {
    check(name, why).sends(post_body(body)).gets(invalid_json())
}

fn accepted_events() -> Vec<Check> {
    let json = event("check-chunked");
    let (start, end) = json.split_at(20);
    vec![
        check("event-in-chunks", "An event may be split into chunks anywhere (RFC 9112, 7.1).")
            .must()
            .needs("event-accepted")
            .needs("coding-chunked")
            .sends(post_chunked(&format!(
                "{:x}\r\n{start}\r\n{:X}\r\n{end}\r\n0\r\n\r\n",
                start.len(),
                end.len()
            )))
            .gets(accepted()),
        check(
            "event-of-lower-case-head",
            "Field names are case-insensitive (RFC 9110, 5.1): many HTTP clients send lower case.",
        )
        .must()
        .needs("length-in-lower-case")
        .needs("event-accepted")
        .sends(format!("POST / HTTP/1.1\r\nhost: check\r\ncontent-length: {}\r\n\r\n", json.len()))
        .and(json.as_str())
        .gets(accepted()),
        check("event-of-http-1-0", "HTTP/1.0 clients can send events.")
            .needs("event-accepted")
            .needs("version-1-0")
            .sends(format!("POST / HTTP/1.0\r\nContent-Length: {}\r\n\r\n{}", json.len(), json))
            .gets(accepted().ends()),
        taken(
            "event-in-white-space",
            "White space around JSON is allowed (RFC 8259, 2).",
            format!(" \r\n\t{}\r\n", event("check-space")),
        )
        .needs("event-accepted"),
        taken(
            "event-of-escaped-names",
            "An escaped letter equals the letter (RFC 8259, 7).",
            r#"{"us\u0065r":"check-\u0065","action":"","amount":0}"#,
        )
        .needs("event-accepted"),
        taken(
            "event-user-of-256-bytes",
            "The longest valid user.",
            of_user(&format!("\"{}\"", "u".repeat(256))),
        )
        .needs("event-accepted"),
        taken(
            "event-amount-i64-max",
            "The largest valid amount.",
            of_amount("9223372036854775807").replace("check-amount", "check-most"),
        )
        .needs("event-accepted"),
        taken(
            "event-amount-i64-min",
            "The smallest valid amount.",
            of_amount("-9223372036854775808").replace("check-amount", "check-least"),
        )
        .needs("event-accepted"),
        taken(
            "event-with-other-fields",
            "Other fields are skipped, whatever their value.",
            with_member(r#""at":[1.5e3,{"user":"x","amount":[]}],"amounts":-0"#),
        )
        .needs("event-accepted"),
        taken(
            "event-with-deep-field",
            "Deeply nested JSON must not overflow the stack.",
            with_member(&format!(r#""deep":{}{}"#, "[".repeat(10_000), "]".repeat(10_000))),
        )
        .needs("request-in-segments")
        .needs("event-accepted"),
    ]
}

fn objects() -> Vec<Check> {
    const OBJECT: &str =
        "An event is a JSON object, not another value that a lenient parser would accept.";
    const ONE: &str = "Nothing may follow the object: a second event would be lost silently.";
    const JSON: &str = "Invalid JSON is refused (RFC 8259), not repaired.";
    vec![
        refused("event-empty-body", OBJECT, ""),
        refused("event-as-array", OBJECT, r#"["check-array","check",0]"#),
        refused("event-in-array", OBJECT, format!("[{}]", event("check-array")))
            .needs("event-as-array"),
        refused("event-null", OBJECT, "null"),
        refused("event-string", OBJECT, "\"user\""),
        refused("event-number", OBJECT, "1"),
        refused("event-metrics-not-yet", "Metrics begin with stage 9.", r#"{"type":"metrics"}"#)
            .stages(3..=8),
        refused("event-twice", ONE, event("check-twice").repeat(2)),
        refused("event-then-bracket", ONE, event("check-then") + "}").needs("event-twice"),
        refused("event-then-letter", ONE, event("check-then") + " x").needs("event-twice"),
        refused("event-then-nul", ONE, event("check-then") + "\0").needs("event-twice"),
        refused(
            "event-after-byte-order-mark",
            "A byte order mark is not part of JSON (RFC 8259, 8.1).",
            "\u{feff}".to_owned() + &event("check-mark"),
        ),
        refused("event-cut-short", JSON, event("check-cut").trim_end_matches('}')),
        refused("event-with-trailing-comma", JSON, event("check-comma").replace('}', ",}")),
        refused("event-in-single-quotes", JSON, event("check-quotes").replace('"', "'")),
        refused("event-with-comment", JSON, event("check-comment") + "/**/"),
        refused("event-names-without-quotes", JSON, r#"{user:"check",action:"check",amount:0}"#),
    ]
}

fn fields() -> Vec<Check> {
    const MISSING: &str = "All three fields are required.";
    const TWICE: &str =
        "Of two values, one parser may use the first and another the last (RFC 8259, 4).";
    const STRING: &str = "user and action are strings.";
    const USER: &str = "A user is 1 to 256 bytes, so that the memory for each user is bounded.";
    vec![
        refused("event-without-user", MISSING, r#"{"action":"check","amount":0}"#),
        refused("event-without-action", MISSING, r#"{"user":"check","amount":0}"#)
            .needs("event-without-user"),
        refused("event-without-amount", MISSING, r#"{"user":"check","action":"check"}"#)
            .needs("event-without-user"),
        refused(
            "event-user-in-upper-case",
            "Names are case-sensitive.",
            event("check").replace("user", "User"),
        )
        .needs("event-without-user"),
        refused("event-with-user-twice", TWICE, with_member(r#""user":"check-first""#)),
        refused(
            "event-with-user-twice-escaped",
            TWICE,
            with_member(r#""\u0075ser":"check-first""#),
        )
        .needs("event-with-user-twice"),
        refused("event-with-action-twice", TWICE, with_member(r#""action":"check""#))
            .needs("event-with-user-twice"),
        refused("event-with-amount-twice", TWICE, with_member(r#""amount":0"#))
            .needs("event-with-user-twice"),
        refused("event-user-null", STRING, of_user("null")).needs("event-user-number"),
        refused("event-user-number", STRING, of_user("1")),
        refused("event-user-object", STRING, of_user("{}")).needs("event-user-number"),
        refused(
            "event-user-deep",
            "Deep nesting in place of a string must not overflow the stack.",
            of_user(&"[".repeat(20_000)),
        )
        .needs("request-in-segments"),
        refused(
            "event-action-null",
            STRING,
            event("check").replace("\"check\",\"amount\"", "null,\"amount\""),
        )
        .needs("event-user-number"),
        refused("event-action-number", STRING, r#"{"user":"check","action":1,"amount":0}"#)
            .needs("event-user-number"),
        refused("event-user-empty", USER, of_user("\"\"")),
        refused("event-user-of-257-bytes", USER, of_user(&format!("\"{}\"", "u".repeat(257)))),
        refused(
            "event-user-of-129-letters-in-258-bytes",
            USER,
            of_user(&format!("\"{}\"", "ü".repeat(129))),
        )
        .needs("event-user-of-257-bytes"),
        refused(
            "event-user-half-a-pair",
            "Half a surrogate pair is not a character (RFC 8259, 8.2).",
            of_user(r#""\ud800""#),
        ),
        refused(
            "event-user-with-line-end",
            "Control characters in a string must be escaped (RFC 8259, 7).",
            of_user("\"a\nb\""),
        ),
        refused(
            "event-user-no-utf-8",
            "JSON is UTF-8 (RFC 8259, 8.1).",
            [b"{\"user\":\"\xff\",".as_slice(), b"\"action\":\"check\",\"amount\":0}"].concat(),
        ),
    ]
}

fn amounts() -> Vec<Check> {
    const INTEGER: &str =
        "An amount is an integer literal, so that it does not depend on how a float is parsed.";
    const RANGE: &str = "An amount beyond 64 bits must not wrap around or be rounded.";
    const JSON: &str = "Not a JSON number (RFC 8259, 6).";
    vec![
        refused("amount-with-fraction", INTEGER, of_amount("1.0")),
        refused("amount-with-exponent", INTEGER, of_amount("1e2")).needs("amount-with-fraction"),
        refused("amount-minus-zero", INTEGER, of_amount("-0")).needs("amount-with-fraction"),
        refused("amount-string", INTEGER, of_amount("\"1\"")),
        refused("amount-null", INTEGER, of_amount("null")),
        refused("amount-true", INTEGER, of_amount("true")),
        refused("amount-in-array", INTEGER, of_amount("[1]")),
        refused("amount-i64-max-and-one", RANGE, of_amount("9223372036854775808")),
        refused("amount-i64-min-less-one", RANGE, of_amount("-9223372036854775809"))
            .needs("amount-i64-max-and-one"),
        refused("amount-of-forty-digits", RANGE, of_amount(&"9".repeat(40)))
            .needs("amount-i64-max-and-one"),
        refused("amount-beyond-any-float", RANGE, of_amount("1e999")),
        refused("amount-with-leading-zero", JSON, of_amount("01")),
        refused("amount-with-plus", JSON, of_amount("+1")),
        refused("amount-with-bare-fraction", JSON, of_amount(".5")),
        refused("amount-hexadecimal", JSON, of_amount("0x1")),
        refused("amount-not-a-number", JSON, of_amount("NaN")),
    ]
}

fn skipped() -> Vec<Check> {
    const WELL_FORMED: &str = "A skipped field has to be valid JSON too, or parsers may disagree \
        about its end.";
    let deep = "[".repeat(10_000);
    vec![
        refused("skipped-word-cut-short", WELL_FORMED, with_member(r#""x":tru"#)),
        refused("skipped-number-with-leading-zero", WELL_FORMED, with_member(r#""x":01"#)),
        refused("skipped-number-without-digits", WELL_FORMED, with_member(r#""x":-"#)),
        refused("skipped-escape-unknown", WELL_FORMED, with_member(r#""x":"\q""#)),
        refused("skipped-string-with-control", WELL_FORMED, with_member("\"x\":\"a\tb\"")),
        refused("skipped-array-with-trailing-comma", WELL_FORMED, with_member(r#""x":[1,]"#)),
        refused("skipped-brackets-crossed", WELL_FORMED, with_member(r#""x":[{]}"#)),
        refused("skipped-value-missing", WELL_FORMED, with_member(r#""x":"#)),
        refused("skipped-depth-never-closed", WELL_FORMED, with_member(&format!(r#""x":{deep}"#)))
            .needs("event-with-deep-field"),
        refused(
            "skipped-depth-closed-wrongly",
            WELL_FORMED,
            with_member(&format!(r#""x":{deep}{}"#, "}".repeat(10_000))),
        )
        .needs("event-with-deep-field"),
        refused(
            "skipped-string-no-utf-8",
            "The whole body must be UTF-8 (RFC 8259, 8.1), including skipped fields.",
            [b"{\"x\":\"\xff\",".as_slice(), &event("check").as_bytes()[1..]].concat(),
        )
        .needs("event-user-no-utf-8"),
        refused(
            "skipped-name-no-utf-8",
            "The whole body must be UTF-8 (RFC 8259, 8.1), including skipped fields.",
            [b"{\"\xc3\x28\":1,".as_slice(), &event("check").as_bytes()[1..]].concat(),
        )
        .needs("event-user-no-utf-8"),
    ]
}
