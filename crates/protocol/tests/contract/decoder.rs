//! One request after another: pipelining, what ends a connection, and `Expect`.

use protocol::{Decoder, Exchange, Fault, Progress};

use crate::corpus;
use crate::stream::{ROUTES, check, means};

#[test]
fn pipelined_requests_are_read_in_order() {
    check(corpus::PIPELINES);
}

#[test]
fn a_connection_stays_open_or_not_as_its_version_and_fields_say() {
    for (version, connection, stays) in [
        ("1.1", "", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "cOnNeCtIoN: ClOsE\r\n", false),
        ("1.1", "Connection: keep-alive\r\n", true),
        ("1.1", "Connection: foo , close,bar\r\n", false),
        ("1.1", "Connection: foo\r\nConnection: close\r\n", false),
        ("1.1", "Connection: keep-alive, close\r\n", false),
        ("1.1", "Connection: closed\r\n", true),
        ("1.1", "Connection: not-close\r\n", true),
        ("1.1", "Connection:\r\n", true),
        ("1.1", "Proxy-Connection: close\r\n", true),
        ("1.0", "", false),
        ("1.0", "Connection: close\r\n", false),
        ("1.0", "Connection: keep-alive\r\n", true),
        ("1.0", "Connection: foo, Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("1.9", "", true),
        ("1.9", "Connection: close\r\n", false),
    ] {
        let request = format!("GET /balances HTTP/{version}\r\nHost: h\r\n{connection}\r\n");
        let refused = request.replace("balances", "x");
        if stays {
            means(request, &["GET /balances"]);
            means(refused, &["refused NotFound"]);
        } else {
            means(request, &["GET /balances", "ended"]);
            means(refused, &["refused NotFound", "ended"]);
        }
    }
}

#[test]
fn the_exchange_says_how_the_answer_is_framed() {
    for (request, head_only, http10, close) in [
        ("GET /balances HTTP/1.1\r\nHost: h\r\n\r\n", false, false, false),
        ("HEAD /balances HTTP/1.1\r\nHost: h\r\n\r\n", true, false, false),
        ("HEAD /balances HTTP/1.0\r\n\r\n", true, true, true),
        ("GET /balances HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false, true, false),
        ("GET /balances HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false, false, true),
        // The answer to a refused or incomplete HEAD request has no body either.
        ("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", true, false, false),
        ("HEAD /nowhere HTTP/1.1\r\nHost: h\r\n\r\n", true, false, false),
        ("HEAD /balances HTTP/1.1\r\n\r\n", true, false, true),
        ("HEAD /balances HTTP/2.0\r\n\r\n", true, false, true),
        ("HEAD /balances HTTP/1.1\r\nHost: h\r\nA: \0", true, false, true),
        ("HEAD  /balances HTTP/1.1\r\n", true, false, true),
        ("\r\nHEAD /bal\0", true, false, true),
        ("GET /bal\0", false, false, true),
        ("HEADER /bal\0", false, false, true),
    ] {
        for pieces in [request.as_bytes().chunks(1), request.as_bytes().chunks(request.len())] {
            let mut decoder = Decoder::new(ROUTES);
            for piece in pieces {
                decoder.feed(piece);
                let _ = decoder.advance();
            }
            let is_for = |method| request.trim_start().starts_with(method);
            let no_store = is_for("GET ") || is_for("HEAD ");
            let expected = Exchange { head_only, no_store, http10, close };
            assert_eq!(decoder.exchange(), expected, "{request:?}");
        }
    }
    // The exchange is reset for the next request.
    let mut decoder = Decoder::new(ROUTES);
    decoder.feed(b"HEAD /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET");
    assert_eq!(decoder.advance(), Ok(Progress::Refused(Fault::NotFound)));
    assert_eq!(decoder.advance(), Ok(Progress::NeedMore));
    assert_eq!(decoder.exchange(), Exchange::default());
}

/// Returns the results of `advance` for a stream that arrives in these pieces.
fn progress(pieces: &[&str]) -> Vec<Result<Progress, Fault>> {
    let mut decoder = Decoder::new(ROUTES);
    let mut all = Vec::new();
    for piece in pieces {
        decoder.feed(piece.as_bytes());
        loop {
            let progress = decoder.advance();
            let wants_more = progress == Ok(Progress::NeedMore);
            all.push(progress);
            if wants_more {
                break;
            }
        }
    }
    all
}

#[test]
fn continue_is_sent_once() {
    use Progress::{Continue, NeedMore, Ready};
    for (framing, body) in
        [("Content-Length: 5", "hello"), ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    {
        let head =
            format!("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n{framing}\r\n\r\n");
        let waits = progress(&[&head[..20], &head[20..], &body[..1], &body[1..]]);
        let expected =
            [NeedMore, Continue, NeedMore, NeedMore, Ready, NeedMore].map(Ok::<_, Fault>);
        assert_eq!(waits, expected);
        let does_not_wait = progress(&[&format!("{head}{body}")]);
        assert_eq!(does_not_wait, [Ok(Ready), Ok(NeedMore)], "the body is already there");
        means(format!("{head}{body}"), &["POST / hello"]);
    }
}

#[test]
fn continue_is_not_sent_without_a_body() {
    use Progress::{NeedMore, Ready};
    let post = |head: &str| format!("{head}\r\nHost: h\r\nExpect: 100-continue\r\n");
    let no_body = post("POST / HTTP/1.1") + "\r\n";
    assert_eq!(progress(&[&no_body]), [Ok(Ready), Ok(NeedMore)]);
    // HTTP/1.0 knows no interim answers (RFC 9110 §10.1.1).
    let old = post("POST / HTTP/1.0") + "Content-Length: 5\r\n\r\n";
    assert_eq!(progress(&[&old, "hello"]), [Ok(NeedMore), Ok(Ready), Ok(NeedMore)]);
}

#[test]
fn a_refusal_instead_of_100_continue_ends_the_connection_however_the_stream_is_cut() {
    for (line, fault) in [
        ("POST /nowhere", "closed NotFound"),
        ("BREW /", "closed UnknownMethod"),
        ("PUT /", "closed MethodNotAllowed { allow: \"OPTIONS, POST\" }"),
    ] {
        for body in
            ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
        {
            means(
                format!("{line} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n{body}"),
                &[fault],
            );
        }
    }
    means(
        "POST /nowhere HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n",
        &["refused NotFound"],
    );
}

#[test]
fn requests_with_expect_are_answered() {
    check(corpus::EXPECTATIONS);
}

#[test]
fn another_expectation_cannot_be_met() {
    for expect in ["the moon", "100-continue, the moon", "100-continue;q", "200-ok", "\"\""] {
        for version in ["1.0", "1.1"] {
            means(
                format!("POST / HTTP/{version}\r\nHost: h\r\nExpect: {expect}\r\n\r\n"),
                &["closed ExpectationFailed"],
            );
        }
    }
    means(
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nExpect: the moon\r\n\r\n",
        &["closed ExpectationFailed"],
    );
}

#[test]
fn an_expectation_is_a_list() {
    for expect in ["", ",", " , ,", "100-continue", "100-CONTINUE, 100-continue", ",100-continue,"]
    {
        means(format!("POST / HTTP/1.1\r\nHost: h\r\nExpect: {expect}\r\n\r\n"), &["POST /"]);
    }
}

#[test]
fn a_coded_body_is_read_and_refused() {
    let post = |target: &str, coding: &str, length: usize| {
        let fields = format!("Host: h\r\nContent-Encoding: {coding}\r\nContent-Length: {length}");
        format!("POST {target} HTTP/1.1\r\n{fields}\r\n\r\n{}", "x".repeat(length))
    };
    for coding in ["gzip", "GZIP", "x-gzip", "identity, br", "gzip\r\nContent-Encoding: identity"] {
        means(post("/", coding, 5), &["refused ContentEncoding"]);
        means(post("/", coding, 0), &["POST /"]);
        means(post("/nowhere", coding, 5), &["refused NotFound"]);
    }
    for coding in ["", ",", "identity", "Identity, identity"] {
        means(post("/", coding, 5), &["POST / xxxxx"]);
    }
    let chunked = "POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n\
                   Transfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n";
    means(chunked, &["refused ContentEncoding"]);
}

#[test]
fn faults_are_reported_in_the_order_of_checks() {
    // Each request has the expected fault and all faults that are checked later.
    let rest = "Content-Length: 99999\r\n\r\n";
    for (head, expected) in [
        ("BREW /x HTTP/2.0\r\nA : b\r\nExpect: x", "closed FieldLine"),
        ("BREW /x HTTP/2.0\r\nHost: h\r\nHost: h\r\nExpect: x", "closed HostRepeated"),
        ("BREW /x HTTP/2.0\r\nContent-Length: 1\r\nExpect: x", "closed LengthRepeated"),
        ("BREW /x HTTP/2.0\r\nExpect: x", "closed UnsupportedVersion"),
        ("BREW /x HTTP/1.1\r\nHost: h\r\nExpect: x", "closed ExpectationFailed"),
        ("BREW /x HTTP/1.1\r\nHost: h\r\nA: b", "closed UnknownMethod"),
        ("PUT /x HTTP/1.1\r\nHost: h\r\nA: b", "closed NotFound"),
        (
            "PUT / HTTP/1.1\r\nHost: h\r\nA: b",
            "closed MethodNotAllowed { allow: \"OPTIONS, POST\" }",
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nA: b", "closed BodyTooLarge"),
    ] {
        means(format!("{head}\r\n{rest}"), &[expected]);
    }
    means(
        "BREW /x HTTP/2.0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        &["closed UnsupportedVersion"],
    );
    means(
        "BREW /x HTTP/1.1\r\nHost: h\r\nExpect: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        &["closed UnsupportedEncoding"],
    );
}

#[test]
fn a_connection_between_requests_is_idle_and_holds_nothing() {
    let mut decoder = Decoder::new(ROUTES);
    assert!(decoder.is_idle() && decoder.is_before_body());
    decoder.feed(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
    assert!(!decoder.is_idle());
    assert_eq!(decoder.advance(), Ok(Progress::NeedMore));
    assert!(!decoder.is_idle() && !decoder.is_before_body());
    decoder.feed(b"hi");
    assert_eq!(decoder.advance(), Ok(Progress::Ready));
    assert_eq!(decoder.request_line(), b"POST / HTTP/1.1");
    assert!(!decoder.is_idle());
    assert_eq!(decoder.advance(), Ok(Progress::NeedMore));
    assert!(decoder.is_idle());
    assert_eq!((decoder.buffered(), decoder.request_line()), (0, &b""[..]));
    // An empty line does not start a request; a CR alone may.
    for (bytes, idle) in [("\r", false), ("\n", true), ("\r\n", true), ("\r\nG", false)] {
        decoder.feed(bytes.as_bytes());
        assert_eq!(decoder.advance(), Ok(Progress::NeedMore));
        assert_eq!(decoder.is_idle(), idle, "{bytes:?}");
    }
}

#[test]
fn a_closed_decoder_ignores_input() {
    let mut decoder = Decoder::new(ROUTES);
    decoder.feed(
        b"GET /balances HTTP/1.1\r\nHost: h\r\n\r\nGET /balances HTTP/1.1\r\nHost: h\r\n\r\n",
    );
    assert_eq!(decoder.advance(), Ok(Progress::Ready));
    decoder.close();
    assert!(decoder.is_closed() && decoder.exchange().close && decoder.request().is_none());
    decoder.feed(b"GET /balances HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(decoder.advance(), Ok(Progress::NeedMore));
    assert_eq!(decoder.buffered(), 0);
}
