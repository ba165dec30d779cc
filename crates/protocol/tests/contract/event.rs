//! The definition of an event, rule by rule.

use protocol::{Event, Fault};

/// Returns an event with this amount.
fn with_amount(amount: &str) -> String {
    format!(r#"{{"user":"alice","action":"buy","amount":{amount}}}"#)
}

/// Returns an event with these additional fields.
fn with(fields: &str) -> String {
    format!(r#"{{"user":"alice",{fields},"action":"buy","amount":1}}"#)
}

fn is_event(body: impl AsRef<[u8]>) -> Event {
    let body = body.as_ref();
    let text = || String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    Event::parse(body).unwrap_or_else(|fault| panic!("{fault:?}: {}", text()))
}

fn is_none(body: impl AsRef<[u8]>) {
    let body = body.as_ref();
    let parsed = Event::parse(body);
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    assert!(matches!(parsed, Err(Fault::InvalidJson(_))), "{parsed:?}: {text}");
}

#[test]
fn an_event_is_an_object_with_three_fields_in_any_order() {
    let expected = Event { user: "alice".into(), action: "buy".into(), amount: 100 };
    for body in [
        r#"{"user":"alice","action":"buy","amount":100}"#,
        r#"{"amount":100,"action":"buy","user":"alice"}"#,
        "\t\r\n { \"user\" : \"alice\" , \"action\" : \"buy\" , \"amount\" : 100 } \n",
        r#"{"\u0075ser":"\u0061lice","action":"b\u0075y","amount":100}"#,
        r#"{"x":null,"user":"alice","action":"buy","amount":100,"y":[{"user":1}]}"#,
    ] {
        assert_eq!(is_event(body), expected);
    }
}

#[test]
fn nothing_else_is_an_event() {
    for body in [
        "",
        " ",
        "null",
        "true",
        "1",
        "\"alice\"",
        "[]",
        "{}",
        "{",
        "}",
        "hello",
        r#"["alice","buy",100]"#,
        "\n [\"alice\",\"buy\",100]",
        r#"[{"user":"alice","action":"buy","amount":100}]"#,
        r#"{"user":"alice","action":"buy"}"#,
        r#"{"user":"alice","amount":100}"#,
        r#"{"action":"buy","amount":100}"#,
        r#"{"User":"alice","action":"buy","amount":100}"#,
        r#"{"user":"alice","action":"buy","amount":100"#,
        r#"{"user":"alice","action":"buy","amount":100,}"#,
        r#"{"user":"alice" "action":"buy","amount":100}"#,
        r#"{'user':'alice','action':'buy','amount':100}"#,
        r#"{user:"alice",action:"buy",amount:100}"#,
        r#"{"user":"alice","action":"buy","amount":100} // comment"#,
        r#"{"type":"metrics"}"#,
    ] {
        is_none(body);
    }
}

#[test]
fn nothing_follows_the_object() {
    for tail in ["x", "{}", ",", "}", "\0", "\u{a0}", "\u{feff}", "\u{b}", "\u{c}"] {
        is_none(with_amount("1") + tail);
    }
    is_none(format!("\u{feff}{}", with_amount("1")));
    is_none(with_amount("1").repeat(2));
}

#[test]
fn each_field_is_given_once() {
    for field in [r#""user":"alice""#, r#""action":"buy""#, r#""amount":1"#, r#""\u0075ser":"bob""#]
    {
        is_none(with(field));
    }
    is_event(with(r#""other":1,"other":2"#));
}

#[test]
fn a_user_has_1_to_256_bytes() {
    let user = |name: &str| format!(r#"{{"user":"{name}","action":"","amount":0}}"#);
    for name in ["a", &"a".repeat(255), &"a".repeat(256), &"\u{e9}".repeat(128)] {
        assert_eq!(is_event(user(name)).user, name);
    }
    for name in ["", &"a".repeat(257), &"\u{e9}".repeat(129), &"a".repeat(60_000)] {
        is_none(user(name));
    }
    // Bytes of the decoded name, not of its escape sequences.
    assert_eq!(is_event(user(&r"\u0061".repeat(256))).user, "a".repeat(256));
    is_none(user(&r"\u00e9".repeat(129)));
    for name in [r"\u0000", r"\ud83d\ude00", "日本", r#"\"\\\/"#] {
        is_event(user(name));
    }
    for name in ["\u{1}", "\n", "\0", r"\x", r"\u12", r"\ud800", r"\udc00\ud800"] {
        is_none(user(name));
    }
}

#[test]
fn user_and_action_are_strings() {
    for value in ["1", "null", "true", "[]", "{}", r#"["alice"]"#] {
        is_none(format!(r#"{{"user":{value},"action":"buy","amount":1}}"#));
        is_none(format!(r#"{{"user":"alice","action":{value},"amount":1}}"#));
    }
    assert_eq!(is_event(r#"{"user":"alice","action":"","amount":1}"#).action, "");
}

#[test]
fn an_amount_is_an_integer_literal_within_i64() {
    for (text, amount) in [
        ("0", 0),
        ("-1", -1),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(is_event(with_amount(text)).amount, amount);
    }
    for text in [
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999",
        "-0",
        "-0.0",
        "0.0",
        "1.0",
        "1.5",
        "1e2",
        "1E2",
        "1e0",
        "100e-2",
        "1e400",
        "+1",
        "01",
        "-01",
        "00",
        "--1",
        "-",
        "1.",
        ".1",
        "0x10",
        "1_000",
        "1 0",
        "NaN",
        "Infinity",
        "null",
        "true",
        "\"1\"",
        "[1]",
        "{}",
        "",
    ] {
        is_none(with_amount(text));
    }
}

#[test]
fn other_fields_are_skipped_if_they_are_json() {
    for value in [
        "null",
        "-0",
        "1e400",
        "-1.5E+3",
        "\"\"",
        r#""\u0000\ud83d\ude00\n""#,
        "[]",
        "{}",
        "[[[],{}]]",
        r#"{"user":"bob","user":"bob","amount":1.5}"#,
        "123456789012345678901234567890",
    ] {
        is_event(with(&format!(r#""other":{value}"#)));
    }
    for value in [
        "",
        "nul",
        "True",
        "undefined",
        "01",
        "1.",
        "+1",
        "'a'",
        "[1,]",
        "[1 2]",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":1,}"#,
        r#"{1:2}"#,
        "\"\n\"",
        "\"\u{1}\"",
        r#""\x""#,
        r#""\u12g4""#,
        "[}",
        "{]",
        "[",
        "\"",
    ] {
        is_none(with(&format!(r#""other":{value}"#)));
    }
}

#[test]
fn other_fields_are_skipped_at_any_depth_without_recursion() {
    for depth in [10_000, 30_000] {
        let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        is_event(with(&format!(r#""deep":{arrays}"#)));
        is_none(with(&format!(r#""deep":{}"#, &arrays[1..])));
        is_none(with(&format!(r#""deep":{}"#, &arrays[..2 * depth - 1])));
        is_none(arrays);
    }
    let objects = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    is_event(with(&format!(r#""deep":{objects}"#)));
    is_none(objects);
    is_none("[".repeat(60_000));
    is_none(r#"{"user":"#.repeat(8_000));
}

#[test]
fn the_whole_body_is_utf8() {
    let invalid: [&[u8]; 8] = [
        b"\xff",
        b"\x80",
        b"\xc3",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe9",
        b"\xfe\xff",
    ];
    for bytes in invalid {
        for template in [
            r#"{"user":"al@ice","action":"buy","amount":1}"#,
            r#"{"user":"alice","action":"b@uy","amount":1}"#,
            r#"{"user":"alice","other":"@","action":"buy","amount":1}"#,
            r#"{"user":"alice","oth@er":1,"action":"buy","amount":1}"#,
            r#"{"user":"alice","other":[{"a":["@"]}],"action":"buy","amount":1}"#,
            r#"{"user":"alice","action":"buy","amount":1}@"#,
            r#"@{"user":"alice","action":"buy","amount":1}"#,
        ] {
            let (before, after) = template.split_once('@').expect("a place for the bytes");
            is_none([before.as_bytes(), bytes, after.as_bytes()].concat());
        }
    }
    is_event(with(r#""other":"日本 é 😀""#));
}

#[test]
fn the_fault_says_what_is_wrong_and_where() {
    let fault = Event::parse(br#"{"amount":1}"#).expect_err("no event");
    assert_eq!(fault.to_string(), "missing field `user` at line 1 column 12");
    let fault = Event::parse(b"{\"user\":\"a\",\n\"amount\":1.5}").expect_err("no event");
    assert!(fault.to_string().contains("line 2"), "{fault}");
}
