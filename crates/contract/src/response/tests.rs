//! Tests of the parser, with each case whole and truncated at every byte.

use super::*;

fn parse(bytes: &str, to: To) -> Option<String> {
    let (response, taken) = Response::parse(bytes.as_bytes(), to, false).ok()??;
    let body = String::from_utf8(response.body).expect("bodies here are text");
    Some(format!("{} {body} +{}", response.status, bytes.len() - taken))
}

#[test]
fn complete_answers() {
    let cases = [
        ("length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP", To::Other, "200 hi +4"),
        ("no reason", "HTTP/1.1 200\r\nCONTENT-LENGTH:0\r\n\r\n", To::Other, "200  +0"),
        (
            "chunked",
            "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n\
                2;x=y\r\nbc\r\n0\r\nT: 1\r\n\r\nX",
            To::Other,
            "200 abc +1",
        ),
        ("204", "HTTP/1.1 204 No Content\r\n\r\nHTTP", To::Other, "204  +4"),
        ("100", "HTTP/1.1 100 Continue\r\n\r\nHTTP", To::Other, "100  +4"),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP", To::Head, "200  +4"),
    ];
    for (name, bytes, to, expected) in cases {
        assert_eq!(parse(bytes, to).as_deref(), Some(expected), "{name}");
        let end = bytes.len()
            - expected.rsplit('+').next().and_then(|n| n.parse::<usize>().ok()).unwrap();
        for cut in 0..end {
            assert_eq!(parse(&bytes[..cut], to), None, "{name}, cut at {cut}");
        }
    }
}

#[test]
fn a_body_without_length_ends_with_the_connection() {
    let bytes = b"HTTP/1.0 200 OK\r\n\r\nhello";
    assert_eq!(Response::parse(bytes, To::Other, false), Ok(None));
    let (response, taken) = Response::parse(bytes, To::Other, true).unwrap().unwrap();
    assert_eq!((response.body.as_slice(), taken), (&b"hello"[..], bytes.len()));
}

#[test]
fn refused_answers() {
    let cases = [
        ("not HTTP", "SSH-2.0-OpenSSH"),
        ("version", "HTTP/2.0 200 OK\r\n\r\n"),
        ("status", "HTTP/1.1 20 OK\r\n\r\n"),
        ("status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"),
        ("bare LF", "HTTP/1.1 200 OK\nA: b\r\n\r\n"),
        ("space before colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"),
        ("folded", "HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n"),
        ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
        ("signed length", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx"),
        ("endless length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx"),
        (
            "both framings",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n"),
        ("chunk end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
        ("204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
    ];
    for (name, bytes) in cases {
        assert!(Response::parse(bytes.as_bytes(), To::Other, false).is_err(), "{name}");
    }
}

#[test]
fn fields_are_found_in_any_case_and_listed() {
    let bytes =
        b"HTTP/1.1 405 No\r\nallow: POST\r\nALLOW: options, get\r\nContent-Length: 0\r\n\r\n";
    let (response, _) = Response::parse(bytes, To::Other, false).unwrap().unwrap();
    assert_eq!(response.field("Allow"), Some("POST"));
    assert!(response.lists("Allow", "GET") && response.lists("allow", "post"));
    assert!(!response.lists("Allow", "PUT"));
}
