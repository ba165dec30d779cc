//! The precedence of faults when a request has two: framing, version, coding, expectation, method,
//! path, allowed method, size, and then the event.
//!
//! Faults of the framing come first: without it, the rest of a request cannot be read reliably.

use super::{bare, post};
use crate::answer::{answer, error, invalid_http};
use crate::{Check, check};

const WHY: &str = "Of two faults, the one closer to the framing is answered, so that all servers \
    agree.";

pub(crate) fn checks() -> Vec<Check> {
    let long = "a".repeat(9000);
    let large = "Content-Length: 65537\r\n";
    vec![
        check("order-400-before-505", WHY)
            .needs("field-space-before-colon")
            .needs("version-2-0")
            .sends("GET / HTTP/2.0\r\nHost : check\r\n\r\n")
            .gets(invalid_http()),
        check("order-400-before-501-coding", WHY)
            .needs("coding-before-length")
            .needs("coding-gzip-then-chunked")
            .sends(post("Content-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n", "{}"))
            .gets(invalid_http()),
        check("order-400-before-417", WHY)
            .needs("length-before-letters")
            .needs("expect-something-else")
            .sends(post("Expect: check\r\nContent-Length: x\r\n", ""))
            .gets(invalid_http()),
        check("order-400-before-501-method", WHY)
            .needs("host-missing")
            .needs("method-unknown")
            .sends("BREW / HTTP/1.1\r\n\r\n")
            .gets(invalid_http()),
        check("order-400-before-404", WHY)
            .needs("host-missing")
            .needs("path-unknown")
            .sends("GET /nothing HTTP/1.1\r\n\r\n")
            .gets(invalid_http()),
        check("order-400-before-405", WHY)
            .needs("host-missing")
            .needs("method-get-on-events")
            .sends("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_http()),
        check("order-400-before-413", WHY)
            .needs("length-twice-the-same")
            .needs("body-of-65537-declared")
            .sends(post("Content-Length: 65537\r\nContent-Length: 65537\r\n", ""))
            .gets(invalid_http()),
        check("order-414-before-501-method", WHY)
            .needs("line-of-9000-bytes")
            .needs("method-unknown")
            .sends(bare(&format!("BREW /{long}"), ""))
            .gets(error(414, "uri_too_long").closed()),
        check("order-414-before-404", WHY)
            .needs("line-of-9000-bytes")
            .needs("path-unknown")
            .sends(bare(&format!("GET /{long}"), ""))
            .gets(error(414, "uri_too_long").closed()),
        check("order-431-before-404", WHY)
            .needs("head-of-17000-bytes")
            .needs("path-unknown")
            .sends(bare("GET /nothing", &format!("X-Check: {long}{long}\r\n")))
            .gets(error(431, "headers_too_large").closed()),
        check("order-505-before-501-coding", WHY)
            .needs("version-2-0")
            .needs("coding-gzip-then-chunked")
            .sends(
                "POST / HTTP/2.0\r\nHost: check\r\nTransfer-Encoding: \
                gzip, chunked\r\n\r\n0\r\n\r\n",
            )
            .gets(error(505, "unsupported_version")),
        check("order-505-before-417", WHY)
            .needs("version-2-0")
            .needs("expect-something-else")
            .sends("GET / HTTP/2.0\r\nHost: check\r\nExpect: check\r\n\r\n")
            .gets(error(505, "unsupported_version")),
        check("order-505-before-501-method", WHY)
            .needs("version-2-0")
            .needs("method-unknown")
            .sends("BREW / HTTP/2.0\r\nHost: check\r\n\r\n")
            .gets(error(505, "unsupported_version")),
        check("order-501-coding-before-417", WHY)
            .needs("coding-gzip-then-chunked")
            .needs("expect-something-else")
            .sends(post("Transfer-Encoding: gzip, chunked\r\nExpect: check\r\n", "0\r\n\r\n"))
            .gets(error(501, "unsupported_encoding")),
        check("order-501-coding-before-404", WHY)
            .needs("coding-gzip-then-chunked")
            .needs("path-unknown")
            .sends(
                "POST /nothing HTTP/1.1\r\nHost: check\r\nTransfer-Encoding: \
                gzip, chunked\r\n\r\n0\r\n\r\n",
            )
            .gets(error(501, "unsupported_encoding")),
        check("order-417-before-501-method", WHY)
            .needs("expect-something-else")
            .needs("method-unknown")
            .sends(bare("BREW /", "Expect: check\r\n"))
            .gets(answer(417)),
        check("order-417-before-404", WHY)
            .needs("expect-something-else")
            .needs("path-unknown")
            .sends(bare("GET /nothing", "Expect: check\r\n"))
            .gets(answer(417)),
        check("order-417-before-413", WHY)
            .needs("expect-something-else")
            .needs("body-of-65537-declared")
            .sends(post("Expect: check\r\nContent-Length: 65537\r\n", ""))
            .gets(answer(417)),
        check("order-501-method-before-404", WHY)
            .needs("method-unknown")
            .needs("path-unknown")
            .sends(bare("BREW /nothing", ""))
            .gets(error(501, "unknown_method")),
        check("order-501-method-before-413", WHY)
            .needs("method-unknown")
            .needs("body-of-65537-declared")
            .sends(bare("BREW /", large))
            .gets(error(501, "unknown_method")),
        check("order-404-before-405", WHY)
            .needs("path-unknown")
            .needs("method-get-on-events")
            .sends(bare("PUT /nothing", ""))
            .gets(error(404, "not_found")),
        check("order-404-before-413", WHY)
            .needs("path-unknown")
            .needs("body-of-65537-declared")
            .sends(bare("POST /nothing", large))
            .gets(error(404, "not_found")),
        check("order-405-before-413", WHY)
            .needs("method-get-on-events")
            .needs("body-of-65537-declared")
            .sends(bare("PUT /", large))
            .gets(error(405, "method_not_allowed")),
        check("order-413-before-event", "A body above the limit is refused before it is parsed.")
            .needs("body-of-65537-declared")
            .needs("event-empty-object")
            .sends(post(large, "{"))
            .gets(error(413, "body_too_large").closed()),
    ]
}
