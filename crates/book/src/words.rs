//! The words of a line that a program wrote, and when two such lines say the same.
//!
//! What is counted has to be equal: whole numbers. What is measured is another number each time:
//! numbers with a point, and those with a unit of time, a rate, a share or a size behind them, or whose
//! name ends in one. Spaces only align.

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

/// The ranges that a marker gives to counts, both ends included.
#[derive(Debug, Default)]
pub struct Ranges {
    given: Vec<Given>,
    /// A `~` alone: every line depends on how fast the machine is.
    pub all_needs_speed: bool,
}

#[derive(Debug)]
struct Given {
    name: String,
    low: End,
    high: End,
    /// Written with `~`: how fast the machine is decides, and whether it was held up has a say.
    needs_speed: bool,
}

/// An end of a range: `116`, or `116+100/s` and `4884-100/s`, which grow with the time that a run took.
#[derive(Debug, Clone, Copy, PartialEq)]
struct End {
    count: u64,
    a_second: f64,
}

/// Which ranges hold.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    pub ranges: &'a Ranges,
    /// The time that the run reports.
    pub seconds: Option<f64>,
    /// The machine was in the way: ranges that depend on its speed are void.
    pub held_up: bool,
}

const UNITS: [&str; 13] =
    ["ns", "µs", "ms", "s", "m", "%", "/s", "KiB", "MiB", "MB", "KB", "milliseconds", "seconds"];
const MEASURED_NAMES: [&str; 5] = ["_ns", "_us", "_ms", "seconds", "seconds_total"];

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
    pub fn agrees(&self, written: &Word, judge: Judge<'_>) -> bool {
        match (self, written) {
            (Word::Count { name, value: shown }, Word::Count { value, .. }) => {
                let mut given =
                    judge.ranges.given.iter().filter(|given| given.name == *name).peekable();
                let is_free = given.peek().is_some();
                let allows = |given: &Given| given.allows(*value, judge);
                if is_free { given.all(allows) } else { shown == value }
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

impl Given {
    fn read(word: &str) -> Option<Given> {
        let (name, range) = word.split_once(['=', '~'])?;
        let (low, high) = range.split_once("..").unwrap_or((range, range));
        let end = |text: &str, open| match text {
            "" => (range != text).then_some(End { count: open, a_second: 0.0 }),
            _ => End::read(text),
        };
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let (low, high) = (end(low, 0)?, end(high, u64::MAX)?);
        let needs_speed = word[name.len()..].starts_with('~');
        is_name.then_some(Given { name: name.to_owned(), low, high, needs_speed })
    }

    fn allows(&self, value: u64, judge: Judge<'_>) -> bool {
        let at = |end: End| end.at(judge.seconds);
        (self.needs_speed && judge.held_up) || (at(self.low)..=at(self.high)).contains(&value)
    }
}

impl End {
    fn read(text: &str) -> Option<End> {
        let Some(sign) = text.find(['+', '-']) else {
            return Some(End { count: text.parse().ok()?, a_second: 0.0 });
        };
        let a_second = text[sign..].strip_suffix("/s")?.parse().ok()?;
        Some(End { count: text[..sign].parse().ok()?, a_second })
    }

    /// A job more than the rate lets through may be counted: the one that is done at the last moment. A
    /// run that does not tell its time has no bound that grows with it.
    fn at(self, seconds: Option<f64>) -> u64 {
        let grown = (self.a_second.abs() * seconds.unwrap_or(f64::INFINITY)).ceil() as u64;
        match self.a_second {
            0.0 => self.count,
            rate if rate > 0.0 => self.count.saturating_add(grown),
            _ => self.count.saturating_sub(grown),
        }
    }
}

impl Ranges {
    /// Takes a word that is a range, `accepted=100..101`, `dropped=5..`, `errors=0`, `accepted~90..110` or
    /// `accepted=116..116+100/s`, or `~` for all that is shown; false when it is none.
    pub fn take(&mut self, word: &str) -> bool {
        let given = Given::read(word);
        let is_speed = word == "~";
        self.all_needs_speed |= is_speed;
        let is_range = given.is_some();
        self.given.extend(given);
        is_range || is_speed
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(|given| &*given.name)
    }
}

/// The most time that a run can have taken, which says `5,000 requests to http://127.0.0.1:8080 in 0.16 s: …`.
pub fn seconds(line: &str) -> Option<f64> {
    let (_, after) = line.split_once(" requests to ")?.1.split_once(" in ")?;
    let rounded: f64 = after.split_once(" s: ")?.0.parse().ok()?;
    Some(rounded + 0.005)
}

const HELD_BACK: &str = "held back by: ";

/// Returns true for a line about the speed of a run, not about its outcome.
pub fn is_about_speed(line: &str) -> bool {
    line.starts_with(HELD_BACK) || line.starts_with("note: ")
}

/// Why a run says that the machine was in the way, if it does.
pub fn held_up(line: &str) -> Option<&str> {
    let by = line.strip_prefix(HELD_BACK)?;
    (by.starts_with("the client") || by.starts_with("the machine")).then_some(line)
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
pub fn lines_agree(shown: &str, written: &str, judge: Judge<'_>) -> bool {
    let same = |shown: &Word, written: &Word| shown.agrees(written, judge);
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
        let judge = Judge { ranges: &Ranges::default(), seconds: None, held_up: false };
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
            assert_eq!(lines_agree(shown, written, judge), expected, "{shown:?} {written:?}");
        }
    }

    #[test]
    fn a_range_holds_for_the_number_after_its_name() {
        let mut ranges = Ranges::default();
        assert!(ranges.take("accepted=100..101") && ranges.take("dropped=5.."));
        assert!(ranges.take("lost=0"));
        for word in ["--queue=5", "stage5", "a=x..1", "a=", "a=1..2+3", "a=1..+3/s"] {
            assert!(!ranges.take(word), "{word}");
        }
        let judge = Judge { ranges: &ranges, seconds: None, held_up: false };
        for (shown, written, expected) in [
            ("accepted 101 33.7%", "accepted 100 33.3%", true),
            ("accepted 101 33.7%", "accepted 102 33.3%", false),
            ("rejected 199", "rejected 200", false),
            ("lost 0", "lost 0", true),
            ("lost 0", "lost 1", false),
            (r#"{"dropped":5}"#, r#"{"dropped":5000}"#, true),
        ] {
            assert_eq!(lines_agree(shown, written, judge), expected, "{shown:?} {written:?}");
        }
    }

    #[test]
    fn a_range_may_grow_with_the_time_that_the_run_took() {
        let mut ranges = Ranges::default();
        assert!(ranges.take("accepted=116..116+100/s") && ranges.take("rejected=384-100/s..384"));
        let line = "500 requests to http://127.0.0.1:8080 in 0.25 s: 2,000 a second, over 9";
        assert_eq!((seconds(line), seconds("500 requests in 0.25 s: 9")), (Some(0.255), None));
        for (line, seconds, expected) in [
            ("accepted 116", 0.0, true),
            ("accepted 115", 9.0, false),
            ("accepted 141", 0.25, true),
            ("accepted 142", 0.25, false),
            ("rejected 359", 0.25, true),
            ("rejected 358", 0.25, false),
            ("rejected 0", 9.0, true),
        ] {
            let judge = Judge { ranges: &ranges, seconds: Some(seconds), held_up: true };
            assert_eq!(
                lines_agree("accepted 1", line, judge) || lines_agree("rejected 1", line, judge),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn a_range_that_needs_speed_is_void_where_the_machine_was_in_the_way() {
        let mut ranges = Ranges::default();
        assert!(ranges.take("accepted~137..151") && ranges.take("accepted=116..200"));
        for (line, held_up, expected) in [
            ("accepted 140", false, true),
            ("accepted 120", false, false),
            ("accepted 120", true, true),
            ("accepted 115", true, false),
        ] {
            let judge = Judge { ranges: &ranges, seconds: None, held_up };
            assert_eq!(lines_agree("accepted 144", line, judge), expected, "{line} {held_up}");
        }
        assert_eq!(held_up("held back by: nothing: the rate was kept"), None);
        assert_eq!(held_up("held back by: the server: its answers"), None);
        assert!(held_up("held back by: the machine: its cores").is_some());
    }
}
