//! Chunked bodies and their trailers.

use crate::corpus;
use crate::stream::{check, means};

/// Returns a chunked POST with this body.
fn chunked(body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

#[test]
fn a_chunked_body_is_chunks_and_a_last_one() {
    check(corpus::CHUNKS);
}

#[test]
fn chunks_are_joined() {
    for (body, expected) in [
        ("0\r\n\r\n", "POST /"),
        ("5\r\nhello\r\n0\r\n\r\n", "POST / hello"),
        ("1\r\nh\r\n1\r\ne\r\n3\r\nllo\r\n0\r\n\r\n", "POST / hello"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "POST / 0123456789"),
        ("a\r\n0123456789\r\n0\r\n\r\n", "POST / 0123456789"),
        ("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "POST / hello"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "POST / \r\n"),
        ("7\r\n0\r\n\r\nGE\r\n0\r\n\r\n", "POST / 0\r\n\r\nGE"),
        ("1\r\n\0\r\n0\r\n\r\n", "POST / \0"),
    ] {
        means(chunked(body), &[expected]);
    }
}

#[test]
fn a_chunk_size_is_plain_hexadecimal() {
    for size in [
        "",
        " ",
        " 5",
        "\t5",
        "+5",
        "-5",
        "0x5",
        "0X5",
        "5h",
        "g",
        "5 5",
        "5,",
        "5.",
        "5_",
        "\"5\"",
        "٥",
        "00000000000000005",
        "fffffffffffffffff",
        "10000000000000005",
    ] {
        means(chunked(&format!("{size}\r\nhello\r\n0\r\n\r\n")), &["closed ChunkSize"]);
    }
    for size in ["ffffffffffffffff", "8000000000000000", "ffffffff", "100000005", "10001"] {
        means(chunked(&format!("{size}\r\nhello\r\n0\r\n\r\n")), &["closed BodyTooLarge"]);
    }
}

#[test]
fn the_lines_of_a_chunk_end_in_crlf() {
    for (body, expected) in [
        ("5\nhello\r\n0\r\n\r\n", "closed ChunkSize"),
        ("5\rhello\r\n0\r\n\r\n", "closed BareCr"),
        ("5\r\r\nhello\r\n0\r\n\r\n", "closed BareCr"),
        ("5 \r\nhello\r\n0\r\n\r\n", "closed ChunkSize"),
        ("5\r\nhello\n0\r\n\r\n", "closed ChunkEnd"),
        ("5\r\nhello\r0\r\n\r\n", "closed ChunkEnd"),
        ("5\r\nhello0\r\n\r\n", "closed ChunkEnd"),
        ("5\r\nhello!\r\n0\r\n\r\n", "closed ChunkEnd"),
        ("5\r\nhell\r\n0\r\n\r\n", "closed ChunkEnd"),
        ("5\r\nhello\r\n\r\n0\r\n\r\n", "closed ChunkSize"),
        ("5\r\nhello\r\n0\n\r\n", "closed ChunkSize"),
        ("5\r\nhello\r\n0\r\n\n", "closed BareLf"),
        ("5\r\nhello\r\n0\r\n\rX", "closed BareCr"),
        ("\r\n5\r\nhello\r\n0\r\n\r\n", "closed ChunkSize"),
    ] {
        means(chunked(body), &[expected]);
    }
}

#[test]
fn extensions_are_skipped_and_hide_no_line_end() {
    for (size, expected) in [
        ("5;a", "POST / hello"),
        ("5;a=b;c=\"d e;f\"", "POST / hello"),
        ("5 ; a = b", "POST / hello"),
        ("5 \t;\ta\t=\tb \t;c", "POST / hello"),
        ("5;!#$%&'*+-.^_`|~=1;x", "POST / hello"),
        ("5;a=\"\u{e9}\\\"\\\\\t\"", "POST / hello"),
        ("5;a=\"\"", "POST / hello"),
        ("5;", "closed ChunkExtension"),
        ("5;a;", "closed ChunkExtension"),
        ("5;;a", "closed ChunkExtension"),
        ("5;a[b", "closed ChunkExtension"),
        ("5;a b", "closed ChunkExtension"),
        ("5;a ", "closed ChunkExtension"),
        ("5;a=", "closed ChunkExtension"),
        ("5;=b", "closed ChunkExtension"),
        ("5;a=b=c", "closed ChunkExtension"),
        ("5;a=b c", "closed ChunkExtension"),
        ("5;a=b ", "closed ChunkExtension"),
        ("5;a=b\"c\"", "closed ChunkExtension"),
        ("5;a=\"b\"c", "closed ChunkExtension"),
        ("5;a=\"b\" ", "closed ChunkExtension"),
        ("5;a=\u{e9}", "closed ChunkExtension"),
        ("5;\"a\"", "closed ChunkExtension"),
        ("5;a\nb", "closed ChunkExtension"),
        ("5;\n", "closed ChunkExtension"),
        ("5;a\rb", "closed BareCr"),
        ("5;a\0b", "closed ChunkExtension"),
        ("5;a\u{7f}b", "closed ChunkExtension"),
        ("5;a=\"\r\n", "closed ChunkExtension"),
        ("5;a=\"\\\r\n\"", "closed ChunkExtension"),
        ("5;a=\"\0\"", "closed ChunkExtension"),
        ("5 a", "closed ChunkSize"),
        ("5 ", "closed ChunkSize"),
        (";a", "closed ChunkSize"),
    ] {
        means(chunked(&format!("{size}\r\nhello\r\n0;last\r\n\r\n")), &[expected]);
    }
}

#[test]
fn trailers_are_well_formed_and_dropped() {
    for (trailers, expected) in [
        ("A: b\r\n", "POST / hello"),
        ("A: b\r\nC:\r\nD: \t e \r\n", "POST / hello"),
        ("Content-Length: 99\r\n", "POST / hello"),
        ("Transfer-Encoding: gzip\r\n", "POST / hello"),
        ("Host: a b\r\nHost: again\r\n", "POST / hello"),
        ("Connection: close\r\n", "POST / hello"),
        ("Expect: the moon\r\n", "POST / hello"),
        ("A : b\r\n", "closed FieldLine"),
        ("A: b\r\n c\r\n", "closed FieldLine"),
        (" A: b\r\n", "closed FieldLine"),
        ("A\r\n", "closed FieldLine"),
        (": b\r\n", "closed FieldLine"),
        ("GET /balances HTTP/1.1\r\n", "closed FieldLine"),
        ("A: b\n", "closed BareLf"),
        ("A: b\rc\r\n", "closed BareCr"),
        ("A: b\0\r\n", "closed ControlCharacter"),
    ] {
        means(chunked(&format!("5\r\nhello\r\n0\r\n{trailers}\r\n")), &[expected]);
    }
}

#[test]
fn a_body_that_does_not_end_is_no_request() {
    let whole = chunked("5;e\r\nhello\r\n0\r\nA: b\r\n\r\n");
    let head = chunked("").len();
    for end in head..whole.len() {
        means(&whole[..end], &["cut"]);
    }
    for end in 0..5 {
        let body = &"hello"[..end];
        means(format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n{body}"), &["cut"]);
    }
}

#[test]
fn a_known_length_holds_any_bytes() {
    let body: Vec<u8> = (0..=255).collect();
    let mut stream = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 256\r\n\r\n".to_vec();
    stream.extend(&body);
    let found = crate::stream::meaning(&stream);
    assert!(
        matches!(&found[..], [crate::stream::Found::Request { body: read, .. }] if *read == body)
    );
}
