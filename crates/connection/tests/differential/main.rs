//! The same bytes to our reader and to hyper's: both see the same requests, or ours refuses for a
//! reason that is on the list. What ours accepts and hyper does not, or reads in another way, is
//! how requests are smuggled, and fails the test.
//!
//! `CASES` says how many streams are made up (20000 otherwise) and `SEED` what the first is made
//! from; a stream that fails is told with both, to make it again.

#![allow(clippy::unwrap_used)] // all of it is a test, also what stands outside `#[test]`

#[path = "../../../protocol/tests/contract/corpus.rs"]
mod corpus;
mod generate;
mod readers;

use std::collections::BTreeMap;

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
    (Refuses(Fault::LengthAndCoding), "RFC 9112 6.1", "a server MAY refuse it: it is how requests are smuggled"),
    (Refuses(Fault::CodingRepeated), "RFC 9112 6.1", "a list may be split over lines, and then readers differ over which line counts"),
    (Refuses(Fault::ChunkedNotLast), "RFC 9112 6.3", "empty members of a list ought to be ignored: not in the field that frames the body"),
    (Refuses(Fault::UnsupportedEncoding), "RFC 9112 6.1", "a coding that is not understood SHOULD be answered 501; hyper leaves it to the service"),
    (Refuses(Fault::ChunkSize), "RFC 9112 7.1", "the grammar has no white space behind a size, and no length needs more digits"),
    (Refuses(Fault::ChunkExtension), "RFC 9112 7.1.1", "an extension is a name and perhaps a value, and a recipient ought to limit the length"),
    (Refuses(Fault::Truncated), "RFC 9112 2.2", "one CR at the end is no empty line yet; hyper counts it as one"),
    (Refuses(Fault::ExpectationFailed), "RFC 9110 10.1.1", "what is not understood MAY be answered 417; hyper does not look"),
    // A request that goes nowhere is the last one of its connection if it has `Expect: 100-continue`.
    (Refuses(Fault::NotFound), "RFC 9110 10.1.1", "a client that is refused may leave out the body: where its next request begins is unknown"),
    (Refuses(Fault::UnknownMethod), "RFC 9110 10.1.1", "the same"),
    (Ends, "RFC 9112 9.6", "`close` is in a list beside bytes from 0x80, where hyper does not look for it"),
];

impl Stricter {
    fn name(&self) -> String {
        let text = format!("{self:?}");
        text.split_once(" {").map_or(text.clone(), |(name, _)| format!("{name})"))
    }

    fn is_listed(&self) -> bool {
        STRICTER.iter().any(|(listed, ..)| listed.name() == self.name())
    }
}

/// Where hyper refuses what ours need not: a minor version from 1.2 on, which is to be read as 1.1
/// (RFC 9110 2.5); and a target that hyper has no type for: bytes from 0x80 in a query that are no UTF-8.
fn is_beyond_hyper(seen: &Seen) -> bool {
    seen.version.as_str() > "HTTP/1.1" || seen.target.is_none()
}

/// How the reading of a stream compares with hyper's, or why it must not be so.
async fn compare(bytes: &[u8], rng: &mut Rng) -> Result<Option<Stricter>, String> {
    let ours = readers::decoder(bytes);
    let theirs = readers::hyper(bytes).await;
    let differ = |why: &str| Err(format!("{why}\n  ours  {ours:?}\n  hyper {theirs:?}"));

    let sizes: Vec<usize> = (0..5).map(|_| rng.usize(1..100)).collect();
    let (handed_out, answers) = readers::connection(bytes, &sizes).await;
    let is_handed_out = |seen: &&Seen| seen.body.is_some();
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

/// Compares every stream, reports what must not be so, and says how often ours was stricter.
async fn compare_all(streams: impl Iterator<Item = (String, Vec<u8>)>) -> BTreeMap<String, u32> {
    let (mut count, mut failed) = (0, 0);
    let mut stricter = BTreeMap::new();
    for (name, bytes) in streams {
        count += 1;
        let wrong = match compare(&bytes, &mut Rng::with_seed(count)).await {
            Ok(None) => continue,
            Ok(Some(how)) => {
                *stricter.entry(how.name()).or_insert(0) += 1;
                if how.is_listed() {
                    continue;
                }
                format!("{how:?} is not on the list")
            }
            Err(why) => why,
        };
        failed += 1;
        if failed <= 20 {
            println!("{name}: {wrong}\n  \"{}\"\n", bytes.escape_ascii());
        }
    }
    println!("{count} streams; ours was stricter: {stricter:#?}");
    assert_eq!(failed, 0, "of {count} streams so many failed");
    stricter
}

#[tokio::test(start_paused = true)]
async fn they_agree_on_every_stream_of_the_corpus() {
    let cases = corpus::ALL.iter().copied().flatten();
    let streams = cases.map(|(name, bytes, _)| ((*name).to_owned(), bytes.to_vec()));
    let met = compare_all(streams).await;
    // A difference without a case of its own may be none any more.
    let unmet = STRICTER.iter().map(|(how, ..)| how.name()).find(|name| !met.contains_key(name));
    assert_eq!(unmet, None);
}

#[tokio::test(start_paused = true)]
async fn they_agree_on_streams_that_are_made_up() {
    let setting = |name, usual: u64| {
        std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
    };
    let (first, cases) = (setting("SEED", 1), setting("CASES", 20_000));
    let streams =
        (first..first + cases).map(|seed| (format!("CASES=1 SEED={seed}"), generate::stream(seed)));
    compare_all(streams).await;
}
