//! Compares the lines of a transcript with the output of a program.
//!
//! Counts, which are whole numbers, must be equal or within a range. Measurements may differ:
//! numbers with a decimal point, or with a unit of time, rate, share or size, or after a name that
//! ends in one. White space does not matter.

use super::ranges::Tolerance;

/// Matches anything, as a line and within one.
pub const GAP: &str = "…";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Gap,
    Text(String),
    Count {
        /// The word before it: `accepted` in `accepted   101` and in `"accepted":101`.
        name: String,
        value: u64,
    },
    Measured,
}

const UNITS: [&str; 13] =
    ["ns", "µs", "ms", "s", "m", "%", "/s", "KiB", "MiB", "MB", "KB", "milliseconds", "seconds"];
const MEASURED_NAMES: [&str; 5] = ["_ns", "_us", "_ms", "seconds", "seconds_total"];

/// Splits a line into words.
pub fn parse(line: &str) -> Vec<Word> {
    if line.starts_with("Date: ") && line.ends_with("GMT") {
        return vec![Word::Text("Date:".to_owned()), Word::Measured];
    }
    let mut words = Vec::new();
    for piece in line.split_whitespace() {
        if is_time_of_day(piece) {
            words.push(Word::Measured);
        } else {
            split(piece, &mut words);
        }
    }
    for index in 1..words.len() {
        if let [Word::Count { .. }, Word::Text(unit)] = &words[index - 1..=index] {
            let is_rate = unit == "a" && is_second(words.get(index + 1));
            if is_rate || UNITS.contains(&bare(unit)) {
                words[index - 1] = Word::Measured;
            }
        }
    }
    words
}

fn is_second(word: Option<&Word>) -> bool {
    matches!(word, Some(Word::Text(word)) if bare(word) == "second")
}

/// Strips the punctuation around a word.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !"_%/".contains(c))
}

/// Returns true for `12:34:56`, alone or in a longer timestamp.
fn is_time_of_day(piece: &str) -> bool {
    let is_within = |part: &[u8]| matches!(part, [b'0'..=b'9', b':', b'0'..=b'9']);
    piece.as_bytes().windows(3).filter(|part| is_within(part)).count() >= 2
}

/// Splits a piece without spaces into texts and numbers.
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
        // A digit within a name, a version or a path does not start a number.
        let is_inside = text.ends_with(|c: char| c.is_alphanumeric() || "._/".contains(c));
        let length = rest.find(|c: char| !c.is_ascii_digit() && !",.".contains(c));
        let number = rest[..length.unwrap_or(rest.len())].trim_end_matches([',', '.']);
        let points = number.matches('.').count();
        if !first.is_ascii_digit() || is_inside || points > 1 {
            let length = if points > 1 && !is_inside { number.len() } else { first.len_utf8() };
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
        let is_measured_name = MEASURED_NAMES.iter().any(|suffix| name.ends_with(suffix));
        let is_measured = has_unit || points == 1 || is_measured_name;
        words.push(match number.replace(',', "").parse() {
            Ok(value) if !is_measured => Word::Count { name, value },
            _ => Word::Measured,
        });
    }
    if !text.is_empty() {
        words.push(Word::Text(text));
    }
}

impl Word {
    /// Returns true if a written word matches this one.
    fn matches(&self, written: &Word, tolerance: Tolerance<'_>) -> bool {
        match (self, written) {
            (Word::Count { name, value: shown }, Word::Count { value, .. }) => {
                tolerance.allows(name, *value).unwrap_or(shown == value)
            }
            _ => self == written,
        }
    }

    /// Returns true if the words differ at most in the value of a count or a measurement.
    fn is_similar(&self, other: &Word) -> bool {
        match (self, other) {
            (Word::Count { name, .. }, Word::Count { name: other, .. }) => name == other,
            _ => self == other,
        }
    }
}

/// Returns the longest duration that `5,000 requests to http://127.0.0.1:8080 in 0.16 s: …` can
/// mean.
pub fn run_seconds(line: &str) -> Option<f64> {
    let (_, after) = line.split_once(" requests to ")?.1.split_once(" in ")?;
    let rounded: f64 = after.split_once(" s: ")?.0.parse().ok()?;
    Some(rounded + 0.005)
}

const HELD_BACK: &str = "held back by: ";

/// Returns true for a line about the speed of a run rather than its outcome.
pub fn is_about_speed(line: &str) -> bool {
    line.starts_with(HELD_BACK) || line.starts_with("note: ")
}

/// Returns the line if it says that the machine, or the client on it, limited the run.
pub fn held_up(line: &str) -> Option<&str> {
    let by = line.strip_prefix(HELD_BACK)?;
    (by.starts_with("the client") || by.starts_with("the machine")).then_some(line)
}

/// Returns true if the written sequence matches the shown one, in which a gap matches anything.
pub fn sequence_matches<S, W>(
    shown: &[S],
    written: &[W],
    is_gap: &impl Fn(&S) -> bool,
    same: &impl Fn(&S, &W) -> bool,
) -> bool {
    match (shown, written) {
        ([], _) => written.is_empty(),
        ([gap, rest @ ..], _) if is_gap(gap) => {
            (0..=written.len()).any(|from| sequence_matches(rest, &written[from..], is_gap, same))
        }
        ([first, rest @ ..], [line, others @ ..]) => {
            same(first, line) && sequence_matches(rest, others, is_gap, same)
        }
        (_, []) => false,
    }
}

/// Returns true if the written line matches the shown one.
pub fn line_matches(shown: &str, written: &str, tolerance: Tolerance<'_>) -> bool {
    let same = |shown: &Word, written: &Word| shown.matches(written, tolerance);
    sequence_matches(&parse(shown), &parse(written), &|word| *word == Word::Gap, &same)
}

/// Returns true if the lines differ at most in counts and measurements.
pub fn line_is_similar(shown: &str, written: &str) -> bool {
    let is_gap = |word: &Word| *word == Word::Gap;
    sequence_matches(&parse(shown), &parse(written), &is_gap, &Word::is_similar)
}

#[cfg(test)]
mod tests {
    use super::super::ranges::Ranges;
    use super::*;

    #[test]
    fn measurements_may_differ_and_counts_may_not() {
        let tolerance = Tolerance { ranges: &Ranges::default(), seconds: None, held_up: false };
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
            assert_eq!(line_matches(shown, written, tolerance), expected, "{shown:?} {written:?}");
        }
    }
}
