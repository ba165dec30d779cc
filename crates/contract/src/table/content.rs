//! Content codings, the size of error answers, and caches (RFC 9110, sections 8.4 and 15.5.16).

use super::{bare, post, post_body};
use crate::answer::{answer, error, invalid_json};
use crate::{Check, check};

/// The maximum length of an error answer.
const BRIEF: usize = 2_000;

pub(crate) fn checks() -> Vec<Check> {
    [codings(), brief(), no_store()].concat()
}

/// Returns a request with `{}` and this `Content-Encoding`.
fn coded(coding: &str) -> String {
    post(&format!("Content-Encoding: {coding}\r\nContent-Length: 2\r\n"), "{}")
}

fn codings() -> Vec<Check> {
    const CODED: &str = "An encoded body is refused with 415, and not parsed as JSON (RFC 9110, \
        15.5.16).";
    const PLAIN: &str =
        "Identity and empty list members are not codings (RFC 9110, 8.4.1 and 5.6.1.2).";
    let refused = || error(415, "unsupported_encoding");
    vec![
        check("coded-gzip", CODED).sends(coded("gzip")).gets(refused().open()),
        check("coded-in-any-case", CODED)
            .needs("length-in-lower-case")
            .needs("coded-gzip")
            .sends(post("content-encoding: GZip\r\nContent-Length: 2\r\n", "{}"))
            .gets(refused().open()),
        check("coded-br", CODED).needs("coded-gzip").sends(coded("br")).gets(refused().open()),
        check("coded-twice", CODED)
            .needs("coded-gzip")
            .sends(coded("identity, deflate"))
            .gets(refused().open()),
        check("coded-on-two-lines", CODED)
            .needs("coded-gzip")
            .needs("coded-twice")
            .sends(coded("gzip\r\nContent-Encoding: identity"))
            .gets(refused().open()),
        check("coded-in-chunks", CODED)
            .needs("coding-chunked")
            .needs("coded-gzip")
            .sends(post(
                "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
                "2\r\n{}\r\n0\r\n\r\n",
            ))
            .gets(refused().open()),
        check("coded-and-waited-for", CODED)
            .needs("continue-then-answer")
            .needs("continue-refused-404")
            .needs("coded-gzip")
            .sends(post(
                "Content-Encoding: gzip\r\nContent-Length: 2\r\nExpect: 100-continue\r\n",
                "",
            ))
            .gets(refused()),
        check("coded-elsewhere", "An unknown path is answered with 404 first.")
            .needs("path-unknown")
            .sends(
                "POST /nothing HTTP/1.1\r\nHost: check\r\nContent-Encoding: gzip\r\n\
                Content-Length: 2\r\n\r\n{}",
            )
            .gets(error(404, "not_found").open()),
        check("coded-identity", PLAIN).sends(coded("Identity")).gets(invalid_json()),
        check("coded-as-nothing", PLAIN).sends(coded(", ,")).gets(invalid_json()),
        check("coded-without-body", "Without a body the coding does not matter.")
            .sends(post("Content-Encoding: gzip\r\nContent-Length: 0\r\n", ""))
            .gets(invalid_json()),
    ]
}

fn brief() -> Vec<Check> {
    const NO_ECHO: &str = "An error that repeats the request would amplify the bytes sent.";
    let long = "\u{e9}\\u0001".repeat(7_000);
    let event = format!(r#"{{"user":"check","action":"check","amount":"{long}"}}"#);
    vec![
        check("error-of-a-long-string", NO_ECHO)
            .needs("request-in-segments")
            .sends(post_body(format!("\"{long}\"")))
            .gets(invalid_json().at_most(BRIEF)),
        check("error-of-a-long-amount", NO_ECHO)
            .needs("error-of-a-long-string")
            .sends(post_body(event))
            .gets(invalid_json().at_most(BRIEF)),
        check("error-of-a-long-query", NO_ECHO)
            .needs("path-unknown")
            .sends(bare(&format!("GET /nothing?{}", "q".repeat(8_000)), ""))
            .gets(error(404, "not_found").at_most(BRIEF)),
    ]
}

fn no_store() -> Vec<Check> {
    const STALE: &str = "Caches may store 200, 404 and 405 unless told otherwise (RFC 9110, 15.1; \
        RFC 9111, 5.2.2.5).";
    let not_stored = |status| answer(status).lists("Cache-Control", "no-store");
    vec![
        check("cache-not-404", STALE)
            .needs("path-unknown")
            .sends(bare("GET /nothing", ""))
            .gets(not_stored(404)),
        check("cache-not-405", STALE)
            .needs("method-get-on-events")
            .needs("cache-not-404")
            .sends(bare("GET /", ""))
            .gets(not_stored(405)),
        check("cache-not-for-head", STALE)
            .needs("path-unknown")
            .needs("path-unknown-for-head")
            .needs("cache-not-404")
            .sends(bare("HEAD /nothing", ""))
            .gets(not_stored(404).for_head()),
        check("cache-not-balances", STALE)
            .needs("cache-not-404")
            .needs("balances-readable")
            .sends(bare("GET /balances", ""))
            .gets(not_stored(200))
            .stages(4..=10),
        check("cache-not-metrics", STALE)
            .needs("cache-not-404")
            .needs("metrics-text")
            .sends(bare("GET /metrics", ""))
            .gets(not_stored(200))
            .stages(9..=10),
    ]
}
