//! Header fields: a token, a colon, a value, a CRLF (RFC 9112, section 5).

use super::post;
use crate::answer::{error, invalid_http, invalid_json};
use crate::{Check, check};

/// Returns a request with these field lines and an empty JSON object.
fn with_fields(fields: &str) -> String {
    post(&format!("{fields}Content-Length: 2\r\n"), "{}")
}

pub(crate) fn checks() -> Vec<Check> {
    const BEFORE_COLON: &str = "White space before the colon is refused with 400, since it can hide a field from one of \
        two parsers (RFC 9112, 5.1).";
    const FOLDED: &str =
        "A folded line is one value to some parsers and a new field to others (RFC 9112, 5.2).";
    const NAME: &str = "A field name is a token (RFC 9110, 5.1).";
    const CONTROLS: &str =
        "CR, LF and NUL in a value are dangerous to recipients further on (RFC 9110, 5.5).";
    const LINE_END: &str = "Strict parsers do not accept a bare LF as the end of a line (RFC 9112, \
        2.2).";
    const LEGAL: &str = "Valid in a value (RFC 9110, 5.5), so the request must be served.";
    vec![
        check("field-space-before-colon", BEFORE_COLON)
            .must()
            .sends(with_fields("X-Check : a\r\n"))
            .gets(error(400, "invalid_http")),
        check("field-tab-before-colon", BEFORE_COLON)
            .must()
            .needs("field-space-before-colon")
            .sends(with_fields("X-Check\t: a\r\n"))
            .gets(error(400, "invalid_http")),
        check("field-space-before-colon-of-length", BEFORE_COLON)
            .must()
            .needs("field-space-before-colon")
            .sends(post("Content-Length : 2\r\n", "{}"))
            .gets(error(400, "invalid_http")),
        check("field-folded", FOLDED)
            .sends(with_fields("X-Check: a\r\n b\r\n"))
            .gets(invalid_http()),
        check("field-folded-by-tab", FOLDED)
            .needs("field-folded")
            .sends(with_fields("X-Check: a\r\n\tb\r\n"))
            .gets(invalid_http()),
        check("field-folded-empty", FOLDED)
            .needs("field-folded")
            .sends(with_fields("X-Check:\r\n \r\n"))
            .gets(invalid_http()),
        check(
            "field-space-before-first",
            "White space before the first field folds no line (RFC 9112, 2.2).",
        )
        .sends("POST / HTTP/1.1\r\n Host: check\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
        .gets(invalid_http()),
        check("field-without-colon", NAME).sends(with_fields("X-Check\r\n")).gets(invalid_http()),
        check("field-without-name", NAME).sends(with_fields(": a\r\n")).gets(invalid_http()),
        check("field-name-with-space", NAME)
            .needs("field-name-with-bracket")
            .sends(with_fields("X Check: a\r\n"))
            .gets(invalid_http()),
        check("field-name-with-bracket", NAME)
            .sends(with_fields("X(Check): a\r\n"))
            .gets(invalid_http()),
        check("field-name-with-nul", NAME)
            .needs("field-name-with-bracket")
            .sends(with_fields("X-\0Check: a\r\n"))
            .gets(invalid_http()),
        check("field-name-beyond-ascii", NAME)
            .needs("field-name-with-bracket")
            .sends(with_fields("X-Prüfung: a\r\n"))
            .gets(invalid_http()),
        check("field-value-with-nul", CONTROLS)
            .sends(with_fields("X-Check: a\0b\r\n"))
            .gets(invalid_http()),
        check("field-value-with-bare-cr", CONTROLS)
            .sends(with_fields("X-Check: a\rb\r\n"))
            .gets(invalid_http()),
        check("field-value-with-control", CONTROLS)
            .sends(with_fields("X-Check: a\x01b\r\n"))
            .gets(invalid_http()),
        check("field-value-with-escape", CONTROLS)
            .needs("field-value-with-control")
            .sends(with_fields("X-Check: \x1b[1m\r\n"))
            .gets(invalid_http()),
        check("field-value-with-delete", CONTROLS)
            .needs("field-value-with-control")
            .sends(with_fields("X-Check: a\x7fb\r\n"))
            .gets(invalid_http()),
        check("field-ends-in-cr-cr-lf", CONTROLS)
            .sends(with_fields("X-Check: a\r\r\n"))
            .gets(invalid_http()),
        check("field-ends-in-lf", LINE_END)
            .needs("line-bare-lf")
            .sends(with_fields("X-Check: a\n"))
            .gets(invalid_http()),
        check("head-ends-in-lf", LINE_END)
            .needs("line-bare-lf")
            .sends("POST / HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\n{}")
            .gets(invalid_http()),
        check("head-of-lf-lines", LINE_END)
            .needs("line-bare-lf")
            .sends("POST / HTTP/1.1\nHost: check\nContent-Length: 2\n\n{}")
            .gets(invalid_http()),
        check("field-value-with-tab", LEGAL)
            .sends(with_fields("X-Check: a\tb\r\n"))
            .gets(invalid_json()),
        check("field-value-beyond-ascii", LEGAL)
            .sends(with_fields("X-Check: Grüße\r\n"))
            .gets(invalid_json()),
        check("field-value-empty", LEGAL).sends(with_fields("X-Check:\r\n")).gets(invalid_json()),
        check("field-value-with-colon", LEGAL)
            .sends(with_fields("X-Check: a: b\r\n"))
            .gets(invalid_json()),
        check("field-value-without-space", LEGAL)
            .sends(with_fields("X-Check:a\r\n"))
            .gets(invalid_json()),
        check(
            "field-value-in-white-space",
            "White space around a value is not part of it (RFC 9112, 5.1).",
        )
        .sends("POST / HTTP/1.1\r\nHost: \t check \t\r\nContent-Length: \t 2 \t\r\n\r\n{}")
        .gets(invalid_json()),
        check("field-name-of-every-token-character", NAME)
            .sends(with_fields("!#$%&'*+-.^_`|~09azAZ: a\r\n"))
            .gets(invalid_json()),
        check("field-twice", "An unknown field may be repeated (RFC 9110, 5.2).")
            .sends(with_fields("X-Check: a\r\nX-Check: a\r\n"))
            .gets(invalid_json()),
        check("field-value-beyond-utf-8", LEGAL)
            .sends(
                [
                    &b"POST / HTTP/1.1\r\nHost: check\r\nX-Check: \x80\xfe\xff\r\n"[..],
                    b"Content-Length: 2\r\n\r\n{}",
                ]
                .concat(),
            )
            .gets(invalid_json()),
    ]
}
