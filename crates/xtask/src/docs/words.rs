//! The words of a line that a program wrote, and when two such lines say the same.
//!
//! What is counted has to be equal: whole numbers. What is measured is another number each time:
//! numbers with a point, and those with a unit of time, a rate, a share or a size behind them, or whose
//! name ends in one. Spaces only align.

use std::ops::RangeInclusive;

/// What stands for anything, as a line and within one.
pub const GAP: &str = "…";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Gap,
    Text(String),
    Count {
        /// The word before it: `accepted` of `accepted   101` and of `"accepted":101`.
        name: String,
        value: u64,
    },
    Measured,
}

/// Counts that have a range, both ends included, each written `accepted=100..101`.
#[derive(Debug, Default)]
pub struct Ranges(Vec<(String, RangeInclusive<u64>)>);

const UNITS: [&str; 13] =
    ["ns", "µs", "ms", "s", "m", "%", "/s", "KiB", "MiB", "MB", "KB", "milliseconds", "seconds"];
const MEASURED_NAMES: [&str; 5] = ["_ns", "_us", "_ms", "seconds", "nanoseconds_total"];

/// The words of one line.
pub fn words(line: &str) -> Vec<Word> {
    if line.starts_with("Date: ") && line.ends_with("GMT") {
        return vec![Word::Text("Date:".to_owned()), Word::Measured];
    }
    let mut words = Vec::new();
    for piece in line.split_whitespace() {
        match is_time_of_day(piece) {
            true => words.push(Word::Measured),
            false => split(piece, &mut words),
        }
    }
    for index in 1..words.len() {
        if let [Word::Count { .. }, Word::Text(unit)] = &words[index - 1..=index] {
            let a_second = unit == "a" && second(words.get(index + 1));
            if a_second || UNITS.contains(&bare(unit)) {
                words[index - 1] = Word::Measured;
            }
        }
    }
    words
}

fn second(word: Option<&Word>) -> bool {
    matches!(word, Some(Word::Text(word)) if bare(word) == "second")
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !"_%/".contains(c))
}

/// `12:34:56`, alone or in a longer timestamp.
fn is_time_of_day(piece: &str) -> bool {
    let is_within = |part: &[u8]| matches!(part, [b'0'..=b'9', b':', b'0'..=b'9']);
    piece.as_bytes().windows(3).filter(|part| is_within(part)).count() >= 2
}

/// The texts and numbers of a piece without spaces.
fn split(piece: &str, words: &mut Vec<Word>) {
    let mut rest = piece;
    let mut text = String::new();
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(GAP) {
            words.extend((!text.is_empty()).then(|| Word::Text(std::mem::take(&mut text))));
            words.push(Word::Gap);
            rest = after;
            continue;
        }
        // A digit within a name, a version or a path is no number.
        let within = text.ends_with(|c: char| c.is_alphanumeric() || "._/".contains(c));
        let length = rest.find(|c: char| !c.is_ascii_digit() && !",.".contains(c));
        let number = rest[..length.unwrap_or(rest.len())].trim_end_matches([',', '.']);
        let points = number.matches('.').count();
        if !first.is_ascii_digit() || within || points > 1 {
            let length = if points > 1 && !within { number.len() } else { first.len_utf8() };
            text.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        rest = &rest[number.len()..];
        if !text.is_empty() {
            words.push(Word::Text(std::mem::take(&mut text)));
        }
        let name = match words.last() {
            Some(Word::Text(before)) => bare(before).to_owned(),
            _ => String::new(),
        };
        let unit = rest.find(|c: char| !c.is_alphabetic() && !"%/".contains(c));
        let unit = &rest[..unit.unwrap_or(rest.len())];
        let has_unit = UNITS.contains(&unit);
        if has_unit {
            rest = &rest[unit.len()..];
        }
        let measured =
            has_unit || points == 1 || MEASURED_NAMES.iter().any(|it| name.ends_with(it));
        words.push(match number.replace(',', "").parse() {
            Ok(value) if !measured => Word::Count { name, value },
            _ => Word::Measured,
        });
    }
    if !text.is_empty() {
        words.push(Word::Text(text));
    }
}

impl Word {
    /// Whether what was written is what is shown.
    pub fn agrees(&self, written: &Word, ranges: &Ranges) -> bool {
        match (self, written) {
            (Word::Count { name, value: shown }, Word::Count { value, .. }) => {
                match ranges.of(name) {
                    Some(range) => range.contains(shown) && range.contains(value),
                    None => shown == value,
                }
            }
            _ => self == written,
        }
    }

    /// Whether both are the same kind of word, and the same text.
    pub fn is_like(&self, other: &Word) -> bool {
        match (self, other) {
            (Word::Count { name, .. }, Word::Count { name: other, .. }) => name == other,
            _ => self == other,
        }
    }
}

impl Ranges {
    /// Takes a word that is a range, `accepted=100..101`, `dropped=5..`, `errors=0`; false when it is none.
    pub fn take(&mut self, word: &str) -> bool {
        let read = || {
            let (name, range) = word.split_once('=')?;
            let (low, high) = range.split_once("..").unwrap_or((range, range));
            let end = |text: &str, open| match text {
                "" => (range != text).then_some(open),
                _ => text.parse().ok(),
            };
            let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            is_name.then_some((name.to_owned(), end(low, 0)?..=end(high, u64::MAX)?))
        };
        let range = read();
        let is_range = range.is_some();
        self.0.extend(range);
        is_range
    }

    fn of(&self, name: &str) -> Option<&RangeInclusive<u64>> {
        self.0.iter().find(|(of, _)| of == name).map(|(_, range)| range)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }
}

/// Whether what was written is what is shown, where a gap stands for anything.
pub fn agree<S, W>(
    shown: &[S],
    written: &[W],
    is_gap: &impl Fn(&S) -> bool,
    same: &impl Fn(&S, &W) -> bool,
) -> bool {
    match (shown, written) {
        ([], _) => written.is_empty(),
        ([gap, rest @ ..], _) if is_gap(gap) => {
            (0..=written.len()).any(|from| agree(rest, &written[from..], is_gap, same))
        }
        ([first, rest @ ..], [line, others @ ..]) => {
            same(first, line) && agree(rest, others, is_gap, same)
        }
        (_, []) => false,
    }
}

/// The same of the words of two lines.
pub fn lines_agree(shown: &str, written: &str, ranges: &Ranges) -> bool {
    let same = |shown: &Word, written: &Word| shown.agrees(written, ranges);
    agree(&words(shown), &words(written), &|word| *word == Word::Gap, &same)
}

/// The same with any counts.
pub fn lines_are_alike(shown: &str, written: &str) -> bool {
    agree(&words(shown), &words(written), &|word| *word == Word::Gap, &Word::is_like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_may_differ_and_what_is_counted_may_not() {
        let ranges = Ranges::default();
        for (shown, written, expected) in [
            (
                "300 requests to http://a in 0.05 s: 6,022 a second,",
                "300 requests to http://a in 1.2 s: 9 a second,",
                true,
            ),
            ("300 requests", "301 requests", false),
            ("accepted       101   33.7%     14.99", "accepted  101   33.8%  4.9", true),
            ("accepted       101   33.7%", "accepted  100   33.3%", false),
            ("rejected 0 0.0%", "rejected 0 0.0% 1.5", false),
            ("Date: Tue, 24 Nov 2026 00:39:46 GMT", "Date: Wed, 25 Nov 2026 10:00:00 GMT", true),
            ("waited=48.713µs user=user4", "waited=3.3s user=user4", true),
            ("waited=48.713µs user=user4", "waited=3.3s user=user5", false),
            ("(took 69 % of the cores)", "(took 7 % of the cores)", true),
            ("no answer within 2s", "no answer within 3s", true),
            ("HTTP/1.1 503 No", "HTTP/1.0 503 No", false),
            ("HTTP/1.1 503 No", "HTTP/1.1 202 No", false),
            ("127.0.0.1 1", "127.0.0.2 1", false),
            (r#"{"processed":95,"wait_ns":108}"#, r#"{"processed":95,"wait_ns":7}"#, true),
            (r#"{"processed":95,"wait_ns":108}"#, r#"{"processed":96,"wait_ns":7}"#, false),
            ("2026-11-25T03:04:05.678901Z DEBUG done", "2026-11-26T13:04:05.1Z DEBUG done", true),
            ("accepted … 7", "accepted 1 2 3 7", true),
            ("accepted … 7", "accepted 1 2 3 8", false),
            ("busy …, stopping … (all)", "busy 2,384, stopping 10 (all)", true),
            ("busy …, stopping … (all)", "busy 2,384, stopped 10 (all)", false),
            ("1,018 errors", "1018 errors", true),
        ] {
            assert_eq!(lines_agree(shown, written, &ranges), expected, "{shown:?} {written:?}");
        }
    }

    #[test]
    fn a_range_holds_for_the_number_after_its_name() {
        let mut ranges = Ranges::default();
        assert!(ranges.take("accepted=100..101") && ranges.take("dropped=5.."));
        assert!(ranges.take("lost=0"));
        for word in ["--queue=5", "stage5", "a=x..1", "a="] {
            assert!(!ranges.take(word), "{word}");
        }
        for (shown, written, expected) in [
            ("accepted 101 33.7%", "accepted 100 33.3%", true),
            ("accepted 101 33.7%", "accepted 102 33.3%", false),
            ("accepted 99 33.7%", "accepted 100 33.3%", false),
            ("rejected 199", "rejected 200", false),
            ("lost 0", "lost 0", true),
            ("lost 0", "lost 1", false),
            (r#"{"dropped":5}"#, r#"{"dropped":5000}"#, true),
        ] {
            assert_eq!(lines_agree(shown, written, &ranges), expected, "{shown:?} {written:?}");
        }
    }
}
