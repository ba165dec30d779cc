//! `Host`: exactly one, with a valid host (RFC 9112, section 3.2; RFC 9110, section 7.2).

use super::event;
use crate::answer::{error, invalid_http, invalid_json};
use crate::{Check, check};

/// Returns a request with only these field lines and its length.
fn with_host(lines: &str) -> String {
    format!("POST / HTTP/1.1\r\n{lines}Content-Length: 2\r\n\r\n{{}}")
}

/// Returns an event with these field lines: a server that ignores them accepts it.
fn event_with_host(lines: &str) -> String {
    let event = event("check-host");
    format!("POST / HTTP/1.1\r\n{lines}Content-Length: {}\r\n\r\n{event}", event.len())
}

pub(crate) fn checks() -> Vec<Check> {
    const ONE: &str =
        "Without exactly one Host, two hops may route a request differently (RFC 9112, 3.2).";
    const NO_HOST: &str = "An invalid host must be refused with 400 (RFC 9112, 3.2), before it is \
        used in a link or a cache key.";
    const A_HOST: &str = "A valid host with an optional port (RFC 3986, 3.2.2).";
    vec![
        check("host-missing", ONE)
            .must()
            .sends(event_with_host(""))
            .gets(error(400, "invalid_http")),
        check("host-missing-in-1-9", ONE)
            .needs("version-1-2")
            .needs("host-missing")
            .sends("POST / HTTP/1.9\r\nContent-Length: 2\r\n\r\n{}")
            .gets(invalid_http()),
        check("host-twice", ONE)
            .must()
            .sends(event_with_host("Host: check\r\nHost: other\r\n"))
            .gets(error(400, "invalid_http")),
        check("host-twice-the-same", ONE)
            .needs("length-in-lower-case")
            .needs("host-twice")
            .sends(event_with_host("Host: check\r\nhost: check\r\n"))
            .gets(invalid_http()),
        check(
            "host-missing-with-absolute-target",
            "An HTTP/1.1 client must always send Host (RFC 9112, 3.2).",
        )
        .needs("target-absolute")
        .needs("host-missing")
        .sends("POST http://check/ HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        .gets(invalid_http()),
        check("host-missing-in-1-0", "HTTP/1.0 does not require Host.")
            .needs("version-1-0")
            .sends("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
            .gets(error(400, "invalid_json").ends()),
        check(
            "host-empty",
            "An empty Host is valid for a target without authority (RFC 9112, 3.2).",
        )
        .sends(with_host("Host:\r\n"))
        .gets(invalid_json()),
        check("host-with-port", A_HOST)
            .sends(with_host("Host: check:8080\r\n"))
            .gets(invalid_json()),
        check("host-with-empty-port", A_HOST)
            .sends(with_host("Host: check:\r\n"))
            .gets(invalid_json()),
        check("host-ipv4", A_HOST)
            .sends(with_host("Host: 127.0.0.1:8080\r\n"))
            .gets(invalid_json()),
        check("host-ipv6", A_HOST).sends(with_host("Host: [::1]:8080\r\n")).gets(invalid_json()),
        check("host-in-upper-case", A_HOST)
            .needs("length-in-lower-case")
            .sends(with_host("HOST: CHECK.Example\r\n"))
            .gets(invalid_json()),
        check("host-with-space", NO_HOST)
            .must()
            .sends(event_with_host("Host: check other\r\n"))
            .gets(error(400, "invalid_http")),
        check("host-with-path", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: check/path\r\n"))
            .gets(invalid_http()),
        check("host-with-user", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: me@check\r\n"))
            .gets(invalid_http()),
        check("host-with-query", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: check?a\r\n"))
            .gets(invalid_http()),
        check("host-with-fragment", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: check#a\r\n"))
            .gets(invalid_http()),
        check("host-with-port-of-letters", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: check:http\r\n"))
            .gets(invalid_http()),
        check("host-with-two-ports", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: check:80:81\r\n"))
            .gets(invalid_http()),
        check("host-with-open-bracket", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: [::1\r\n"))
            .gets(invalid_http()),
        check("host-beyond-ascii", NO_HOST)
            .needs("host-with-space")
            .sends(event_with_host("Host: prüfung\r\n"))
            .gets(invalid_http()),
    ]
}
