//! Limits of the request line, the head and the body.

use super::{bare, post, post_body, post_chunked};
use crate::answer::{Answer, error, invalid_json};
use crate::{Check, check};

pub(crate) fn checks() -> Vec<Check> {
    [lines_and_heads(), bodies()].concat()
}

fn lines_and_heads() -> Vec<Check> {
    const LINE: &str =
        "A request line has a limit with its own status (RFC 9110, 15.5.15; RFC 9112, 3).";
    const HEAD: &str = "A head has limits of bytes and fields, so that the memory of a connection is \
        bounded (RFC 6585, 5).";
    const UNENDING: &str =
        "A limit is enforced as soon as it is exceeded, since the head may never end.";
    let uri_too_long = || error(414, "uri_too_long").closed();
    let headers_too_large = || error(431, "headers_too_large").closed();
    // `Host` is one of them.
    let fields = |count: usize| (1..count).map(|n| format!("X-{n}: a\r\n")).collect::<String>();
    vec![
        check("line-of-8000-bytes", LINE)
            .needs("path-unknown")
            .sends(bare(&format!("GET /{}", "a".repeat(8000 - 14)), ""))
            .gets(error(404, "not_found").open()),
        check("line-of-9000-bytes", LINE)
            .sends(bare(&format!("GET /{}", "a".repeat(9000)), ""))
            .gets(uri_too_long()),
        check("line-of-long-query", LINE)
            .needs("line-of-9000-bytes")
            .sends(bare(&format!("GET /?{}", "a".repeat(9000)), ""))
            .gets(uri_too_long()),
        check("line-unending", UNENDING)
            .needs("line-of-9000-bytes")
            .sends(format!("GET /{}", "a".repeat(12_000)))
            .gets(uri_too_long()),
        check("head-of-15000-bytes", HEAD)
            .needs("path-unknown")
            .sends(bare("GET /nothing", &format!("X-Check: {}\r\n", "a".repeat(15_000))))
            .gets(error(404, "not_found").open()),
        check("head-of-17000-bytes", HEAD)
            .sends(bare("GET /nothing", &format!("X-Check: {}\r\n", "a".repeat(17_000))))
            .gets(headers_too_large()),
        check("head-of-17000-bytes-in-many-fields", HEAD)
            .needs("head-of-17000-bytes")
            .sends(bare("GET /nothing", &format!("X-Check: {}\r\n", "a".repeat(500)).repeat(34)))
            .gets(headers_too_large()),
        check("head-unending", UNENDING)
            .needs("head-of-17000-bytes")
            .sends(format!(
                "GET /nothing HTTP/1.1\r\nHost: check\r\nX-Check: {}",
                "a".repeat(20_000)
            ))
            .gets(headers_too_large()),
        check("head-of-64-fields", HEAD)
            .needs("path-unknown")
            .sends(bare("GET /nothing", &fields(64)))
            .gets(error(404, "not_found").open()),
        check("head-of-65-fields", HEAD)
            .sends(bare("GET /nothing", &fields(65)))
            .gets(headers_too_large()),
        check("head-of-1000-fields", HEAD)
            .needs("head-of-65-fields")
            .sends(bare("GET /nothing", &fields(1000)))
            .gets(headers_too_large()),
        check("chunk-extension-unending", "Chunk extensions are bounded too (RFC 9112, 7.1.1).")
            .needs("coding-chunked")
            .sends(post_chunked(&format!("2;{}", "a".repeat(100_000))))
            .gets(Answer::client_error().closed()),
        check("trailers-unending", "Trailers are bounded like a head.")
            .needs("coding-chunked")
            .sends(post_chunked(&format!("0\r\nX-Check: {}", "a".repeat(100_000))))
            .gets(Answer::client_error().closed()),
    ]
}

fn bodies() -> Vec<Check> {
    const LARGE: &str = "A body is held in memory, so it has a limit: 64 KiB (RFC 9110, 15.5.14).";
    const UNREAD: &str =
        "A declared length above the limit is refused without waiting for the body.";
    let too_large = || error(413, "body_too_large").closed();
    let chunk = |size: usize| format!("{size:x}\r\n{}\r\n", " ".repeat(size));
    vec![
        check("body-of-65536-bytes", LARGE)
            .needs("request-in-segments")
            .sends(post_body(" ".repeat(65_536)))
            .gets(invalid_json()),
        check("body-of-65537-bytes", LARGE)
            .needs("request-in-segments")
            .sends(post_body(" ".repeat(65_537)))
            .gets(too_large()),
        check("body-of-65537-declared", UNREAD)
            .needs("body-of-65537-bytes")
            .sends(post("Content-Length: 65537\r\n", ""))
            .gets(too_large()),
        check("body-of-a-terabyte-declared", UNREAD)
            .needs("body-of-65537-declared")
            .sends(post("Content-Length: 1000000000000\r\n", "{}"))
            .gets(too_large()),
        check("chunks-of-65536-bytes", LARGE)
            .needs("request-in-segments")
            .needs("coding-chunked")
            .sends(post_chunked(&(chunk(32_768).repeat(2) + "0\r\n\r\n")))
            .gets(invalid_json()),
        check("chunks-of-65537-bytes", LARGE)
            .needs("body-of-65537-bytes")
            .needs("coding-chunked")
            .sends(post_chunked(&(chunk(32_768).repeat(2) + &chunk(1) + "0\r\n\r\n")))
            .gets(too_large()),
        check("chunk-of-65537-declared", UNREAD)
            .needs("body-of-65537-declared")
            .needs("coding-chunked")
            .sends(post_chunked("10001\r\n"))
            .gets(too_large()),
        check("chunk-of-4-gigabytes-declared", UNREAD)
            .needs("chunk-of-65537-declared")
            .sends(post_chunked("FFFFFFFF\r\n"))
            .gets(too_large()),
        check("chunks-of-one-byte", "Many small chunks are as valid as one large one.")
            .needs("request-in-segments")
            .needs("coding-chunked")
            .sends(post_chunked(&("1\r\n \r\n".repeat(3000) + "0\r\n\r\n")))
            .gets(invalid_json()),
    ]
}
