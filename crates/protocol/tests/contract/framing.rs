//! The length of a body, as a matrix: Content-Length × Transfer-Encoding × version.

use crate::corpus;
use crate::stream::{check, means};

/// Values of `Content-Length`, and the fault of each alone; `None` if it means five.
const LENGTHS: &[(&[&str], Option<&str>)] = &[
    (&[], None),
    (&["5"], None),
    (&["005"], None),
    (&["00000000000000000000000000000005"], None),
    (&[" \t5 "], None),
    (&["5", "5"], Some("LengthRepeated")),
    (&["5", "6"], Some("LengthRepeated")),
    (&["5", ""], Some("LengthRepeated")),
    (&[""], Some("LengthInvalid")),
    (&["+5"], Some("LengthInvalid")),
    (&["-5"], Some("LengthInvalid")),
    (&["-0"], Some("LengthInvalid")),
    (&["5,5"], Some("LengthInvalid")),
    (&["5, 5"], Some("LengthInvalid")),
    (&["5,"], Some("LengthInvalid")),
    (&["5;"], Some("LengthInvalid")),
    (&["5 5"], Some("LengthInvalid")),
    (&["5.0"], Some("LengthInvalid")),
    (&["5e0"], Some("LengthInvalid")),
    (&["0x5"], Some("LengthInvalid")),
    (&["5\u{b2}"], Some("LengthInvalid")),
    (&["\u{665}"], Some("LengthInvalid")),
    (&["\"5\""], Some("LengthInvalid")),
    (&["five"], Some("LengthInvalid")),
    (&["1_0"], Some("LengthInvalid")),
    (&["18446744073709551616"], Some("LengthInvalid")),
    (&["99999999999999999999999999999999999999"], Some("LengthInvalid")),
];

/// Values of `Transfer-Encoding`, and the fault of each alone; `None` if the body is chunked.
const CODINGS: &[(&[&str], Option<&str>)] = &[
    (&[], None),
    (&["chunked"], None),
    (&["Chunked"], None),
    (&["  CHUNKED\t"], None),
    (&["chunked", "chunked"], Some("CodingRepeated")),
    (&["gzip", "chunked"], Some("CodingRepeated")),
    (&["chunked", "identity"], Some("CodingRepeated")),
    (&["chunked", ""], Some("CodingRepeated")),
    (&[""], Some("ChunkedNotLast")),
    (&["identity"], Some("ChunkedNotLast")),
    (&["gzip"], Some("ChunkedNotLast")),
    (&["chunked, gzip"], Some("ChunkedNotLast")),
    (&["chunked, identity"], Some("ChunkedNotLast")),
    (&["chunked, chunked"], Some("ChunkedNotLast")),
    (&["chunked, gzip, chunked"], Some("ChunkedNotLast")),
    (&["chunked,"], Some("ChunkedNotLast")),
    (&[",chunked"], Some("ChunkedNotLast")),
    (&["gzip,, chunked"], Some("ChunkedNotLast")),
    (&["xchunked"], Some("ChunkedNotLast")),
    (&["chunkedx"], Some("ChunkedNotLast")),
    (&["chunke"], Some("ChunkedNotLast")),
    (&["chunked;q=1"], Some("ChunkedNotLast")),
    (&["\"chunked\""], Some("ChunkedNotLast")),
    (&["'chunked'"], Some("ChunkedNotLast")),
    (&["chunked chunked"], Some("ChunkedNotLast")),
    (&["chunked\u{a0}"], Some("ChunkedNotLast")),
    (&["\u{212a}chunked"], Some("ChunkedNotLast")),
    (&["gzip, chunked"], Some("UnsupportedEncoding")),
    (&["identity, chunked"], Some("UnsupportedEncoding")),
    (&["gzip, deflate,\tchunked"], Some("UnsupportedEncoding")),
];

/// Returns the expected result for these fields: an independent model of the order of checks.
fn expected(length: (usize, Option<&str>), coding: (usize, Option<&str>), version: &str) -> String {
    match (length, coding) {
        (_, (2.., _)) => "closed CodingRepeated".to_owned(),
        ((1.., _), (1, _)) => "closed LengthAndCoding".to_owned(),
        (_, (1, _)) if version == "1.0" => "closed CodingInHttp10".to_owned(),
        (_, (1, Some(fault))) => format!("closed {fault}"),
        (_, (1, None)) => "POST / chunk".to_owned(),
        ((2.., _), _) => "closed LengthRepeated".to_owned(),
        ((_, Some(fault)), _) => format!("closed {fault}"),
        ((1, None), _) => "POST / hello".to_owned(),
        _ => "POST /".to_owned(),
    }
}

#[test]
fn one_field_says_where_a_body_ends() {
    check(corpus::FRAMINGS);
}

#[test]
fn the_two_fields_decide_together_in_every_version() {
    for version in ["1.0", "1.1", "1.2", "1.9"] {
        for &(lengths, length_fault) in LENGTHS {
            for &(codings, coding_fault) in CODINGS {
                let mut stream =
                    format!("POST / HTTP/{version}\r\nHost: h\r\nConnection: keep-alive\r\n");
                for value in lengths {
                    stream += &format!("Content-Length: {value}\r\n");
                }
                for value in codings {
                    stream += &format!("Transfer-Encoding: {value}\r\n");
                }
                stream += "\r\n";
                let expected =
                    expected((lengths.len(), length_fault), (codings.len(), coding_fault), version);
                match expected.as_str() {
                    "POST / hello" => stream += "hello",
                    "POST / chunk" => stream += "5\r\nchunk\r\n0\r\n\r\n",
                    _ => {}
                }
                means(stream, &[&expected]);
            }
        }
    }
}

#[test]
fn the_two_fields_are_refused_together_in_either_order() {
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 0\r\nA: b\r\nTransfer-Encoding: gzip, chunked",
        "Transfer-Encoding: \r\nContent-Length: ",
    ] {
        let stream =
            format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n0\r\n\r\nGET /balances");
        means(stream, &["closed LengthAndCoding"]);
    }
}

#[test]
fn without_either_field_there_is_no_body_whatever_the_method() {
    for (line, expected) in [
        ("POST /", "POST /"),
        ("PUT /things", "PUT /things"),
        ("DELETE /things", "DELETE /things"),
        ("GET /things", "GET /things"),
    ] {
        means(format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n"), &[expected]);
    }
}

#[test]
fn a_body_belongs_to_its_request_whatever_the_method() {
    // Otherwise the body would be read as another request.
    let inner = "GET /balances HTTP/1.1\r\nHost: h\r\n\r\n";
    for (line, expected) in [
        ("GET /things", format!("GET /things {inner}")),
        ("HEAD /things", format!("HEAD /things {inner}")),
        ("DELETE /things", format!("DELETE /things {inner}")),
        ("OPTIONS /", "allows OPTIONS, POST".to_owned()),
        ("BREW /", "refused UnknownMethod".to_owned()),
        ("CONNECT h:80", "refused UnknownMethod".to_owned()),
        ("TRACE /", "refused UnknownMethod".to_owned()),
        ("GET /nowhere", "refused NotFound".to_owned()),
    ] {
        let length = inner.len();
        let plain =
            format!("{line} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{inner}");
        means(plain, &[&expected]);
        let chunked = format!(
            "{line} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
             {length:x}\r\n{inner}\r\n0\r\n\r\n"
        );
        means(chunked, &[&expected]);
    }
}
