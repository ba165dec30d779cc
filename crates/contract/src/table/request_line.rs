//! The request line: method, target and version, one space apart (RFC 9112, section 3).

use super::{bare, post_body};
use crate::answer::{answer, error, invalid_http, invalid_json};
use crate::{Check, check};

pub(crate) fn checks() -> Vec<Check> {
    [lines(), targets(), versions()].concat()
}

/// Returns a request with this request line and a `Host`.
fn line(line: &str) -> String {
    format!("{line}\r\nHost: check\r\n\r\n")
}

fn lines() -> Vec<Check> {
    const SPACES: &str = "Servers that parse a request line leniently may disagree about its target \
        (RFC 9112, 3).";
    const CONTROLS: &str = "Servers read control characters in a request line differently (RFC 9112, \
        2.2 and 3.2).";
    const EMPTY_LINES: &str = "Old clients send CRLF after a body, so a limited number is skipped \
        (RFC 9112, 2.2).";
    let after_empty_lines = |count: usize| "\r\n".repeat(count) + &bare("GET /nothing", "");
    vec![
        check("line-two-spaces", SPACES).sends(line("GET  / HTTP/1.1")).gets(invalid_http()),
        check("line-space-before-method", SPACES)
            .needs("line-two-spaces")
            .sends(line(" GET / HTTP/1.1"))
            .gets(invalid_http()),
        check("line-space-in-target", SPACES)
            .needs("line-two-spaces")
            .sends(line("GET /a b HTTP/1.1"))
            .gets(invalid_http()),
        check("line-space-after-version", SPACES)
            .needs("line-two-spaces")
            .sends(line("GET / HTTP/1.1 "))
            .gets(invalid_http()),
        check("line-tab-for-space", SPACES)
            .needs("line-two-spaces")
            .sends(line("GET\t/ HTTP/1.1"))
            .gets(invalid_http()),
        check("line-without-target", SPACES).sends(line("GET HTTP/1.1")).gets(invalid_http()),
        check("line-method-alone", SPACES).sends(line("GET")).gets(invalid_http()),
        check("line-not-http", "Another protocol is refused and the connection closed.")
            .sends("\x16\x03\x01\x02\x00\x01\x00\x01\u{7f}\r\n\r\n")
            .gets(invalid_http()),
        check("line-method-no-token", "A method is a token (RFC 9110, 9.1).")
            .sends(line("G(T / HTTP/1.1"))
            .gets(invalid_http()),
        check(
            "line-method-empty",
            "A method is a token of at least one character (RFC 9110, 9.1).",
        )
        .sends(line("/ HTTP/1.1"))
        .gets(invalid_http()),
        check("line-nul-in-target", CONTROLS)
            .sends(line("GET /a\0b HTTP/1.1"))
            .gets(invalid_http()),
        check("line-control-in-target", CONTROLS)
            .needs("line-nul-in-target")
            .sends(line("GET /a\x01b HTTP/1.1"))
            .gets(invalid_http()),
        check("line-delete-in-target", CONTROLS)
            .needs("line-nul-in-target")
            .sends(line("GET /a\x7fb HTTP/1.1"))
            .gets(invalid_http()),
        check("line-bare-cr", CONTROLS).sends(line("GET /a\rb HTTP/1.1")).gets(invalid_http()),
        check("line-bare-cr-at-end", CONTROLS)
            .needs("line-bare-cr")
            .sends("GET / HTTP/1.1\rHost: check\r\n\r\n")
            .gets(invalid_http()),
        check(
            "line-bare-lf",
            "Parsers disagree about a line that ends with a bare LF (RFC 9112, 2.2).",
        )
        .sends("GET / HTTP/1.1\nHost: check\r\n\r\n")
        .gets(invalid_http()),
        check("line-after-one-empty", EMPTY_LINES)
            .needs("path-unknown")
            .sends(after_empty_lines(1))
            .gets(error(404, "not_found")),
        check("line-after-eight-empty", EMPTY_LINES)
            .needs("line-after-one-empty")
            .sends(after_empty_lines(8))
            .gets(error(404, "not_found")),
        check("line-after-nine-empty", EMPTY_LINES)
            .needs("line-after-one-empty")
            .sends(after_empty_lines(9))
            .gets(invalid_http()),
        check("line-after-bare-lf", "A bare LF is not an empty line (RFC 9112, 2.2).")
            .needs("line-bare-lf")
            .sends(format!("\n{}", bare("GET /nothing", "")))
            .gets(invalid_http()),
    ]
}

fn targets() -> Vec<Check> {
    const ABSOLUTE: &str =
        "A server must accept a target in absolute form (RFC 9112, 3.2.2): proxies send it.";
    const NO_FORM: &str =
        "A target has one of four forms, depending on the method (RFC 9112, 3.2).";
    const NO_URI: &str = "A target consists of URI characters without a fragment (RFC 9112, 3.2); \
        hops repair other characters in different ways.";
    const RAW: &str = "Browsers, node and curl send these characters of a query unescaped.";
    vec![
        check("target-absolute", ABSOLUTE).must().needs("event-empty-object")
            .sends("POST http://check/ HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_json()),
        check("target-absolute-in-any-case", "Schemes are case-insensitive (RFC 3986, 3.1).").needs("target-absolute")
            .sends("POST HTTP://check/ HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_json()),
        check(
            "target-absolute-other-host",
            "The host of the target counts, not the field (RFC 9112, 3.2.2).",
        ).needs("target-absolute")
        .sends("POST http://other:81/ HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
        .gets(invalid_json()),
        check("target-absolute-without-path", "An empty path is `/` (RFC 9110, 4.2.3).").needs("target-absolute")
            .sends("POST http://check HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_json()),
        check("target-absolute-other-path", ABSOLUTE).needs("path-unknown").needs("target-absolute")
            .sends(bare("GET http://check/nothing", ""))
            .gets(error(404, "not_found")),
        check(
            "target-query",
            "A query is ignored.",
        )
        .sends("POST /?source=check HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
        .gets(invalid_json()),
        check(
            "target-query-of-absolute",
            "The query begins at the first `?`, even without a path.",
        ).needs("target-absolute").needs("target-query")
        .sends("POST http://check?a=/b HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
        .gets(invalid_json()),
        check("target-raw-query", RAW).needs("target-query")
            .sends("POST /?{a|b}^`=\u{e9} HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_json()),
        check("target-raw-query-of-absolute", RAW).needs("target-absolute").needs("target-raw-query")
            .sends("POST http://check/?{\u{e9}} HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_json()),
        check("target-raw-path", NO_URI)
            .sends(line("GET /{nothing} HTTP/1.1"))
            .gets(invalid_http()),
        check("target-query-with-quote", NO_URI).needs("target-raw-path")
            .sends(line("GET /nothing?a\"b HTTP/1.1"))
            .gets(invalid_http()),
        check("target-query-with-angle", NO_URI).needs("target-raw-path")
            .sends(line("GET /nothing?<b> HTTP/1.1"))
            .gets(invalid_http()),
        check("target-query-with-fragment", NO_URI).needs("target-with-fragment")
            .sends(line("GET /nothing?a#b HTTP/1.1"))
            .gets(invalid_http()),
        check("target-without-slash-unknown-method", NO_FORM).needs("target-without-slash")
            .sends(line("BREW nothing HTTP/1.1"))
            .gets(invalid_http()),
        check("target-authority-for-connect", NO_FORM).needs("method-unknown")
            .sends(line("CONNECT check:80 HTTP/1.1"))
            .gets(error(501, "unknown_method")),
        check("target-without-slash", NO_FORM)
            .sends(line("GET nothing HTTP/1.1"))
            .gets(invalid_http()),
        check("target-authority-for-get", NO_FORM).needs("target-without-slash")
            .sends(line("GET check:80 HTTP/1.1"))
            .gets(invalid_http()),
        check("target-star-for-get", NO_FORM)
            .sends(line("GET * HTTP/1.1"))
            .gets(answer(400).or(404)),
        check("target-absolute-without-host", "An http URI has a host (RFC 9110, 4.2.1).")
            .sends(line("GET http:///nothing HTTP/1.1"))
            .gets(invalid_http()),
        check("target-with-fragment", NO_URI)
            .sends(line("GET /nothing#check HTTP/1.1"))
            .gets(invalid_http()),
        check("target-beyond-ascii", NO_URI).needs("target-raw-path")
            .sends(line("GET /caf\u{e9} HTTP/1.1"))
            .gets(invalid_http()),
    ]
}

fn versions() -> Vec<Check> {
    const NO_VERSION: &str =
        "A version is `HTTP/`, one digit, a dot, one digit, in upper case (RFC 9112, 2.3).";
    const MAJOR: &str = "Another major version may have another syntax and is answered with 505 (RFC \
        9110, 15.6.6).";
    let of_version = |version: &str| {
        let head = format!("POST / {version}\r\nHost: check\r\nContent-Length: 2\r\n\r\n");
        head + "{}"
    };
    vec![
        check("version-missing", "HTTP/0.9 has no head and no framing.")
            .sends(line("GET /"))
            .gets(invalid_http()),
        check("version-in-lower-case", NO_VERSION)
            .sends(of_version("http/1.1"))
            .gets(invalid_http()),
        check("version-without-minor", NO_VERSION).sends(of_version("HTTP/1")).gets(invalid_http()),
        check("version-with-two-digits", NO_VERSION)
            .needs("version-without-minor")
            .sends(of_version("HTTP/1.10"))
            .gets(invalid_http()),
        check("version-with-no-digit", NO_VERSION)
            .needs("version-without-minor")
            .sends(of_version("HTTP/1.x"))
            .gets(invalid_http()),
        check("version-of-another-protocol", NO_VERSION)
            .sends(of_version("HTTQ/1.1"))
            .gets(invalid_http()),
        check(
            "version-1-2",
            "Minor versions are compatible: 1.2 to 1.9 are served as 1.1 (RFC 9110, 2.5).",
        )
        .sends(of_version("HTTP/1.2"))
        .gets(invalid_json()),
        check(
            "version-1-9",
            "Minor versions are compatible: 1.2 to 1.9 are served as 1.1 (RFC 9110, 2.5).",
        )
        .needs("version-1-2")
        .sends(of_version("HTTP/1.9"))
        .gets(invalid_json()),
        check("version-2-0", MAJOR)
            .sends(of_version("HTTP/2.0"))
            .gets(error(505, "unsupported_version")),
        check("version-0-9", MAJOR)
            .needs("version-2-0")
            .sends(of_version("HTTP/0.9"))
            .gets(error(505, "unsupported_version")),
        check(
            "version-1-0",
            "An HTTP/1.0 client is answered, and its connection closed (RFC 9112, 9.3).",
        )
        .sends(of_version("HTTP/1.0"))
        .gets(error(400, "invalid_json").without("Transfer-Encoding").ends()),
        check("post-in-one-segment", "The simplest request.")
            .needs("event-empty-object")
            .sends(post_body("{}"))
            .gets(invalid_json()),
    ]
}
