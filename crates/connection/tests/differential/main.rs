//! The same bytes to our reader and to hyper's: both see the same requests, or ours refuses for a
//! reason that is on the list. What ours accepts and hyper does not, or reads in another way, is
//! how requests are smuggled, and fails the test.
//!
//! `CASES` says how many streams are made up (there are a few thousand), `SEED` the seed of the
//! first; the seed of a failed one makes it again with `CASES=1`.

#![allow(clippy::unwrap_used)] // all of it is a test, also what stands outside `#[test]`

mod generate;
mod readers;

use std::collections::BTreeMap;
use std::mem::discriminant;

use fastrand::Rng;
use protocol::Fault;

use readers::Seen;

/// How ours keeps to itself what hyper goes on to read.
#[derive(Debug, Clone, PartialEq)]
enum Stricter {
    Refuses(Fault),
    /// The connection ends with the request before.
    Ends,
}

use Stricter::{Ends, Refuses};

/// Where ours is the stricter one: how, where it is written, and why it is right.
#[rustfmt::skip]
const STRICTER: &[(Stricter, &str, &str)] = &[
    (Refuses(Fault::EmptyLines), "RFC 9112 2.2", "a server SHOULD skip at least one; eight are plenty, and what has no bound keeps it busy"),
    (Refuses(Fault::BareLf), "RFC 9112 2.2", "a recipient MAY take it for the end of a line; one that does not would read on"),
    (Refuses(Fault::Target), "RFC 9112 3.2, RFC 3986 2", "a character that no URI has, user information or another scheme: each reader mends it in its own way"),
    (Refuses(Fault::HostMissing), "RFC 9112 3.2", "MUST be answered 400; hyper leaves it to the service"),
    (Refuses(Fault::HostRepeated), "RFC 9112 3.2", "MUST be answered 400; hyper leaves it to the service"),
    (Refuses(Fault::HostInvalid), "RFC 9112 3.2", "MUST be answered 400; hyper leaves it to the service"),
    (Refuses(Fault::LengthRepeated), "RFC 9112 6.3", "equal values MAY be taken for one; a sender that repeats itself was put together from two"),
    (Refuses(Fault::LengthAndCoding), "RFC 9112 6.3", "a server MAY refuse it: it is how requests are smuggled"),
    (Refuses(Fault::CodingRepeated), "RFC 9112 6.1", "a list may be split over lines, and then readers differ over which line counts"),
    (Refuses(Fault::ChunkedNotLast), "RFC 9112 6.3", "empty members of a list ought to be ignored: not in the field that frames the body"),
    (Refuses(Fault::UnsupportedEncoding), "RFC 9112 6.1", "a coding that is not understood SHOULD be answered 501; hyper leaves it to the service"),
    (Refuses(Fault::ChunkSize), "RFC 9112 7.1", "the grammar has no white space behind a size, and no length needs more digits"),
    (Refuses(Fault::ChunkExtension), "RFC 9112 7.1.1", "the grammar has no control characters, and a recipient ought to limit the length"),
    (Refuses(Fault::Truncated), "RFC 9112 2.2", "one CR at the end is no empty line yet; hyper counts it as one"),
    (Refuses(Fault::ExpectationFailed), "RFC 9110 10.1.1", "what is not understood MAY be answered 417; hyper does not look"),
    // A request that goes nowhere is the last one of its connection if it has `Expect: 100-continue`.
    (Refuses(Fault::NotFound), "RFC 9110 10.1.1", "a client that is refused may leave out the body: where its next request begins is unknown"),
    (Refuses(Fault::UnknownMethod), "RFC 9110 10.1.1", "the same"),
    (Ends, "RFC 9112 9.6", "`close` is in a list beside bytes from 0x80, where hyper does not look for it"),
];

impl Stricter {
    fn is_listed(&self) -> bool {
        STRICTER.iter().any(|(listed, ..)| match (self, listed) {
            (Refuses(fault), Refuses(listed)) => discriminant(fault) == discriminant(listed),
            _ => self == listed,
        })
    }
}

/// Where hyper refuses what ours need not: a minor version from 1.2 on, which is to be read as 1.1
/// (RFC 9110 2.5); and a target that hyper has no type for, of a method that ours refuses.
fn is_beyond_hyper(seen: &Seen) -> bool {
    seen.version.as_str() > "HTTP/1.1" || (seen.target.is_none() && seen.body.is_none())
}

/// How the reading of a stream compares with hyper's, or why it must not be so.
async fn compare(bytes: &[u8], rng: &mut Rng) -> Result<Option<Stricter>, String> {
    let ours = readers::decoder(bytes);
    let theirs = readers::hyper(bytes).await;
    let differ = |why: &str| Err(format!("{why}\n  ours  {ours:?}\n  hyper {theirs:?}"));

    let sizes: Vec<usize> = (0..5).map(|_| rng.usize(1..100)).collect();
    let (handed_out, answers) = readers::connection(bytes, &sizes).await;
    let is_handed_out = |seen: &&Seen| seen.body.is_some() && seen.method != "OPTIONS";
    if !handed_out.iter().eq(ours.seen.iter().filter(is_handed_out))
        || answers != ours.seen.len() + usize::from(ours.refused.is_some())
    {
        return differ(&format!("the connection sees {handed_out:?} and answers {answers}"));
    }

    let beyond = ours.seen.iter().position(is_beyond_hyper);
    let seen = &ours.seen[..beyond.unwrap_or(ours.seen.len())];
    if seen.len() > theirs.seen.len() {
        return differ("ours sees more requests");
    }
    if !seen.iter().zip(&theirs.seen).all(|(ours, theirs)| ours.is_the_same(theirs)) {
        return differ("a request is read in another way");
    }
    let goes_on = theirs.seen.len() > seen.len();
    match &ours.refused {
        _ if beyond.is_some() && (goes_on || theirs.refused.is_none()) => differ("hyper reads it"),
        _ if beyond.is_some() => Ok(None),
        Some(fault) if goes_on || theirs.refused.is_none() => Ok(Some(Refuses(fault.clone()))),
        None if ours.ended && !bytes.is_ascii() && (goes_on || theirs.refused.is_some()) => {
            Ok(Some(Ends))
        }
        None if goes_on => differ("ours stops and says nothing"),
        None if theirs.refused.is_some() => differ("ours is content"),
        _ => Ok(None),
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn ours_and_hypers_reader_see_the_same_requests() {
    let (seed, cases) = (setting("SEED").unwrap_or(1), setting("CASES").unwrap_or(3000));
    let mut stricter = BTreeMap::new();
    let mut failed = Vec::new();
    for seed in seed..seed + cases {
        let bytes = generate::stream(seed);
        match compare(&bytes, &mut Rng::with_seed(seed)).await {
            Ok(None) => {}
            Ok(Some(how)) => {
                if !how.is_listed() {
                    failed.push((seed, bytes, format!("{how:?} is not on the list")));
                }
                *stricter.entry(format!("{how:?}")).or_insert(0) += 1;
            }
            Err(why) => failed.push((seed, bytes, why)),
        }
    }
    println!("{cases} streams; ours was stricter: {stricter:#?}");
    for (seed, bytes, why) in failed.iter().take(20) {
        println!("SEED={seed} CASES=1: {why}\n  \"{}\"\n", bytes.escape_ascii());
    }
    assert!(failed.is_empty(), "{} streams of {cases} failed", failed.len());
}
