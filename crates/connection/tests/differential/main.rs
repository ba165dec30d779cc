//! Compares our parser with hyper's on the same bytes: both see the same requests, or ours refuses
//! for a listed reason. The test fails if ours accepts a request that hyper refuses or reads
//! differently, since such differences allow request smuggling.
//!
//! `CASES` sets the number of generated streams (default 20000) and `SEED` the seed of the first; a
//! failure reports the seed to reproduce it.

#![allow(clippy::unwrap_used)] // test code

#[path = "../../../protocol/tests/contract/corpus.rs"]
mod corpus;
mod generate;
mod readers;

use std::collections::BTreeMap;

use fastrand::Rng;
use protocol::Fault;

use readers::Seen;

/// How our parser ends where hyper continues reading.
#[derive(Debug, Clone, PartialEq)]
enum Stricter {
    Refuses(Fault),
    /// The connection ends with the previous request.
    Ends,
}

use Stricter::{Ends, Refuses};

/// The cases in which our parser is stricter: the fault, the source, and the reason.
#[rustfmt::skip]
const STRICTER: &[(Stricter, &str, &str)] = &[
    (Refuses(Fault::EmptyLines), "RFC 9112 2.2", "a server SHOULD skip at least one; the number must be bounded, and eight suffice"),
    (Refuses(Fault::BareLf), "RFC 9112 2.2", "a recipient MAY treat it as the end of a line; another one would read on"),
    (Refuses(Fault::Target), "RFC 9112 3.2, RFC 3986 2", "a character not allowed in a URI, user information or another scheme: parsers repair it in different ways"),
    (Refuses(Fault::HostMissing), "RFC 9112 3.2", "MUST be answered 400; hyper leaves it to the service"),
    (Refuses(Fault::HostRepeated), "RFC 9112 3.2", "MUST be answered 400; hyper leaves it to the service"),
    (Refuses(Fault::HostInvalid), "RFC 9112 3.2", "MUST be answered 400; hyper leaves it to the service"),
    (Refuses(Fault::LengthRepeated), "RFC 9112 6.3", "equal values MAY be treated as one; a repeated field suggests two messages that were merged"),
    (Refuses(Fault::LengthAndCoding), "RFC 9112 6.1", "a server MAY refuse it: it is a sign of request smuggling"),
    (Refuses(Fault::CodingRepeated), "RFC 9112 6.1", "a list may be split over lines, and parsers differ over which line counts"),
    (Refuses(Fault::ChunkedNotLast), "RFC 9112 6.3", "empty members of a list should be ignored, but not in the field that frames the body"),
    (Refuses(Fault::UnsupportedEncoding), "RFC 9112 6.1", "an unknown coding SHOULD be answered 501; hyper leaves it to the service"),
    (Refuses(Fault::ChunkSize), "RFC 9112 7.1", "the grammar allows no white space after a size, and no length needs more digits"),
    (Refuses(Fault::ChunkExtension), "RFC 9112 7.1.1", "an extension is a name with an optional value, and a recipient ought to limit the length"),
    (Refuses(Fault::Truncated), "RFC 9112 2.2", "a CR at the end is an incomplete line; hyper treats it as an empty one"),
    (Refuses(Fault::ExpectationFailed), "RFC 9110 10.1.1", "an unknown expectation MAY be answered 417; hyper ignores it"),
    // A refused request with `Expect: 100-continue` ends its connection.
    (Refuses(Fault::NotFound), "RFC 9110 10.1.1", "a refused client may omit the body, so the start of its next request is unknown"),
    (Refuses(Fault::UnknownMethod), "RFC 9110 10.1.1", "the same"),
    (Ends, "RFC 9112 9.6", "`close` is in a list with bytes from 0x80, which hyper ignores"),
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

/// Returns true for requests that only hyper refuses: a minor version from 1.2 on, to be treated as
/// 1.1 (RFC 9110 section 2.5), and a query with bytes that are not UTF-8, for which it has no type.
fn is_beyond_hyper(seen: &Seen) -> bool {
    seen.version.as_str() > "HTTP/1.1" || seen.target.is_none()
}

/// Compares our reading of a stream with hyper's. Fails for a difference that is not listed.
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

/// Compares all streams, and returns how often ours was stricter, by reason.
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
    assert_eq!(failed, 0, "failed streams out of {count}");
    stricter
}

#[tokio::test(start_paused = true)]
async fn they_agree_on_every_stream_of_the_corpus() {
    let cases = corpus::ALL.iter().copied().flatten();
    let streams = cases.map(|(name, bytes, _)| ((*name).to_owned(), bytes.to_vec()));
    let met = compare_all(streams).await;
    // Every listed difference must occur, or its entry is obsolete.
    let unmet = STRICTER.iter().map(|(how, ..)| how.name()).find(|name| !met.contains_key(name));
    assert_eq!(unmet, None);
}

#[tokio::test(start_paused = true)]
async fn they_agree_on_generated_streams() {
    let setting = |name, usual: u64| {
        std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
    };
    let (first, cases) = (setting("SEED", 1), setting("CASES", 20_000));
    let streams =
        (first..first + cases).map(|seed| (format!("CASES=1 SEED={seed}"), generate::stream(seed)));
    compare_all(streams).await;
}
