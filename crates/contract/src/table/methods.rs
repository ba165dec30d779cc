//! Methods and paths (RFC 9110, sections 9 and 15.5).

use super::{bare, post, post_body};
use crate::answer::{Answer, answer, error};
use crate::{Check, check};

fn not_found() -> Answer {
    error(404, "not_found")
}

/// Expects 405 with an `Allow` that lists one method and not the other.
fn not_allowed(allowed: &'static str, refused: &'static str) -> Answer {
    error(405, "method_not_allowed").lists("Allow", allowed).omits("Allow", refused)
}

pub(crate) fn checks() -> Vec<Check> {
    [paths(), allowed(), options(), unknown()].concat()
}

fn paths() -> Vec<Check> {
    const PATH: &str = "An unknown path is answered with 404 (RFC 9110, 15.5.5).";
    vec![
        check("path-unknown-for-post", PATH)
            .needs("path-unknown")
            .sends("POST /nothing HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(not_found()),
        check("path-longer-than-known", PATH)
            .needs("path-unknown")
            .sends(bare("GET /balances/alice", ""))
            .gets(not_found()),
        check("path-in-upper-case", "Paths are case-sensitive (RFC 9110, 4.2.3).")
            .needs("path-unknown")
            .sends(bare("GET /BALANCES", ""))
            .gets(not_found()),
        check(
            "path-of-two-slashes",
            "`//` is a different path from `/`, and not an authority (RFC 9112, 3.2.1).",
        )
        .needs("path-unknown")
        .sends(bare("GET //", ""))
        .gets(not_found()),
        check("path-unknown-for-head", "HEAD is GET without the body (RFC 9110, 9.3.2).")
            .must()
            .needs("path-unknown")
            .sends(bare("HEAD /nothing", ""))
            .gets(answer(404).for_head()),
        check("path-balances-not-yet", "Balances begin with stage 4.")
            .needs("path-unknown")
            .stages(3..=3)
            .sends(bare("GET /balances", ""))
            .gets(not_found()),
        check("path-metrics-not-yet", "Metrics begin with stage 9.")
            .needs("path-unknown")
            .stages(3..=8)
            .sends(bare("GET /metrics", ""))
            .gets(not_found()),
        check("path-health-not-yet", "Health begins with stage 10.")
            .needs("path-unknown")
            .stages(3..=9)
            .sends(bare("GET /health", ""))
            .gets(not_found()),
    ]
}

fn allowed() -> Vec<Check> {
    const ALLOW: &str = "A 405 must name the methods that are allowed (RFC 9110, 15.5.6).";
    vec![
        check(
            "method-get-on-events",
            "Events are only posted: another method gets 405 (RFC 9110, 15.5.6).",
        )
        .sends(bare("GET /", ""))
        .gets(error(405, "method_not_allowed")),
        check("allow-in-405", ALLOW)
            .needs("method-get-on-events")
            .must()
            .sends(bare("GET /", ""))
            .gets(not_allowed("POST", "GET")),
        check(
            "method-head-on-events",
            "Without GET there is no HEAD, and its answer has no body (RFC 9110, 9.3.2).",
        )
        .needs("method-get-on-events")
        .needs("allow-in-405")
        .needs("path-unknown-for-head")
        .sends(bare("HEAD /", ""))
        .gets(answer(405).for_head().lists("Allow", "POST").omits("Allow", "HEAD")),
        check("method-put-on-events", ALLOW)
            .needs("method-get-on-events")
            .needs("allow-in-405")
            .sends(bare("PUT /", ""))
            .gets(not_allowed("POST", "PUT")),
        check("method-patch-on-events", ALLOW)
            .needs("method-get-on-events")
            .needs("allow-in-405")
            .sends(bare("PATCH /", ""))
            .gets(not_allowed("POST", "PATCH")),
        check("method-delete-on-events", ALLOW)
            .needs("method-get-on-events")
            .needs("allow-in-405")
            .sends(bare("DELETE /", ""))
            .gets(not_allowed("POST", "DELETE")),
        check("method-post-on-balances", ALLOW)
            .needs("method-get-on-events")
            .needs("allow-in-405")
            .needs("balances-readable")
            .stages(4..=10)
            .sends("POST /balances HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(not_allowed("GET", "POST").lists("Allow", "HEAD")),
        check("method-post-on-metrics", ALLOW)
            .needs("method-get-on-events")
            .needs("allow-in-405")
            .needs("metrics-text")
            .stages(9..=10)
            .sends("POST /metrics HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(not_allowed("GET", "POST").lists("Allow", "HEAD")),
        check("method-delete-on-health", ALLOW)
            .needs("method-get-on-events")
            .needs("allow-in-405")
            .needs("health")
            .stages(10..=10)
            .sends(bare("DELETE /health", ""))
            .gets(not_allowed("GET", "DELETE").lists("Allow", "HEAD")),
        check(
            "event-without-content-type",
            "The content type is not checked, so that `curl -d` works.",
        )
        .sends(post(
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n",
            "{}",
        ))
        .gets(error(400, "invalid_json")),
    ]
}

fn options() -> Vec<Check> {
    const OPTIONS: &str =
        "OPTIONS lists the methods of a path (RFC 9110, 9.3.7); a 204 has no body (15.3.5).";
    let allow = |method| answer(204).lists("Allow", method).lists("Allow", "OPTIONS").open();
    vec![
        check("options-of-events", OPTIONS)
            .sends(bare("OPTIONS /", ""))
            .gets(allow("POST").omits("Allow", "GET")),
        check("options-of-server", "`*` stands for the server as a whole (RFC 9110, 9.3.7).")
            .needs("options-of-events")
            .sends(bare("OPTIONS *", ""))
            .gets(allow("POST")),
        check("options-of-absolute-target", OPTIONS)
            .needs("options-of-events")
            .needs("target-absolute")
            .sends(bare("OPTIONS http://check/", ""))
            .gets(allow("POST")),
        check(
            "options-of-host-alone",
            "`OPTIONS http://host` without a path means `*` (RFC 9112, 3.2.4).",
        )
        .needs("options-of-events")
        .needs("options-of-server")
        .needs("target-absolute")
        .sends(bare("OPTIONS http://check", ""))
        .gets(allow("POST")),
        check("options-of-unknown-path", "OPTIONS of an unknown path is answered with 404.")
            .needs("path-unknown")
            .needs("options-of-events")
            .sends(bare("OPTIONS /nothing", ""))
            .gets(not_found()),
        check("options-with-body", "An unused body is skipped.")
            .needs("options-of-events")
            .sends("OPTIONS / HTTP/1.1\r\nHost: check\r\nContent-Length: 2\r\n\r\n{}")
            .gets(allow("POST")),
        check("options-of-balances", OPTIONS)
            .needs("options-of-events")
            .stages(4..=10)
            .sends(bare("OPTIONS /balances", ""))
            .gets(allow("GET").lists("Allow", "HEAD").omits("Allow", "POST")),
        check("options-of-metrics", OPTIONS)
            .needs("options-of-events")
            .stages(9..=10)
            .sends(bare("OPTIONS /metrics", ""))
            .gets(allow("GET").lists("Allow", "HEAD")),
        check("options-of-health", OPTIONS)
            .needs("options-of-events")
            .stages(10..=10)
            .sends(bare("OPTIONS /health", ""))
            .gets(allow("GET").lists("Allow", "HEAD")),
    ]
}

fn unknown() -> Vec<Check> {
    const UNKNOWN: &str = "An unknown method is answered with 501 (RFC 9110, 15.6.2).";
    const CASE: &str = "Methods are case-sensitive (RFC 9110, 9.1): `get` is not GET.";
    let unknown = || error(501, "unknown_method");
    vec![
        check("method-unknown", UNKNOWN).sends(bare("BREW /", "")).gets(unknown()),
        check("method-unknown-token", UNKNOWN)
            .needs("method-unknown")
            .sends(bare("!#$%&'*+-.^_`|~ /", ""))
            .gets(unknown()),
        check("method-unknown-with-body", UNKNOWN)
            .needs("method-unknown")
            .sends(String::from_utf8_lossy(&post_body("{}")).replace("POST", "PROPFIND"))
            .gets(unknown()),
        check("method-in-lower-case", CASE)
            .needs("method-unknown")
            .sends(bare("get /", ""))
            .gets(unknown()),
        check("method-in-mixed-case", CASE)
            .needs("method-unknown")
            .sends(bare("Post /", ""))
            .gets(unknown()),
        check(
            "method-trace",
            "TRACE could expose cookies to a script and is not supported (RFC 9110, 9.3.8).",
        )
        .needs("method-unknown")
        .sends(bare("TRACE /", ""))
        .gets(unknown()),
        check(
            "method-connect",
            "CONNECT is for proxies, and its target is an authority (RFC 9110, 9.3.6).",
        )
        .needs("method-unknown")
        .sends(bare("CONNECT check:80", ""))
        .gets(unknown()),
    ]
}
