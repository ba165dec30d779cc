//! `Content-Length`, which decides where the next request begins (RFC 9110, 8.6).

use super::{HIDDEN, bare, post, post_body};
use crate::answer::{error, invalid_http, invalid_json};
use crate::{Check, Stop, Target, WireError, check, ensure, procedure};

/// Returns a request with this `Content-Length` and `{}`.
fn of_length(value: &str) -> String {
    post(&format!("Content-Length: {value}\r\n"), "{}")
}

pub(crate) fn checks() -> Vec<Check> {
    const ANY_CASE: &str = "Field names are case-insensitive (RFC 9110, 5.1): a server that knows one \
        spelling loses the bodies of real clients.";
    const TWICE: &str = "With two lengths, servers may disagree about where the next request begins: \
        request smuggling (RFC 9112, 6.3 and 11.2).";
    const NO_NUMBER: &str = "A length consists of digits (RFC 9110, 8.6); parsers read anything else \
        differently (RFC 9112, 6.3).";
    const TOO_LARGE: &str =
        "A length above the limit is refused before the body is read (RFC 9110, 15.5.14).";
    vec![
        check("length-in-lower-case", ANY_CASE).must()
            .sends(post("content-length: 2\r\n", "{}"))
            .gets(invalid_json()),
        check("length-in-upper-case", ANY_CASE).must().needs("length-in-lower-case")
            .sends(post("CONTENT-LENGTH: 2\r\n", "{}"))
            .gets(invalid_json()),
        check("length-in-mixed-case", ANY_CASE).must().needs("length-in-lower-case")
            .sends(post("cOnTeNt-LeNgTh: 2\r\n", "{}"))
            .gets(invalid_json()),
        check(
            "length-missing",
            "Without a length there is no body (RFC 9112, 6.3), and so no event.",
        )
        .sends(post("", ""))
        .gets(invalid_json()),
        check("length-zero", "An empty body is not an event; what follows is the next request.")
            .sends(of_length("0").replace("{}", ""))
            .gets(invalid_json()),
        check(
            "length-with-leading-zeros",
            "A length is 1*DIGIT, so leading zeros are valid, and decimal (RFC 9110, 8.6).",
        )
        .sends(post("Content-Length: 0010\r\n", "{        }"))
        .gets(invalid_json()),
        check("length-of-unread-body", "An unused body is read to its end, or the connection is closed: it is not a request (RFC \
             9112, 9.3).").must().needs("path-unknown")
            .sends(bare("GET /nothing", &format!("Content-Length: {}\r\n", HIDDEN.len())) + HIDDEN)
            .gets(error(404, "not_found")),
        check("length-twice", TWICE).must()
            .sends(post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"))
            .gets(invalid_http()),
        check("length-twice-the-same", TWICE).needs("length-twice")
            .sends(post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"))
            .gets(invalid_http()),
        check("length-twice-in-two-cases", TWICE).needs("length-in-lower-case").needs("length-twice").needs("length-twice-the-same")
            .sends(post("Content-Length: 2\r\nX-Check: a\r\ncontent-length: 2\r\n", "{}"))
            .gets(invalid_http()),
        check("length-list", TWICE).needs("length-twice-the-same").sends(of_length("2, 2")).gets(invalid_http()),
        check("length-empty", NO_NUMBER).needs("length-before-letters").sends(of_length("")).gets(invalid_http()),
        check("length-with-plus", NO_NUMBER).must().needs("length-before-letters").sends(of_length("+2")).gets(invalid_http()),
        check("length-negative", NO_NUMBER).must().needs("length-before-letters").sends(of_length("-2")).gets(invalid_http()),
        check("length-minus-zero", NO_NUMBER).must().needs("length-negative").sends(of_length("-0")).gets(invalid_http()),
        check("length-hexadecimal", NO_NUMBER).must().needs("length-before-letters").sends(of_length("0x2")).gets(invalid_http()),
        check("length-before-letters", NO_NUMBER).must().sends(of_length("2Z")).gets(invalid_http()),
        check("length-with-fraction", NO_NUMBER).must().needs("length-before-letters").sends(of_length("2.0")).gets(invalid_http()),
        check("length-with-exponent", NO_NUMBER).must().needs("length-before-letters").sends(of_length("2e0")).gets(invalid_http()),
        check("length-with-underscore", NO_NUMBER).must().needs("length-before-letters").needs("length-with-plus").sends(of_length("0_2")).gets(invalid_http()),
        check("length-with-space", NO_NUMBER).must().needs("length-before-letters").sends(of_length("0 2")).gets(invalid_http()),
        check("length-quoted", NO_NUMBER).must().needs("length-before-letters").sends(of_length("\"2\"")).gets(invalid_http()),
        check("length-of-other-digits", "Only ASCII digits are valid (RFC 9110, 8.6).").must().needs("length-before-letters").needs("length-with-plus")
            .sends(of_length("٢"))
            .gets(invalid_http()),
        check("length-beyond-u64", "A number that overflows must not wrap around.")
            .sends(of_length("18446744073709551618"))
            .gets(invalid_http()),
        check("length-of-thirty-digits", "A number that overflows must not wrap around.").needs("length-beyond-u64")
            .sends(of_length("100000000000000000000000000002"))
            .gets(invalid_http()),
        check("length-of-u64-max", TOO_LARGE).needs("body-of-65537-declared")
            .sends(of_length("18446744073709551615"))
            .gets(error(413, "body_too_large").closed()),
        check("length-beyond-i64", TOO_LARGE).needs("body-of-65537-declared").needs("length-of-u64-max")
            .sends(of_length("9223372036854775808"))
            .gets(error(413, "body_too_large").closed()),
        check(
            "length-beyond-u32",
            "A length must not be truncated to 32 bits: 4294967298 is not 2.",
        ).needs("body-of-65537-declared")
        .sends(of_length("4294967298"))
        .gets(error(413, "body_too_large").closed()),
        check("body-with-a-request-in-it", "Bytes in a body are not a request (RFC 9112, 6.3).").must()
            .sends(post_body(HIDDEN))
            .gets(invalid_json()),
        procedure(
            "body-cut-short",
            "An incomplete request must not count as an event (RFC 9112, 8).",
            |target| {
                cut_short(
                    target,
                    "Content-Length: 100\r\n",
                    r#"{"user":"check-cut","action":"check","amount":0}"#,
                )
            },
        ).must()
        .describe(
            "a complete event, but a Content-Length of 100; then the sending side is closed",
            "an error, or the end of the connection",
        ),
        procedure(
            "chunks-cut-short",
            "A chunked body without its last chunk is incomplete (RFC 9112, 8).",
            |target| {
                cut_short(
                    target,
                    "Transfer-Encoding: chunked\r\n",
                    "30\r\n{\"user\":\"check-cut\",\"action\":\"check\",\"amount\":0}\r\n",
                )
            },
        ).must().needs("body-cut-short").needs("coding-chunked")
        .describe(
            "a complete event in one chunk, but no last chunk; then the sending side is closed",
            "an error, or the end of the connection",
        ),
    ]
}

fn cut_short(target: &Target, fields: &str, body: &str) -> Result<(), Stop> {
    let mut wire = target.open()?;
    // The server may close before it has read all.
    let _ = wire.send(post(fields, body));
    wire.finish();
    match wire.answer(crate::To::Other) {
        Err(WireError::Closed | WireError::Reset) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(answer) => {
            let got = format!("{answer} (the request was not complete)");
            ensure((400..600).contains(&answer.status), got)
        }
    }
}
