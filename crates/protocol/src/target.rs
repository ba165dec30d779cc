//! Which resource a request line names, and what a host may look like.

use std::net::Ipv6Addr;
use std::ops::Range;

use crate::class::{HOST, URI};
use crate::{Fault, Method};

/// Where in a request target its path is (RFC 9112 §3.2): the whole of an origin form up to its
/// query, the same part of an absolute form, or `*`.
pub(crate) fn path(target: &[u8], method: Option<Method>) -> Result<Range<usize>, Fault> {
    if target.is_empty() || !URI.all(target) {
        return Err(Fault::Target);
    }
    let start = match authority_start(target) {
        Some(start) => {
            let rest = &target[start..];
            let end = rest.iter().position(|byte| b"/?".contains(byte)).unwrap_or(rest.len());
            if end == 0 || !is_host(&rest[..end]) {
                return Err(Fault::Target);
            }
            start + end
        }
        None if target[0] == b'/' => 0,
        None if target == b"*" && method == Some(Method::Options) => return Ok(0..1),
        // CONNECT names an authority, and another unknown method whatever it likes.
        None if method.is_none() => return Ok(0..target.len()),
        None => return Err(Fault::Target),
    };
    let query = target[start..].iter().position(|&byte| byte == b'?');
    Ok(start..query.map_or(target.len(), |at| start + at))
}

fn authority_start(target: &[u8]) -> Option<usize> {
    let schemes: [&[u8]; 2] = [b"http://", b"https://"];
    let begins_with = |scheme: &&[u8]| {
        target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    schemes.into_iter().find(begins_with).map(<[u8]>::len)
}

/// Whether a value is `host [":" port]` (RFC 3986 §3.2.2); an empty one is legal (RFC 9110 §7.2).
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
