//! Streams and what each of them means. The decoder's tests hold it to them, the comparison with
//! another reader goes through them, and the fuzzer starts from them. What only the value of one
//! field or the size of one chunk decides is listed where it is tested.

/// A name, the bytes, and what the decoder finds in them, in order.
pub type Case<'a> = (&'a str, &'a [u8], &'a [&'a str]);

/// Every stream there is.
pub const ALL: &[&[Case<'static>]] = &[
    REQUEST_LINES,
    LINE_ENDS,
    FIELD_LINES,
    TARGETS,
    FRAMINGS,
    CHUNKS,
    EXPECTATIONS,
    PIPELINES,
    DISAGREEMENTS,
];

/// The first line of a request.
#[rustfmt::skip]
pub const REQUEST_LINES: &[Case<'static>] = &[
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

/// Line ends, and what is none.
#[rustfmt::skip]
pub const LINE_ENDS: &[Case<'static>] = &[
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
    ("eight empty lines before the request", b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["GET /balances"]),
    ("nine empty lines before the request", b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed EmptyLines"]),
];

/// Field lines.
#[rustfmt::skip]
pub const FIELD_LINES: &[Case<'static>] = &[
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
    ("a beginning of a header behind an empty one", b"GET /balances HTTP/1.1\r\nHost: h\r\nFoo: bar\r\n\rTransfer-Encoding: chunked\r\n\r\n", &["closed BareCr"]),
    ("LF and a vertical tab before a value", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\n\x0bchunked\r\n\r\n", &["closed BareLf"]),
    ("a word behind a name", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length x: 5\r\n\r\nhello", &["closed FieldLine"]),
    ("a backslash in a name", b"POST / HTTP/1.1\r\nHost: h\r\nContent\\Length: 5\r\n\r\nhello", &["closed FieldLine"]),
    ("brackets in a name", b"GET /balances HTTP/1.1\r\nHost: h\r\nA[]: b\r\n\r\n", &["closed FieldLine"]),
];

/// What a request is for: its target and its host.
#[rustfmt::skip]
pub const TARGETS: &[Case<'static>] = &[
    ("a query", b"GET /balances?a=b&c=/d?e HTTP/1.1\r\nHost: h\r\n\r\n", &["GET /balances"]),
    ("an absolute target", b"GET http://h:80/balances HTTP/1.1\r\nHost: h\r\n\r\n", &["GET /balances"]),
    ("an absolute target with another host than the field", b"GET HTTP://other/balances HTTP/1.1\r\nHost: h\r\n\r\n", &["GET /balances"]),
    ("an absolute target with user information", b"GET http://u@h/balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("an absolute target without a host", b"GET http:///balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("another scheme", b"GET ftp://h/balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("an authority for a target", b"GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("an asterisk", b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("a fragment", b"GET /balances#a HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("a backslash", b"GET /\\balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("a quotation mark", b"GET /\"balances HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("bytes from 0x80 in a target", b"GET /balances?\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
    ("two slashes", b"GET //balances HTTP/1.1\r\nHost: h\r\n\r\n", &["refused NotFound"]),
    ("dots", b"GET /x/../balances HTTP/1.1\r\nHost: h\r\n\r\n", &["refused NotFound"]),
    ("a letter as a percent sign and two digits", b"GET /%62alances HTTP/1.1\r\nHost: h\r\n\r\n", &["refused NotFound"]),
    ("CONNECT", b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["refused UnknownMethod", "GET /balances"]),
    ("an asterisk for OPTIONS", b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", &["OPTIONS *"]),
    ("no host", b"GET /balances HTTP/1.1\r\n\r\n", &["closed HostMissing"]),
    ("a host in the target alone", b"GET http://h/balances HTTP/1.1\r\n\r\n", &["closed HostMissing"]),
    ("no host in 1.0", b"GET /balances HTTP/1.0\r\n\r\n", &["GET /balances", "ended"]),
    ("the same host twice", b"GET /balances HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", &["closed HostRepeated"]),
    ("two hosts", b"GET /balances HTTP/1.1\r\nHost: h\r\nA: b\r\nhost: i\r\n\r\n", &["closed HostRepeated"]),
    ("an empty host", b"GET /balances HTTP/1.1\r\nHost: \r\n\r\n", &["GET /balances"]),
    ("an address for a host", b"GET /balances HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", &["GET /balances"]),
    ("two hosts in a list", b"GET /balances HTTP/1.1\r\nHost: h, i\r\n\r\n", &["closed HostInvalid"]),
    ("a host with a path", b"GET /balances HTTP/1.1\r\nHost: h/balances\r\n\r\n", &["closed HostInvalid"]),
    ("a host with user information", b"GET /balances HTTP/1.1\r\nHost: u@h\r\n\r\n", &["closed HostInvalid"]),
    ("a port that is no number", b"GET /balances HTTP/1.1\r\nHost: h:x\r\n\r\n", &["closed HostInvalid"]),
    ("a port without a host", b"GET /balances HTTP/1.1\r\nHost: :80\r\n\r\n", &["closed HostInvalid"]),
];

/// Where a body ends.
#[rustfmt::skip]
pub const FRAMINGS: &[Case<'static>] = &[
    ("a length", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", &["POST / hello"]),
    ("a length with zeros before it", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0005\r\n\r\nhello", &["POST / hello"]),
    ("a length of zero, and a body", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nhello", &["POST /", "cut"]),
    ("a length of two zeros", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 00\r\n\r\n", &["POST /"]),
    ("a length with a plus", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello", &["closed LengthInvalid"]),
    ("a length with a minus", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\nhello", &["closed LengthInvalid"]),
    ("a length in hexadecimal", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x5\r\n\r\nhello", &["closed LengthInvalid"]),
    ("a length with an underscore", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1_0\r\n\r\n0123456789", &["closed LengthInvalid"]),
    ("a length in words", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: five\r\n\r\nhello", &["closed LengthInvalid"]),
    ("an empty length", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\nhello", &["closed LengthInvalid"]),
    ("a list of equal lengths", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\nhello", &["closed LengthInvalid"]),
    ("a list of lengths", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 6\r\n\r\nhello", &["closed LengthInvalid"]),
    ("a space in a length", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 0\r\n\r\nhello", &["closed LengthInvalid"]),
    ("a length of more than 64 bits", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551621\r\n\r\nhello", &["closed LengthInvalid"]),
    ("equal lengths", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", &["closed LengthRepeated"]),
    ("lengths that differ", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nA: b\r\ncontent-length: 6\r\n\r\nhello!", &["closed LengthRepeated"]),
    ("a length of zero before another", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n", &["closed LengthRepeated"]),
    ("a length before a coding", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", &["closed LengthAndCoding"]),
    ("a coding before a length", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG", &["closed LengthAndCoding"]),
    ("a length beside a coding that is none", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\nhello", &["closed LengthAndCoding"]),
    ("chunked", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", &["POST / hello"]),
    ("chunked in any case, with white space around it", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \tCHUNKed \r\n\r\n5\r\nhello\r\n0\r\n\r\n", &["POST / hello"]),
    ("a coding before chunked", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", &["closed UnsupportedEncoding"]),
    ("identity before chunked", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", &["closed UnsupportedEncoding"]),
    ("a coding behind chunked", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked in the middle", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity, chunked, identity\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked twice in a list", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked twice", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &["closed CodingRepeated"]),
    ("identity, then chunked", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &["closed CodingRepeated"]),
    ("chunked behind a comma", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked before a comma", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked with a letter before it", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("a beginning of chunked", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunk\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked in quotes", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: 'chunked'\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked with a parameter", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked behind a space of another alphabet", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked behind a vertical tab", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", &["closed ControlCharacter"]),
    ("chunked before a form feed", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\x0c\r\n\r\n0\r\n\r\n", &["closed ControlCharacter"]),
    ("chunked before CR", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\r\n\r\n0\r\n\r\n", &["closed BareCr"]),
    ("an empty coding", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", &["closed ChunkedNotLast"]),
    ("chunked in 1.0", b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &["closed CodingInHttp10"]),
    ("a field that is named as the length is, but for a line", b"POST / HTTP/1.1\r\nHost: h\r\nContent_Length: 5\r\n\r\n", &["POST /"]),
    ("a field that is named as the coding is, but for a line", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer_Encoding: chunked\r\n\r\n", &["POST /"]),
    ("a field that is named as the coding is, but for a percent sign", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-%45ncoding: chunked\r\n\r\n", &["POST /"]),
    ("a coding of the content", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: chunked\r\n\r\n", &["POST /"]),
    ("a length that Connection names", b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello", &["POST / hello"]),
    ("a coding that Connection names", b"POST / HTTP/1.1\r\nHost: h\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", &["POST / hi"]),
    ("neither length nor coding, and a body", b"POST / HTTP/1.1\r\nHost: h\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["POST /", "GET /balances"]),
    ("a request in the body of a GET", b"GET /things HTTP/1.1\r\nHost: h\r\nContent-Length: 39\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["GET /things GET /balances HTTP/1.1\r\nHost: inner\r\n\r\n"]),
    ("a request in the body of a HEAD", b"HEAD /things HTTP/1.1\r\nHost: h\r\nContent-Length: 39\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["HEAD /things GET /balances HTTP/1.1\r\nHost: inner\r\n\r\n"]),
    ("a request in the body of an OPTIONS", b"OPTIONS / HTTP/1.1\r\nHost: h\r\nContent-Length: 39\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["OPTIONS / GET /balances HTTP/1.1\r\nHost: inner\r\n\r\n"]),
    ("a request in the body of a TRACE", b"TRACE / HTTP/1.1\r\nHost: h\r\nContent-Length: 39\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["refused UnknownMethod"]),
    ("a body that stops too early", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nhello", &["cut"]),
];

/// Chunked bodies.
#[rustfmt::skip]
pub const CHUNKS: &[Case<'static>] = &[
    ("no chunk", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &["POST /"]),
    ("two chunks", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", &["POST / hello"]),
    ("sizes in both cases", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", &["POST / 01234567890123456789"]),
    ("a size with zeros before it", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n005\r\nhello\r\n000\r\n\r\n", &["POST / hello"]),
    ("a chunk that looks like the end", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n", &["POST / 0\r\n\r\n"]),
    ("a request in a chunk", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n27\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n\r\n0\r\n\r\n", &["POST / GET /balances HTTP/1.1\r\nHost: inner\r\n\r\n"]),
    ("an extension", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0;c\r\n\r\n", &["POST / hello"]),
    ("an extension in quotes, with a semicolon", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", &["POST / hello"]),
    ("a semicolon without an extension", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;\r\nhello\r\n0\r\n\r\n", &["POST / hello"]),
    ("an extension that is no token", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a[=b\r\nhello\r\n0\r\n\r\n", &["POST / hello"]),
    ("white space around an extension", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5 ;\ta = b\r\nhello\r\n0\r\n\r\n", &["POST / hello"]),
    ("LF in an extension", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n", &["closed ChunkExtension"]),
    ("LF and a size in an extension", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;\n50\r\nxx\r\n0\r\n\r\n", &["closed ChunkExtension"]),
    ("CR in an extension", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a\rb\r\nhello\r\n0\r\n\r\n", &["closed BareCr"]),
    ("NUL in an extension", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a\0\r\nhello\r\n0\r\n\r\n", &["closed ChunkExtension"]),
    ("a line end in quotes", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"\r\nhello\r\n0\r\n\r\n\"\r\n", &["POST / hello", "closed RequestLine"]),
    ("a size with a prefix", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("a size with a plus", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("a size with a minus", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("a size with an underscore", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0_5\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("a space before a size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("a space behind a size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("a tab behind the last size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\t\r\n\r\n", &["closed ChunkSize"]),
    ("a size that is no number", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("no size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("two empty lines for the end", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\r\n\r\n", &["closed ChunkSize"]),
    ("a size of 16 digits", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000005\r\nhello\r\n0\r\n\r\n", &["POST / hello"]),
    ("a size of 17 digits", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000005\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("a size of 65 bits", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("the largest size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nhello\r\n0\r\n\r\n", &["closed BodyTooLarge"]),
    ("LF behind a size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("CR behind a size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n", &["closed BareCr"]),
    ("LF behind a chunk", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n", &["closed ChunkEnd"]),
    ("CR behind a chunk", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r0\r\n\r\n", &["closed ChunkEnd"]),
    ("nothing behind a chunk", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n", &["closed ChunkEnd"]),
    ("two other bytes behind a chunk", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n", &["closed ChunkEnd"]),
    ("a chunk longer than its size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n", &["closed ChunkEnd"]),
    ("a chunk shorter than its size", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\r\n0\r\n\r\n", &["closed ChunkEnd"]),
    ("an empty line between chunks", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n\r\n3\r\nllo\r\n0\r\n\r\n", &["closed ChunkSize"]),
    ("LF for the last line", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n", &["closed BareLf"]),
    ("a request for the last line", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["closed FieldLine"]),
    ("no last chunk", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", &["cut"]),
    ("no last line", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", &["cut"]),
    ("trailers", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC:\r\n\r\n", &["POST /"]),
    ("trailers that would be framing", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\nHost: a b\r\nConnection: close\r\n\r\n", &["POST /"]),
    ("a space before the colon of a trailer", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA : b\r\n\r\n", &["closed FieldLine"]),
    ("a trailer on two lines", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n", &["closed FieldLine"]),
    ("LF in a trailer", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n", &["closed BareLf"]),
    ("NUL in a trailer", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: \0\r\n\r\n", &["closed ControlCharacter"]),
];

/// Bodies that are waited for.
#[rustfmt::skip]
pub const EXPECTATIONS: &[Case<'static>] = &[
    ("a body that is waited for", b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", &["POST / hi"]),
    ("no body to wait for", b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n", &["POST /"]),
    ("a body that 1.0 does not wait for", b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", &["POST / hi", "ended"]),
    ("another expectation", b"POST / HTTP/1.1\r\nHost: h\r\nExpect: the moon\r\n\r\n", &["closed ExpectationFailed"]),
    ("two expectations", b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n", &["closed ExpectationFailed"]),
    ("a body that nobody waits for, of another path", b"POST /nowhere HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", &["closed NotFound"]),
    ("a body that nobody waits for, of an unknown method", b"BREW / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &["closed UnknownMethod"]),
];

/// One request behind another.
#[rustfmt::skip]
pub const PIPELINES: &[Case<'static>] = &[
    ("nothing", b"", &[]),
    ("three, framed in three ways", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n1\
        POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n\
        GET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["POST / 1", "POST / 2", "GET /balances"]),
    ("chunked twice, with trailers", b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\nA: b\r\n\r\n\
        POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n", &["POST / 1", "POST / 2"]),
    ("refused ones between good ones", b"GET /x HTTP/1.1\r\nHost: h\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi\
        BREW / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nxx\
        GET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["refused NotFound", "POST / hi", "refused UnknownMethod", "GET /balances"]),
    ("nothing after a fault", b"GET /balances HTTP/1.1\r\nHost: h\r\n\r\nGET /balances HTTP/1.1\r\n\r\n\
        GET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["GET /balances", "closed HostMissing"]),
    ("a body one byte longer than it says", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nhello\
        GET /balances HTTP/1.1\r\nHost: h\r\n\r\n", &["POST / hell", "refused UnknownMethod"]),
];

/// Streams over which our reader and another one have disagreed.
#[rustfmt::skip]
pub const DISAGREEMENTS: &[Case<'static>] = &[
    ("CR alone", b"\r", &["cut"]),
    ("a request, and CR alone", b"GET /balances HTTP/1.1\r\nHost: h\r\n\r\n\r", &["GET /balances", "cut"]),
    ("close beside a byte from 0x80", b"GET /balances HTTP/1.1\r\nHost: h\r\nConnection: \xc3\xa9, close\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["GET /balances", "ended"]),
    ("keep-alive in 1.0 beside a byte from 0x80", b"GET /balances HTTP/1.0\r\nConnection: \xe9, keep-alive\r\n\r\nGET /balances HTTP/1.1\r\nHost: inner\r\n\r\n", &["GET /balances", "ended"]),
    ("a later minor version", b"GET /balances HTTP/1.5\r\nHost: h\r\n\r\n", &["GET /balances"]),
    ("an unknown method, and an absolute target without a host", b"BREW http:///things HTTP/1.1\r\nHost: h\r\n\r\n", &["closed Target"]),
];
