//! Request lines and field lines.

use crate::stream::{Case, Found, check, meaning, means};

#[test]
fn a_request_line_is_three_words_and_two_spaces() {
    #[rustfmt::skip]
    const CASES: &[Case<'_>] = &[
        ("the usual one", b"GET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["GET /balances"]),
        ("1.0 needs no host", b"GET /balances HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &["GET /balances"]),
        ("1.2 is treated as 1.1", b"GET /balances HTTP/1.2\r\nHost: h\r\n\r\n", &["GET /balances"]),
        ("1.9 is treated as 1.1", b"GET /balances HTTP/1.9\r\n\r\n", &["closed HostMissing"]),
        ("0.9, said aloud", b"GET /balances HTTP/0.9\r\n\r\n", &["closed UnsupportedVersion"]),
        ("0.9, without a version", b"GET /balances\r\n\r\n", &["closed RequestLine"]),
        ("2.0", b"GET /balances HTTP/2.0\r\n\r\n", &["closed UnsupportedVersion"]),
        ("HTTP/2 with prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &["closed UnsupportedVersion"]),
        ("3.0", b"GET /balances HTTP/3.0\r\nHost: h\r\n\r\n", &["closed UnsupportedVersion"]),
        ("a version of two digits", b"GET /balances HTTP/1.10\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a version without a dot", b"GET /balances HTTP/11\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a version without a minor one", b"GET /balances HTTP/1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a version with a comma", b"GET /balances HTTP/1,1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a version that is signed", b"GET /balances HTTP/+1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("http in small letters", b"GET /balances http/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("another protocol", b"GET /balances HTTPS/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("two spaces before the target", b"GET  /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("two spaces before the version", b"GET /balances  HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a space at the end", b"GET /balances HTTP/1.1 \r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a space at the start", b" GET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("four words", b"GET /balances x HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a tab for a space", b"GET\t/balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a tab in the target", b"GET /bal\tances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
        ("no target", b"GET HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("no method", b"/balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("one word", b"hello\r\n\r\n", &["closed RequestLine"]),
        ("a method that is no token", b"G(T /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a method with bytes from 0x80", b"G\xc9T /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed RequestLine"]),
        ("a method in small letters is another one", b"get /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["refused UnknownMethod"]),
        ("any token is a method", b"!#$%&'*+-.^_`|~9 / HTTP/1.1\r\nHost: h\r\n\r\n", &["refused UnknownMethod"]),
        ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", &["closed ControlCharacter"]),
        ("half a request line", b"GET /bal", &["cut"]),
        ("a request line alone", b"GET /balances HTTP/1.1\r\n", &["cut"]),
        ("all but the last byte", b"GET /balances HTTP/1.1\r\nHost: h\r\n\r", &["cut"]),
    ];
    check(CASES);
}

#[test]
fn every_line_ends_in_crlf_and_nothing_else() {
    #[rustfmt::skip]
    const CASES: &[Case<'_>] = &[
        ("LF behind the request line", b"GET /balances HTTP/1.1\nHost: h\r\n\r\n", &["closed BareLf"]),
        ("LF behind a field", b"GET /balances HTTP/1.1\r\nHost: h\n\r\n", &["closed BareLf"]),
        ("LF for the empty line", b"GET /balances HTTP/1.1\r\nHost: h\r\n\n", &["closed BareLf"]),
        ("LF before the request", b"\nGET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed BareLf"]),
        ("LF in a value, and a second host", b"GET /balances HTTP/1.1\r\nA: b\nHost: h\r\n\r\n", &["closed BareLf"]),
        ("CR in the request line", b"GET /bal\rances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed BareCr"]),
        ("CR in a name", b"GET /balances HTTP/1.1\r\nHo\rst: h\r\n\r\n", &["closed BareCr"]),
        ("CR in a value", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", &["closed BareCr"]),
        ("CR twice before LF", b"GET /balances HTTP/1.1\r\nHost: h\r\r\n\r\n", &["closed BareCr"]),
        ("CR before the empty line", b"GET /balances HTTP/1.1\r\nHost: h\r\n\r\r\n", &["closed BareCr"]),
        ("CR before the request", b"\rGET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed BareCr"]),
        ("CR at the end of the stream is not yet one", b"GET /balances HTTP/1.1\r", &["cut"]),
    ];
    check(CASES);
}

#[test]
fn control_characters_are_refused_wherever_they_stand() {
    let controls = (0u8..0x20).chain([0x7f]).filter(|byte| !b"\t\r\n".contains(byte));
    for control in controls {
        for template in [
            "GE# /balances HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /bal#nces HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /balances HTTP/1.1\r\nHo#t: h\r\n\r\n",
            "GET /balances HTTP/1.1\r\nHost: h\r\nA: b#\r\n\r\n",
            "GET /balances HTTP/1.1\r\nHost: h\r\nA: #b\r\n\r\n",
            "GET /balances HTTP/1.1\r\nHost: h\r\nA: b#c\r\n\r\n",
            "#GET /balances HTTP/1.1\r\nHost: h\r\n\r\n",
        ] {
            means(
                template.replace('#', &(control as char).to_string()),
                &["closed ControlCharacter"],
            );
        }
    }
}

#[test]
fn a_field_line_is_a_token_a_colon_and_a_value() {
    #[rustfmt::skip]
    const CASES: &[Case<'_>] = &[
        ("no space behind the colon", b"GET /balances HTTP/1.1\r\nHost:h\r\n\r\n", &["GET /balances"]),
        ("much white space around the value", b"GET /balances HTTP/1.1\r\nHost: \t h \t \r\n\r\n", &["GET /balances"]),
        ("an empty value", b"GET /balances HTTP/1.1\r\nHost: h\r\nA:\r\n\r\n", &["GET /balances"]),
        ("a value of white space", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: \t \r\n\r\n", &["GET /balances"]),
        ("a tab in a value", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: b\tc\r\n\r\n", &["GET /balances"]),
        ("bytes from 0x80 in a value", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: \x80\xff\r\n\r\n", &["GET /balances"]),
        ("colons in a value", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: b:c::d\r\n\r\n", &["GET /balances"]),
        ("any token is a name", b"GET /balances HTTP/1.1\r\nHost: h\r\n!#$%&'*+-.^_`|~9: b\r\n\r\n", &["GET /balances"]),
        ("a space before the colon", b"GET /balances HTTP/1.1\r\nHost : h\r\n\r\n", &["closed FieldLine"]),
        ("a tab before the colon", b"GET /balances HTTP/1.1\r\nHost\t: h\r\n\r\n", &["closed FieldLine"]),
        ("a space before the length's colon", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\nhello", &["closed FieldLine"]),
        ("a space before the coding's colon", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", &["closed FieldLine"]),
        ("a space within a name", b"GET /balances HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n", &["closed FieldLine"]),
        ("no colon", b"GET /balances HTTP/1.1\r\nHost: h\r\nA\r\n\r\n", &["closed FieldLine"]),
        ("no name", b"GET /balances HTTP/1.1\r\nHost: h\r\n: b\r\n\r\n", &["closed FieldLine"]),
        ("a name that is no token", b"GET /balances HTTP/1.1\r\nHost: h\r\nA(b): c\r\n\r\n", &["closed FieldLine"]),
        ("a name with bytes from 0x80", b"GET /balances HTTP/1.1\r\nHost: h\r\nA\xc3\xa4: b\r\n\r\n", &["closed FieldLine"]),
        ("a name in quotes", b"GET /balances HTTP/1.1\r\nHost: h\r\n\"A\": b\r\n\r\n", &["closed FieldLine"]),
        ("obs-fold with a space", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", &["closed FieldLine"]),
        ("obs-fold with a tab", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: b\r\n\tc\r\n\r\n", &["closed FieldLine"]),
        ("obs-fold that hides a coding", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", &["closed FieldLine"]),
        ("white space before the first field", b"GET /balances HTTP/1.1\r\n Host: h\r\n\r\n", &["closed FieldLine"]),
        ("a line of one space", b"GET /balances HTTP/1.1\r\nHost: h\r\n \r\n\r\n", &["closed FieldLine"]),
    ];
    check(CASES);
}

#[test]
fn names_of_fields_are_read_in_any_case() {
    for (length, host) in [("content-length", "HOST"), ("CONTENT-LENGTH", "hOsT")] {
        means(
            format!("POST / HTTP/1.1\r\n{host}: h\r\n{length}: 5\r\n\r\nhello"),
            &["POST / hello"],
        );
    }
    means(
        "POST / HTTP/1.1\r\nhost: h\r\ntRANSFER-eNCODING: cHUNKED\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        &["POST / hi"],
    );
}

#[test]
fn a_name_that_only_looks_like_one_that_matters_does_not() {
    for name in ["Content_Length", "Content-Lengt", "Content-Length-", "X-Content-Length"] {
        means(format!("POST / HTTP/1.1\r\nHost: h\r\n{name}: 5\r\n\r\n"), &["POST /"]);
    }
    for name in ["Transfer_Encoding", "Transfer-Encodin", "X-Transfer-Encoding"] {
        means(format!("POST / HTTP/1.1\r\nHost: h\r\n{name}: chunked\r\n\r\n"), &["POST /"]);
    }
}

#[test]
fn the_head_is_handed_on_as_it_was_sent() {
    let head = "POST /?q=1 HTTP/1.1\r\nhOST: h\r\nContent-Length:2\r\nX:  \t y \r\n\r\n";
    let found = meaning(format!("\r\n\r\n{head}ab").as_bytes());
    let [Found::Request { head: read, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(read, head.as_bytes());
}

#[test]
fn empty_lines_before_a_request_are_skipped() {
    means("\r\n", &[]);
    means("\r\n\r\nGET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["GET /balances"]);
    means(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi\r\n\
         GET /balances HTTP/1.1\r\nHost: h\r\n\r\n\r\n",
        &["POST / hi", "GET /balances"],
    );
}
