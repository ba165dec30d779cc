//! `Content-Length`: the one number that says where the next request begins (RFC 9110, 8.6).

use super::{HIDDEN, bare, post, post_body};
use crate::answer::{accepted_status, error, invalid_http, invalid_json};
use crate::{Check, Stop, Target, Trouble, check, ensure, procedure};

/// `{}` behind this `Content-Length`.
fn of_length(value: &str) -> String {
    post(&format!("Content-Length: {value}\r\n"), "{}")
}

pub(crate) fn checks() -> Vec<Check> {
    const ANY_CASE: &str = "Field names have no case (RFC 9110, 5.1): whoever looks \
        for one spelling loses the body of real clients.";
    const TWICE: &str = "Two lengths are two opinions about where the next request \
        begins: request smuggling (RFC 9112, 6.3 and 11.2).";
    const NO_NUMBER: &str = "Only digits are a length (RFC 9110, 8.6); what else a \
        parser makes of it is its own (RFC 9112, 6.3).";
    const TOO_LARGE: &str =
        "A length that is larger than the limit is refused as such, unread (RFC 9110, 15.5.14).";
    vec![
        check("length-in-lower-case", ANY_CASE)
            .sends(post("content-length: 2\r\n", "{}"))
            .gets(invalid_json()),
        check("length-in-upper-case", ANY_CASE)
            .sends(post("CONTENT-LENGTH: 2\r\n", "{}"))
            .gets(invalid_json()),
        check("length-in-mixed-case", ANY_CASE)
            .sends(post("cOnTeNt-LeNgTh: 2\r\n", "{}"))
            .gets(invalid_json()),
        check(
            "length-missing",
            "Without a length there is no body (RFC 9112, 6.3), and no body is no event.",
        )
        .sends(post("", ""))
        .gets(invalid_json()),
        check("length-zero", "An empty body is no event, and what follows is the next request.")
            .sends(of_length("0").replace("{}", ""))
            .gets(invalid_json()),
        check(
            "length-with-leading-zeros",
            "1*DIGIT: zeros in front are digits, and the number is decimal (RFC 9110, 8.6).",
        )
        .sends(post("Content-Length: 0010\r\n", "{        }"))
        .gets(invalid_json()),
        check("length-of-unread-body", "A body that nobody asked for is still no request.")
            .sends(bare("GET /nothing", &format!("Content-Length: {}\r\n", HIDDEN.len())) + HIDDEN)
            .gets(error(404, "not_found")),
        check("length-twice", TWICE)
            .sends(post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"))
            .gets(invalid_http()),
        check("length-twice-the-same", TWICE)
            .sends(post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"))
            .gets(invalid_http()),
        check("length-twice-in-two-cases", TWICE)
            .sends(post("Content-Length: 2\r\nX-Check: a\r\ncontent-length: 2\r\n", "{}"))
            .gets(invalid_http()),
        check("length-list", TWICE).sends(of_length("2, 2")).gets(invalid_http()),
        check("length-empty", NO_NUMBER).sends(of_length("")).gets(invalid_http()),
        check("length-with-plus", NO_NUMBER).sends(of_length("+2")).gets(invalid_http()),
        check("length-negative", NO_NUMBER).sends(of_length("-2")).gets(invalid_http()),
        check("length-minus-zero", NO_NUMBER).sends(of_length("-0")).gets(invalid_http()),
        check("length-hexadecimal", NO_NUMBER).sends(of_length("0x2")).gets(invalid_http()),
        check("length-before-letters", NO_NUMBER).sends(of_length("2Z")).gets(invalid_http()),
        check("length-with-fraction", NO_NUMBER).sends(of_length("2.0")).gets(invalid_http()),
        check("length-with-exponent", NO_NUMBER).sends(of_length("2e0")).gets(invalid_http()),
        check("length-with-underscore", NO_NUMBER).sends(of_length("0_2")).gets(invalid_http()),
        check("length-with-space", NO_NUMBER).sends(of_length("0 2")).gets(invalid_http()),
        check("length-quoted", NO_NUMBER).sends(of_length("\"2\"")).gets(invalid_http()),
        check("length-of-other-digits", "Digits are ASCII: other scripts have digits too.")
            .sends(of_length("٢"))
            .gets(invalid_http()),
        check(
            "length-beyond-u64",
            "A number too long to be held must not wrap around to a short one.",
        )
        .sends(of_length("18446744073709551618"))
        .gets(invalid_http()),
        check(
            "length-of-thirty-digits",
            "A number too long to be held must not wrap around to a short one.",
        )
        .sends(of_length("100000000000000000000000000002"))
        .gets(invalid_http()),
        check("length-of-u64-max", TOO_LARGE)
            .sends(of_length("18446744073709551615"))
            .gets(error(413, "body_too_large").closed()),
        check("length-beyond-i64", TOO_LARGE)
            .sends(of_length("9223372036854775808"))
            .gets(error(413, "body_too_large").closed()),
        check("length-beyond-u32", "A length must not be cut to 32 bits: 4294967298 is not 2.")
            .sends(of_length("4294967298"))
            .gets(error(413, "body_too_large").closed()),
        check("body-with-a-request-in-it", "A body is bytes, and none of them is a request.")
            .sends(post_body(HIDDEN))
            .gets(invalid_json()),
        procedure(
            "body-cut-short",
            "A request that is not complete has not been made: half a body must \
                never count as an event (RFC 9112, 8).",
            |target| {
                cut_short(
                    target,
                    "Content-Length: 100\r\n",
                    r#"{"user":"check-cut","action":"check","amount":0}"#,
                )
            },
        )
        .told(
            "a whole event, but a Content-Length of 100; then the sending side is closed",
            "no 2xx; the connection is closed",
        ),
        procedure(
            "chunks-cut-short",
            "A chunked body without its last chunk is not complete (RFC 9112, 8).",
            |target| {
                cut_short(
                    target,
                    "Transfer-Encoding: chunked\r\n",
                    "30\r\n{\"user\":\"check-cut\",\"action\":\"check\",\"amount\":0}\r\n",
                )
            },
        )
        .told(
            "a whole event in one chunk, but no last chunk; then the sending side is closed",
            "no 2xx; the connection is closed",
        ),
    ]
}

fn cut_short(target: &Target, fields: &str, body: &str) -> Result<(), Stop> {
    let mut wire = target.open()?;
    wire.send(post(fields, body))?;
    wire.finish();
    match wire.answer(crate::To::Other) {
        Err(Trouble::Closed) => Ok(()),
        Err(trouble) => Err(trouble.into()),
        Ok(answer) => {
            ensure(
                (400..500).contains(&answer.status)
                    && answer.status != accepted_status(target.stage),
                answer.to_string(),
            )?;
            Ok(wire.end()?)
        }
    }
}
