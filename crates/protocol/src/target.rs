//! Parses request targets and hosts.

use std::net::Ipv6Addr;
use std::ops::Range;

use crate::Fault;
use crate::class::{HOST, QUERY, URI};

/// Returns the range of the path in a request target (RFC 9112 §3.2): in origin form and absolute
/// form the path without the query, or `*`.
pub(crate) fn path(target: &[u8], method: &[u8]) -> Result<Range<usize>, Fault> {
    // In both forms, the first question mark starts the query.
    let query = target.iter().position(|&byte| byte == b'?').unwrap_or(target.len());
    let (before, query) = target.split_at(query);
    if before.is_empty() || !URI.all(before) || !QUERY.all(query) {
        return Err(Fault::Target);
    }
    let target = before;
    let start = match authority_start(target) {
        Some(start) => {
            let rest = &target[start..];
            let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
            if end == 0 || !is_host(&rest[..end]) {
                return Err(Fault::Target);
            }
            start + end
        }
        None if target[0] == b'/' => 0,
        None if target == b"*" && allows_asterisk(method) && query.is_empty() => 0,
        // An authority is valid with CONNECT, which is then answered as an unknown method.
        None if method == b"CONNECT" && is_authority(target) && query.is_empty() => 0,
        None => return Err(Fault::Target),
    };
    Ok(start..target.len())
}

/// Returns true for `host ":" port`, both not empty (RFC 9112 §3.2.3, RFC 9110 §9.3.6).
fn is_authority(value: &[u8]) -> bool {
    let digits = value.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && value[..value.len() - digits].ends_with(b":") && is_host(value)
}

/// Returns true for a method whose target may be `*`: OPTIONS, and the PRI of an HTTP/2 preface
/// (RFC 9113 §3.4), which is then answered 505.
fn allows_asterisk(method: &[u8]) -> bool {
    matches!(method, b"OPTIONS" | b"PRI")
}

fn authority_start(target: &[u8]) -> Option<usize> {
    let schemes: [&[u8]; 2] = [b"http://", b"https://"];
    let begins_with = |scheme: &&[u8]| {
        target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    schemes.into_iter().find(begins_with).map(<[u8]>::len)
}

/// Returns true for `host [":" port]` (RFC 3986 §3.2.2); it may be empty (RFC 9110 §7.2).
pub(crate) fn is_host(value: &[u8]) -> bool {
    let (host_is_valid, port) = match value {
        [] => return true,
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|&byte| byte == b']').unwrap_or(rest.len());
            let address = str::from_utf8(&rest[..end]).unwrap_or_default();
            (address.parse::<Ipv6Addr>().is_ok(), rest.get(end + 1..).unwrap_or(b"no bracket"))
        }
        _ => {
            let (name, port) = value.split_at(HOST.count(value));
            (!name.is_empty(), port)
        }
    };
    let port_is_valid = match port {
        [] => true,
        [b':', digits @ ..] => {
            let fits = digits.len() < 5 || (digits.len() == 5 && digits <= b"65535");
            fits && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    host_is_valid && port_is_valid
}
