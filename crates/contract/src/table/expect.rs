//! `Expect: 100-continue` (RFC 9110, section 10.1.1).

use super::post;
use crate::answer::{answer, error, invalid_json};
use crate::{Check, check};

pub(crate) fn checks() -> Vec<Check> {
    const REFUSED: &str = "A head that is refused is answered at once and not with 100 (RFC 9110, \
        10.1.1).";
    const LIST: &str =
        "Expect is a list, and empty members of a list are ignored (RFC 9110, 5.6.1.2 and 10.1.1).";
    vec![
        check(
            "continue-then-answer",
            "The client waits for 100 before it sends the body (RFC 9110, 10.1.1); curl does so for \
             long bodies.",
        ).must().needs("request-in-segments")
        .sends(post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""))
        .gets(answer(100))
        .sends("{}")
        .gets(invalid_json()),
        check("continue-in-any-case", "Expectations are case-insensitive (RFC 9110, 10.1.1).").must().needs("length-in-lower-case").needs("continue-then-answer")
            .sends(post("Content-Length: 2\r\nexpect: 100-Continue\r\n", ""))
            .gets(answer(100))
            .sends("{}")
            .gets(invalid_json()),
        check("continue-for-chunks", "A chunked body may have an Expect too (RFC 9110, 10.1.1).").needs("coding-chunked").needs("continue-then-answer")
            .sends(post("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", ""))
            .gets(answer(100))
            .sends("2\r\n{}\r\n0\r\n\r\n")
            .gets(invalid_json()),
        check(
            "continue-not-waited-for",
            "A client may send its body without waiting; then 100 is optional (RFC 9110, 10.1.1).",
        ).must().needs("continue-then-answer")
        .sends(post("Content-Length: 2\r\nExpect: 100-continue\r\n", "{}"))
        .gets(invalid_json().maybe_continued()),
        check("continue-without-body", "Without a body 100 is optional.").needs("path-unknown").needs("continue-then-answer")
            .sends("GET /nothing HTTP/1.1\r\nHost: check\r\nExpect: 100-continue\r\n\r\n")
            .gets(error(404, "not_found").maybe_continued()),
        check("continue-in-1-0", "HTTP/1.0 has no 100 Continue (RFC 9110, 10.1.1).").must().needs("version-1-0").needs("continue-then-answer")
            .sends(
                "POST / HTTP/1.0\r\nHost: check\r\nContent-Length: 2\r\n\
                Expect: 100-continue\r\n\r\n{}",
            )
            .gets(error(400, "invalid_json")),
        check("continue-refused-413", REFUSED).needs("body-of-65537-declared").needs("continue-then-answer")
            .sends(post("Content-Length: 65537\r\nExpect: 100-continue\r\n", ""))
            .gets(error(413, "body_too_large").closed()),
        check("continue-refused-404", REFUSED).needs("path-unknown").needs("continue-then-answer")
            .sends(
                "POST /nothing HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\
                Expect: 100-continue\r\n\r\n",
            )
            .gets(error(404, "not_found")),
        check("continue-refused-405", REFUSED).needs("method-get-on-events").needs("continue-then-answer").needs("continue-refused-404")
            .sends(
                "PUT / HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\
                Expect: 100-continue\r\n\r\n",
            )
            .gets(error(405, "method_not_allowed")),
        check("continue-refused-501", REFUSED).needs("method-unknown").needs("continue-then-answer").needs("continue-refused-404")
            .sends(
                "BREW / HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\
                Expect: 100-continue\r\n\r\n",
            )
            .gets(error(501, "unknown_method")),
        check("expect-continue-twice", LIST).needs("continue-then-answer")
            .sends(post("Content-Length: 2\r\nExpect: 100-continue, 100-continue\r\n", ""))
            .gets(answer(100))
            .sends("{}")
            .gets(invalid_json()),
        check("expect-continue-on-two-lines", LIST).needs("expect-continue-twice")
            .sends(post(
                "Content-Length: 2\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n",
                "",
            ))
            .gets(answer(100))
            .sends("{}")
            .gets(invalid_json()),
        check("expect-empty-members", LIST).needs("expect-continue-twice")
            .sends(post("Content-Length: 2\r\nExpect: , 100-continue ,,\r\n", ""))
            .gets(answer(100))
            .sends("{}")
            .gets(invalid_json()),
        check("expect-nothing", LIST).needs("expect-empty-members")
            .sends(post("Content-Length: 2\r\nExpect: ,\r\n", "{}"))
            .gets(invalid_json()),
        check(
            "expect-something-else",
            "An expectation that cannot be met is answered with 417 (RFC 9110, 15.5.18).",
        )
        .sends(post("Content-Length: 2\r\nExpect: 200-ok\r\n", "{}"))
        .gets(answer(417)),
        check(
            "expect-continue-and-more",
            "An expectation that cannot be met is answered with 417 (RFC 9110, 15.5.18).",
        ).needs("expect-something-else")
        .sends(post("Content-Length: 2\r\nExpect: 100-continue, check\r\n", "{}"))
        .gets(answer(417)),
    ]
}
