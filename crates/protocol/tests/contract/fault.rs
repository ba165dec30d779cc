//! Each fault and its answer.

use protocol::{Event, Exchange, Fault, encode};

use crate::response::Response;

/// Returns every fault with its status and its reason.
fn table() -> Vec<(Fault, u16, &'static str)> {
    use Fault::*;
    let not_http = [
        EmptyLines,
        ControlCharacter,
        BareLf,
        BareCr,
        RequestLine,
        Target,
        FieldLine,
        HostMissing,
        HostRepeated,
        HostInvalid,
        LengthRepeated,
        LengthInvalid,
        LengthAndCoding,
        CodingRepeated,
        CodingInHttp10,
        ChunkedNotLast,
        ChunkSize,
        ChunkExtension,
        ChunkEnd,
        Truncated,
    ];
    let mut table: Vec<_> =
        not_http.into_iter().map(|fault| (fault, 400, "invalid_http")).collect();
    table.extend([
        (UriTooLong, 414, "uri_too_long"),
        (HeadersTooLarge, 431, "headers_too_large"),
        (RequestTimeout, 408, "request_timeout"),
        (UnsupportedVersion, 505, "unsupported_version"),
        (UnsupportedEncoding, 501, "unsupported_encoding"),
        (ExpectationFailed, 417, "expectation_failed"),
        (BodyTooLarge, 413, "body_too_large"),
        (UnknownMethod, 501, "unknown_method"),
        (NotFound, 404, "not_found"),
        (MethodNotAllowed { allow: "OPTIONS, POST".to_owned() }, 405, "method_not_allowed"),
        (ContentEncoding, 415, "unsupported_encoding"),
        (InvalidJson("a \"detail\"\n".to_owned()), 400, "invalid_json"),
        (Unavailable, 503, "unavailable"),
    ]);
    table
}

#[test]
fn every_fault_has_its_status_its_reason_and_a_sentence() {
    for (fault, status, reason) in table() {
        let mut out = Vec::new();
        encode(&mut out, &fault.reply(), Exchange::default(), "now");
        let (response, rest) = Response::read(&out, false).expect("an answer");
        assert!(rest.is_empty());
        assert_eq!(response.status, status, "{fault:?}");
        assert_eq!(response.field("content-type"), Some("application/json"));
        let body: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
        assert_eq!(body["status"], "error");
        assert_eq!(body["reason"], reason);
        assert_eq!(body["detail"], fault.to_string());
    }
}

#[test]
fn only_405_says_what_is_allowed() {
    for (fault, status, _) in table() {
        let mut out = Vec::new();
        encode(&mut out, &fault.reply(), Exchange::default(), "now");
        let (response, _) = Response::read(&out, false).expect("an answer");
        let allow = (status == 405).then_some("OPTIONS, POST");
        assert_eq!(response.field("allow"), allow, "{fault:?}");
    }
}

#[test]
fn a_detail_is_bounded_and_says_where_all_the_same() {
    // Characters of one to four bytes, and characters that JSON and serde's message escape.
    for part in ["x", "\u{e9}", "\u{20ac}", "\u{1f600}", "\\u0001", "\\\"", " at line 1"] {
        for start in 0..4 {
            let long = "y".repeat(start) + &part.repeat(60_000 / part.len());
            let body = format!("{{\"user\":\"a\",\"action\":\"b\",\n\"amount\":\"{long}\"}}");
            let fault = Event::parse(body.as_bytes()).expect_err("no event");
            let mut out = Vec::new();
            encode(&mut out, &fault.reply(), Exchange::default(), "now");
            let (response, _) = Response::read(&out, false).expect("an answer");
            let body: serde_json::Value = serde_json::from_slice(&response.body).expect("JSON");
            let detail = body["detail"].as_str().expect("a detail");
            assert!((190..=200).contains(&detail.len()), "{detail}");
            assert!(detail.starts_with("invalid type: string"), "{detail}");
            assert!(detail.contains("… at line 2 column "), "{detail}");
        }
    }
}
