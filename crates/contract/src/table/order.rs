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
            .sends("GET / HTTP/2.0\r\nHost : check\r\n\r\n")
            .gets(invalid_http()),
        check("order-400-before-501-coding", WHY)
            .sends(post("Content-Length: 2\r\nTransfer-Encoding: gzip, chunked\r\n", "{}"))
            .gets(invalid_http()),
        check("order-400-before-417", WHY)
            .sends(post("Expect: check\r\nContent-Length: x\r\n", ""))
            .gets(invalid_http()),
        check("order-400-before-501-method", WHY)
            .sends("BREW / HTTP/1.1\r\n\r\n")
            .gets(invalid_http()),
        check("order-400-before-404", WHY)
            .sends("GET /nothing HTTP/1.1\r\n\r\n")
            .gets(invalid_http()),
        check("order-400-before-405", WHY)
            .sends("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_http()),
        check("order-400-before-413", WHY)
            .sends(post("Content-Length: 65537\r\nContent-Length: 65537\r\n", ""))
            .gets(invalid_http()),
        check("order-414-before-501-method", WHY)
            .sends(bare(&format!("BREW /{long}"), ""))
            .gets(error(414, "uri_too_long").closed()),
        check("order-414-before-404", WHY)
            .sends(bare(&format!("GET /{long}"), ""))
            .gets(error(414, "uri_too_long").closed()),
        check("order-431-before-404", WHY)
            .sends(bare("GET /nothing", &format!("X-Check: {long}{long}\r\n")))
            .gets(error(431, "headers_too_large").closed()),
        check("order-505-before-501-coding", WHY)
            .sends(
                "POST / HTTP/2.0\r\nHost: check\r\nTransfer-Encoding: \
                gzip, chunked\r\n\r\n0\r\n\r\n",
            )
            .gets(error(505, "unsupported_version")),
        check("order-505-before-417", WHY)
            .sends("GET / HTTP/2.0\r\nHost: check\r\nExpect: check\r\n\r\n")
            .gets(error(505, "unsupported_version")),
        check("order-505-before-501-method", WHY)
            .sends("BREW / HTTP/2.0\r\nHost: check\r\n\r\n")
            .gets(error(505, "unsupported_version")),
        check("order-501-coding-before-417", WHY)
            .sends(post("Transfer-Encoding: gzip, chunked\r\nExpect: check\r\n", "0\r\n\r\n"))
            .gets(error(501, "unsupported_encoding")),
        check("order-501-coding-before-404", WHY)
            .sends(
                "POST /nothing HTTP/1.1\r\nHost: check\r\nTransfer-Encoding: \
                gzip, chunked\r\n\r\n0\r\n\r\n",
            )
            .gets(error(501, "unsupported_encoding")),
        check("order-417-before-501-method", WHY)
            .sends(bare("BREW /", "Expect: check\r\n"))
            .gets(answer(417)),
        check("order-417-before-404", WHY)
            .sends(bare("GET /nothing", "Expect: check\r\n"))
            .gets(answer(417)),
        check("order-417-before-413", WHY)
            .sends(post("Expect: check\r\nContent-Length: 65537\r\n", ""))
            .gets(answer(417)),
        check("order-501-method-before-404", WHY)
            .sends(bare("BREW /nothing", ""))
            .gets(error(501, "unknown_method")),
        check("order-501-method-before-413", WHY)
            .sends(bare("BREW /", large))
            .gets(error(501, "unknown_method")),
        check("order-404-before-405", WHY)
            .sends(bare("PUT /nothing", ""))
            .gets(error(404, "not_found")),
        check("order-404-before-413", WHY)
            .sends(bare("POST /nothing", large))
            .gets(error(404, "not_found")),
        check("order-405-before-413", WHY)
            .sends(bare("PUT /", large))
            .gets(error(405, "method_not_allowed")),
        check("order-413-before-event", "A body above the limit is refused before it is parsed.")
            .sends(post(large, "{"))
            .gets(error(413, "body_too_large").closed()),
    ]
}
