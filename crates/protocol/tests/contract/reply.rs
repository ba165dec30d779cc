//! Replies and their encoding.

use std::collections::BTreeMap;

use protocol::{CONTINUE, Exchange, Exposition, Rejection, Reply, Status, encode};

use crate::response::Response;

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// Encodes a reply and reads it back; no bytes may be left.
fn sent(reply: &Reply, exchange: Exchange) -> Response {
    let mut out = b"what was there before".to_vec();
    let before = out.len();
    encode(&mut out, reply, exchange, DATE);
    let (response, rest) = Response::read(&out[before..], exchange.head_only)
        .unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&out)));
    assert!(rest.is_empty(), "{rest:?} behind the answer");
    assert_eq!(response.field("date"), Some(DATE), "the time that was passed in");
    response
}

fn text(response: &Response) -> &str {
    str::from_utf8(&response.body).expect("text")
}

#[test]
fn accepted_says_whether_it_is_done_or_queued() {
    for (status, code) in [(Status::Ok, 200), (Status::Accepted, 202)] {
        let response = sent(&Reply::accepted(status), Exchange::default());
        assert_eq!((response.status, text(&response)), (code, r#"{"status":"accepted"}"#));
        assert_eq!(response.field("content-type"), Some("application/json"));
        assert_eq!(response.field("content-length"), Some("21"));
    }
}

#[test]
fn a_rejection_says_why_and_whether_to_come_back() {
    for (why, reason, retry_after, closes) in [
        (Rejection::ServerBusy, "server_busy", Some("1"), false),
        (Rejection::ShuttingDown, "shutting_down", None, true),
        (Rejection::TooManyUsers, "too_many_users", None, false),
        (Rejection::TooManyConnections, "too_many_connections", None, true),
    ] {
        let reply = Reply::rejected(why);
        let response = sent(&reply, Exchange::default());
        assert_eq!(response.status, 503);
        assert_eq!(text(&response), format!(r#"{{"status":"rejected","reason":"{reason}"}}"#));
        assert_eq!(response.field("retry-after"), retry_after, "{reason}");
        assert_eq!(reply.closes(), closes, "{reason}");
    }
}

#[test]
fn json_keeps_the_order_of_a_sorted_map() {
    let balances = BTreeMap::from([("bob", -1_i64), ("alice", i64::MAX), ("a \"b\"\n", 0)]);
    let response = sent(&Reply::json(Status::Ok, &balances), Exchange::default());
    assert_eq!(text(&response), r#"{"a \"b\"\n":0,"alice":9223372036854775807,"bob":-1}"#);
}

fn metrics() -> Exposition {
    Exposition::default().counter("a_total", "A.", 1)
}

#[test]
fn metrics_are_text_of_prometheus() {
    let metrics = metrics().gauge("b", "B.", 2).time("c_seconds_total", "C.", 1_000_000_003);
    let response = sent(&Reply::prometheus(metrics), Exchange::default());
    assert_eq!(response.field("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let told = "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n\
                # HELP b B.\n# TYPE b gauge\nb 2\n\
                # HELP c_seconds_total C.\n# TYPE c_seconds_total counter\n\
                c_seconds_total 1.000000003\n";
    assert_eq!((response.status, text(&response)), (200, told));
}

#[test]
fn the_answer_to_head_is_that_to_get_without_its_body() {
    for reply in [
        Reply::accepted(Status::Ok),
        Reply::rejected(Rejection::ServerBusy),
        Reply::prometheus(metrics()),
        Reply::options("GET, HEAD, OPTIONS".to_owned()),
    ] {
        let get = sent(&reply, Exchange::default());
        let head = sent(&reply, Exchange { head_only: true, ..Exchange::default() });
        assert_eq!((get.status, &get.fields), (head.status, &head.fields));
        assert!(head.body.is_empty());
    }
}

#[test]
fn no_content_has_no_body_and_no_length() {
    for head_only in [false, true] {
        let exchange = Exchange { head_only, ..Exchange::default() };
        let response = sent(&Reply::options("OPTIONS, POST".to_owned()), exchange);
        assert_eq!((response.status, response.field("allow")), (204, Some("OPTIONS, POST")));
        // RFC 9110 §8.6: a server must not send Content-Length with 204.
        assert_eq!(response.field("content-length"), None);
        assert_eq!(response.field("transfer-encoding"), None);
        assert_eq!(response.field("content-type"), None);
    }
}

#[test]
fn connection_is_said_where_it_is_not_what_the_version_implies() {
    for (http10, close, connection) in [
        (false, false, None),
        (false, true, Some("close")),
        (true, false, Some("keep-alive")),
        (true, true, Some("close")),
    ] {
        for reply in [Reply::accepted(Status::Ok), Reply::options("GET".to_owned())] {
            let response = sent(&reply, Exchange { http10, close, ..Exchange::default() });
            assert_eq!(response.field("connection"), connection, "{http10} {close}");
        }
    }
}

#[test]
fn every_status_line_is_a_code_and_a_phrase() {
    use Status::*;
    for (status, code) in [
        (Ok, 200),
        (Accepted, 202),
        (NoContent, 204),
        (BadRequest, 400),
        (NotFound, 404),
        (MethodNotAllowed, 405),
        (RequestTimeout, 408),
        (ContentTooLarge, 413),
        (UriTooLong, 414),
        (UnsupportedMediaType, 415),
        (ExpectationFailed, 417),
        (HeadersTooLarge, 431),
        (NotImplemented, 501),
        (ServiceUnavailable, 503),
        (VersionNotSupported, 505),
    ] {
        let reply = Reply::json(status, &());
        assert_eq!(reply.status(), status);
        assert_eq!(sent(&reply, Exchange::default()).status, code);
    }
}

#[test]
fn answers_stand_one_behind_the_other() {
    let mut out = CONTINUE.to_vec();
    let exchange = Exchange::default();
    encode(&mut out, &Reply::accepted(Status::Accepted), exchange, DATE);
    let head_only = Exchange { head_only: true, ..exchange };
    encode(&mut out, &Reply::prometheus(metrics()), head_only, DATE);
    encode(&mut out, &Reply::options("GET".to_owned()), exchange, DATE);
    encode(&mut out, &Reply::rejected(Rejection::ServerBusy), exchange, DATE);
    let mut rest = &out[..];
    for (status, head_only) in [(100, false), (202, false), (200, true), (204, false), (503, false)]
    {
        let (response, after) = Response::read(rest, head_only).expect("the next answer");
        assert_eq!(response.status, status);
        rest = after;
    }
    assert!(rest.is_empty());
}
