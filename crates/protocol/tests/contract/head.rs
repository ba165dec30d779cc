//! Request lines and field lines.

use crate::corpus;
use crate::stream::{Found, check, meaning, means};

#[test]
fn a_request_line_is_three_words_and_two_spaces() {
    check(corpus::REQUEST_LINES);
}

#[test]
fn every_line_ends_in_crlf_and_nothing_else() {
    check(corpus::LINE_ENDS);
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
    check(corpus::FIELD_LINES);
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

#[test]
fn disagreements_between_parsers_are_settled() {
    check(corpus::DISAGREEMENTS);
}

#[test]
fn every_stream_of_the_corpus_has_a_name_of_its_own() {
    let cases = corpus::ALL.iter().copied().flatten();
    let mut names: Vec<&str> = cases.map(|case| case.0).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
