//! `Transfer-Encoding` and chunks (RFC 9112, sections 6.1 and 7.1).

use super::{HIDDEN, post, post_chunked};
use crate::answer::{answer, error, invalid_http, invalid_json};
use crate::{Check, check};

pub(crate) fn checks() -> Vec<Check> {
    [codings(), chunks(), trailers()].concat()
}

/// Returns a request with `{}` in one chunk and this `Transfer-Encoding`.
fn coded(coding: &str) -> String {
    post(&format!("Transfer-Encoding: {coding}\r\n"), "2\r\n{}\r\n0\r\n\r\n")
}

fn codings() -> Vec<Check> {
    const BOTH: &str =
        "A length together with chunks allows request smuggling (RFC 9112, 6.3 and 11.2).";
    const LAST: &str =
        "Unless chunked comes last, the end of the body is unknown: 400 (RFC 9112, 6.3).";
    const ONE_LINE: &str = "Of two Transfer-Encoding lines, one server may use the first \
        and another the last (RFC 9112, 6.1).";
    const UNKNOWN: &str = "An unknown coding is answered with 501 (RFC 9112, 6.1).";
    vec![
        check("coding-chunked", "An HTTP/1.1 server must parse chunked bodies (RFC 9112, 7.1).")
            .must()
            .sends(coded("chunked"))
            .gets(invalid_json()),
        check("coding-in-any-case", "Coding names are case-insensitive (RFC 9112, 7).")
            .must()
            .needs("length-in-lower-case")
            .needs("coding-chunked")
            .sends(post("transfer-encoding: ChunKED\r\n", "2\r\n{}\r\n0\r\n\r\n"))
            .gets(invalid_json()),
        check(
            "coding-in-white-space",
            "White space around a value is not part of it (RFC 9112, 5.1).",
        )
        .needs("coding-chunked")
        .sends(coded(" \tchunked\t "))
        .gets(invalid_json()),
        check("coding-after-length", BOTH)
            .needs("coding-chunked")
            .sends(post(
                "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n",
                "2\r\n{}\r\n0\r\n\r\n",
            ))
            .gets(invalid_http()),
        check("coding-before-length", BOTH)
            .needs("coding-chunked")
            .needs("coding-after-length")
            .sends(post(
                "Transfer-Encoding: chunked\r\nContent-Length: 12\r\n",
                "2\r\n{}\r\n0\r\n\r\n",
            ))
            .gets(invalid_http()),
        check("coding-twice", ONE_LINE)
            .needs("coding-chunked")
            .sends(post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "2\r\n{}\r\n0\r\n\r\n",
            ))
            .gets(invalid_http()),
        check("coding-on-two-lines", ONE_LINE)
            .needs("coding-chunked")
            .needs("coding-twice")
            .sends(post(
                "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
                "2\r\n{}\r\n0\r\n\r\n",
            ))
            .gets(invalid_http()),
        check(
            "coding-in-1-0",
            "HTTP/1.0 has no transfer codings: such a message is invalid (RFC 9112, 6.1).",
        )
        .needs("version-1-0")
        .needs("coding-chunked")
        .sends(
            "POST / HTTP/1.0\r\nHost: check\r\nTransfer-Encoding: \
                chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        )
        .gets(invalid_http()),
        check(
            "coding-chunked-first",
            "Unless chunked comes last, the end of the body is unknown: 400 and the end (RFC 9112, \
             6.3); 501 for a coding that the server does not know (6.1).",
        )
        .must()
        .needs("coding-chunked")
        .sends(coded("chunked, gzip"))
        .gets(error(400, "invalid_http").or(501).closed()),
        check(
            "coding-with-length-hides-nothing",
            "Chunks outweigh a length, or the message is refused (RFC 9112, 6.3): read by its \
             length, the rest of the body would be a request.",
        )
        .needs("coding-chunked")
        .must()
        .sends(post(
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            &format!("{:x}\r\n{HIDDEN}\r\n0\r\n\r\n", HIDDEN.len()),
        ))
        .gets(answer(400).or_any()),
        check("coding-without-chunked", LAST)
            .needs("coding-chunked-first")
            .sends(coded("gzip"))
            .gets(invalid_http()),
        check("coding-two-without-chunked", LAST)
            .needs("coding-without-chunked")
            .sends(coded("gzip, deflate"))
            .gets(invalid_http()),
        check("coding-identity", LAST)
            .needs("coding-without-chunked")
            .sends(coded("identity"))
            .gets(invalid_http()),
        check("coding-that-begins-like-chunked", LAST)
            .needs("coding-without-chunked")
            .sends(coded("chunkedx"))
            .gets(invalid_http()),
        check("coding-that-ends-like-chunked", LAST)
            .needs("coding-without-chunked")
            .sends(coded("xchunked"))
            .gets(invalid_http()),
        check("coding-quoted", LAST)
            .needs("coding-without-chunked")
            .sends(coded("\"chunked\""))
            .gets(invalid_http()),
        check("coding-empty", LAST)
            .needs("coding-without-chunked")
            .sends(coded(""))
            .gets(invalid_http()),
        check("coding-chunked-twice", "Chunked must be applied only once (RFC 9112, 6.1).")
            .needs("coding-chunked")
            .sends(coded("chunked, chunked"))
            .gets(answer(400).or(501)),
        check("coding-gzip-then-chunked", UNKNOWN)
            .needs("coding-chunked")
            .sends(coded("gzip, chunked"))
            .gets(error(501, "unsupported_encoding")),
        check("coding-of-no-known-name", UNKNOWN)
            .needs("coding-gzip-then-chunked")
            .sends(coded("x-check, chunked"))
            .gets(error(501, "unsupported_encoding")),
    ]
}

fn chunks() -> Vec<Check> {
    const SIZE: &str = "A chunk size consists of hexadecimal digits (RFC 9112, 7.1): a size that \
        parsers read differently allows request smuggling.";
    const TOO_LONG: &str = "A size that overflows must not wrap around (RFC 9112, 7.1).";
    const CRLF: &str = "A chunk ends with CRLF after exactly its size (RFC 9112, 7.1).";
    const NO_EXTENSION: &str = "An extension is a name with an optional value (RFC 9112, 7.1.1): if \
        anything else is skipped, two servers may disagree about its end.";
    const EXTENSION: &str = "Unknown extensions are ignored (RFC 9112, 7.1.1).";
    let sized = |size: &str| post_chunked(&format!("{size}\r\n{{}}\r\n0\r\n\r\n"));
    vec![
        check("chunks-many", "A body may come in any number of chunks (RFC 9112, 7.1).")
            .must()
            .needs("coding-chunked")
            .sends(post_chunked("1\r\n{\r\n1\r\n \r\n3\r\n   \r\n1\r\n}\r\n0\r\n\r\n"))
            .gets(invalid_json()),
        check("chunks-none", "A body without chunks is empty, and not an event.")
            .needs("coding-chunked")
            .sends(post_chunked("0\r\n\r\n"))
            .gets(invalid_json()),
        check(
            "chunk-size-in-upper-case",
            "Hexadecimal digits are case-insensitive (RFC 9112, 7.1).",
        )
        .must()
        .needs("coding-chunked")
        .sends(post_chunked("A\r\n{        }\r\n0\r\n\r\n"))
        .gets(invalid_json()),
        check(
            "chunk-size-in-lower-case",
            "Hexadecimal digits are case-insensitive (RFC 9112, 7.1).",
        )
        .must()
        .needs("coding-chunked")
        .sends(post_chunked("a\r\n{        }\r\n0\r\n\r\n"))
        .gets(invalid_json()),
        check(
            "chunk-size-is-hex",
            "A chunk size is hexadecimal, so `10` is sixteen (RFC 9112, 7.1).",
        )
        .must()
        .needs("coding-chunked")
        .sends(post_chunked("10\r\n{              }\r\n0\r\n\r\n"))
        .gets(invalid_json()),
        check(
            "chunk-size-with-leading-zeros",
            "A size is 1*HEXDIG, so leading zeros are valid (RFC 9112, 7.1).",
        )
        .needs("coding-chunked")
        .sends(sized("0002"))
        .gets(invalid_json()),
        check(
            "chunk-last-with-several-zeros",
            "The last chunk is one or more zeros (RFC 9112, 7.1).",
        )
        .needs("coding-chunked")
        .sends(post_chunked("2\r\n{}\r\n000\r\n\r\n"))
        .gets(invalid_json()),
        check("chunk-extension", EXTENSION)
            .must()
            .needs("coding-chunked")
            .sends(sized("2;check=a"))
            .gets(invalid_json()),
        check("chunk-extension-without-value", EXTENSION)
            .needs("chunk-extension")
            .sends(sized("2;check"))
            .gets(invalid_json()),
        check("chunk-extension-quoted", EXTENSION)
            .needs("chunk-extension")
            .sends(sized("2;check=\"a b\""))
            .gets(invalid_json()),
        check("chunk-extension-in-white-space", EXTENSION)
            .needs("chunk-extension")
            .sends(sized("2 ;\tcheck\t= a"))
            .gets(invalid_json()),
        check("chunk-extension-with-escape", EXTENSION)
            .needs("chunk-extension")
            .sends(sized("2;check=\"a\\\"b\""))
            .gets(invalid_json()),
        check("chunk-extension-empty", NO_EXTENSION)
            .needs("chunk-extension-no-token")
            .sends(sized("2;"))
            .gets(invalid_http()),
        check("chunk-extension-empty-between", NO_EXTENSION)
            .needs("chunk-extension-no-token")
            .sends(sized("2;;check"))
            .gets(invalid_http()),
        check("chunk-extension-no-token", NO_EXTENSION)
            .needs("chunk-extension")
            .sends(sized("2;a[b"))
            .gets(invalid_http()),
        check("chunk-extension-without-name", NO_EXTENSION)
            .needs("chunk-extension-no-token")
            .sends(sized("2;=a"))
            .gets(invalid_http()),
        check("chunk-extension-value-missing", NO_EXTENSION)
            .needs("chunk-extension-no-token")
            .sends(sized("2;check="))
            .gets(invalid_http()),
        check("chunk-extension-quote-open", NO_EXTENSION)
            .needs("chunk-extension-no-token")
            .sends(sized("2;check=\"a"))
            .gets(invalid_http()),
        check("chunk-extension-two-words", NO_EXTENSION)
            .needs("chunk-extension-no-token")
            .sends(sized("2;check a"))
            .gets(invalid_http()),
        check("chunk-extension-with-bare-lf", CRLF)
            .needs("line-bare-lf")
            .needs("chunk-extension")
            .sends(sized("2;a\nb"))
            .gets(invalid_http()),
        check("chunk-extension-with-bare-cr", CRLF)
            .needs("chunk-extension-with-nul")
            .sends(sized("2;a\rb"))
            .gets(invalid_http()),
        check("chunk-extension-with-nul", CRLF)
            .needs("chunk-extension")
            .sends(sized("2;a\0b"))
            .gets(invalid_http()),
        check("chunk-size-of-letters", SIZE)
            .needs("coding-chunked")
            .sends(sized("xyz"))
            .gets(invalid_http()),
        check("chunk-size-before-letters", SIZE)
            .needs("chunk-size-of-letters")
            .sends(sized("2z"))
            .gets(invalid_http()),
        check("chunk-size-empty", SIZE)
            .needs("chunk-size-of-letters")
            .sends(sized(""))
            .gets(invalid_http()),
        check("chunk-size-only-extension", SIZE)
            .needs("chunk-size-of-letters")
            .sends(sized(";a"))
            .gets(invalid_http()),
        check("chunk-size-with-0x", SIZE)
            .needs("chunk-size-with-plus")
            .sends(sized("0x2"))
            .gets(invalid_http()),
        check("chunk-size-with-plus", SIZE)
            .needs("chunk-size-of-letters")
            .sends(sized("+2"))
            .gets(invalid_http()),
        check("chunk-size-negative", SIZE)
            .needs("chunk-size-with-plus")
            .sends(sized("-2"))
            .gets(invalid_http()),
        check("chunk-size-with-underscore", SIZE)
            .needs("chunk-size-with-plus")
            .sends(sized("0_2"))
            .gets(invalid_http()),
        check("chunk-size-after-space", SIZE)
            .needs("chunk-size-with-plus")
            .sends(sized(" 2"))
            .gets(invalid_http()),
        check("chunk-size-before-space", SIZE)
            .needs("chunk-size-with-plus")
            .sends(sized("2 "))
            .gets(invalid_http()),
        check("chunk-size-before-tab", SIZE)
            .needs("chunk-size-with-plus")
            .sends(sized("2\t"))
            .gets(invalid_http()),
        check("chunk-size-within-space", SIZE)
            .needs("chunk-size-of-letters")
            .sends(sized("0 2"))
            .gets(invalid_http()),
        check("chunk-size-with-nul", SIZE)
            .needs("chunk-size-of-letters")
            .sends(sized("2\0"))
            .gets(invalid_http()),
        check("chunk-size-beyond-u64", TOO_LONG)
            .needs("coding-chunked")
            .sends(sized("10000000000000002"))
            .gets(invalid_http()),
        check("chunk-size-of-thirty-digits", TOO_LONG)
            .needs("chunk-size-beyond-u64")
            .sends(sized("F00000000000000000000000000002"))
            .gets(invalid_http()),
        check("chunk-size-ends-in-lf", CRLF)
            .needs("line-bare-lf")
            .needs("chunk-size-of-letters")
            .sends(post_chunked("2\n{}\r\n0\r\n\r\n"))
            .gets(invalid_http()),
        check("chunk-size-ends-in-cr", CRLF)
            .needs("chunk-size-of-letters")
            .sends(post_chunked("2\r{}\r\n0\r\n\r\n"))
            .gets(invalid_http()),
        check("chunk-without-crlf", CRLF)
            .needs("chunk-longer-than-its-size")
            .sends(post_chunked("2\r\n{}0\r\n\r\n"))
            .gets(invalid_http()),
        check("chunk-ends-in-lf", CRLF)
            .needs("line-bare-lf")
            .needs("chunk-longer-than-its-size")
            .sends(post_chunked("2\r\n{}\n0\r\n\r\n"))
            .gets(invalid_http()),
        check("chunk-ends-in-cr", CRLF)
            .needs("coding-chunked")
            .needs("chunk-longer-than-its-size")
            .sends(post_chunked("2\r\n{}\r0\r\n\r\n"))
            .gets(invalid_http()),
        check("chunk-longer-than-its-size", CRLF)
            .needs("coding-chunked")
            .sends(post_chunked("1\r\n{}\r\n0\r\n\r\n"))
            .gets(invalid_http()),
        check("chunk-shorter-than-its-size", CRLF)
            .needs("chunk-longer-than-its-size")
            .sends(post_chunked("3\r\n{}\r\n0\r\n\r\n"))
            .gets(invalid_http()),
        check("chunk-with-a-request-in-it", "Bytes in a body are not a request (RFC 9112, 6.3).")
            .must()
            .needs("coding-chunked")
            .sends(post_chunked(&format!("{:x}\r\n{HIDDEN}\r\n0\r\n\r\n", HIDDEN.len())))
            .gets(invalid_json()),
    ]
}

fn trailers() -> Vec<Check> {
    const FIELDS: &str = "Trailer fields have the grammar of header fields (RFC 9112, 7.1.2).";
    let with_trailers = |lines: &str| post_chunked(&format!("2\r\n{{}}\r\n0\r\n{lines}\r\n"));
    vec![
        check(
            "trailers",
            "Trailer fields may follow the last chunk and are skipped (RFC 9112, 7.1.2).",
        )
        .needs("coding-chunked")
        .sends(with_trailers("X-Check: a\r\nX-Other: b\r\n"))
        .gets(invalid_json()),
        check(
            "trailer-that-would-frame",
            "A trailer must not change the framing (RFC 9110, 6.5.1).",
        )
        .needs("trailers")
        .sends(with_trailers("Content-Length: 40\r\n"))
        .gets(answer(400).or_any()),
        check("trailer-with-space-before-colon", FIELDS)
            .needs("field-space-before-colon")
            .needs("trailers")
            .sends(with_trailers("X-Check : a\r\n"))
            .gets(invalid_http()),
        check("trailer-without-colon", FIELDS)
            .needs("trailers")
            .needs("trailer-with-space-before-colon")
            .sends(with_trailers("X-Check\r\n"))
            .gets(invalid_http()),
        check("trailer-folded", FIELDS)
            .needs("field-folded")
            .needs("trailers")
            .needs("trailer-with-space-before-colon")
            .sends(with_trailers("X-Check: a\r\n b\r\n"))
            .gets(invalid_http()),
        check("trailer-with-nul", FIELDS)
            .needs("field-value-with-nul")
            .needs("trailers")
            .needs("trailer-with-space-before-colon")
            .sends(with_trailers("X-Check: a\0b\r\n"))
            .gets(invalid_http()),
        check("trailer-ends-in-lf", FIELDS)
            .needs("line-bare-lf")
            .needs("trailers")
            .sends(with_trailers("X-Check: a\n"))
            .gets(invalid_http()),
        check("trailers-end-in-lf", FIELDS)
            .needs("line-bare-lf")
            .needs("trailers")
            .sends(post_chunked("2\r\n{}\r\n0\r\n\n"))
            .gets(invalid_http()),
    ]
}
