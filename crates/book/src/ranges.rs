//! Ranges for counts in a transcript, as its marker gives them: `accepted=100..101`, `dropped=5..`,
//! `errors=0`, `accepted=116..116+100/s`, `accepted~90..110`.

/// The ranges of a marker, both ends included.
#[derive(Debug, Default)]
pub struct Ranges {
    ranges: Vec<Range>,
    /// A `~` alone: every line depends on the machine's speed.
    pub all_need_speed: bool,
}

#[derive(Debug)]
struct Range {
    name: String,
    low: Bound,
    high: Bound,
    /// Written with `~`: depends on the machine's speed.
    needs_speed: bool,
}

/// A bound: `116`, or `116+100/s` and `4884-100/s`, which change with the duration of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    count: u64,
    per_second: f64,
}

/// The conditions under which counts are compared.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance<'a> {
    pub ranges: &'a Ranges,
    /// The duration that the run reports.
    pub seconds: Option<f64>,
    /// True when the machine was too busy: ranges that need speed do not apply.
    pub held_up: bool,
}

impl Tolerance<'_> {
    /// Returns whether the ranges for a name allow a count; `None` when there is no such range.
    pub fn allows(&self, name: &str, count: u64) -> Option<bool> {
        let mut ranges = self.ranges.ranges.iter().filter(|range| range.name == name).peekable();
        ranges.peek()?;
        Some(ranges.all(|range| range.allows(count, *self)))
    }
}

impl Ranges {
    /// Adds a range, or `~` for everything shown. Returns false when the word is neither.
    pub fn add(&mut self, word: &str) -> bool {
        let range = Range::parse(word);
        let is_speed = word == "~";
        self.all_need_speed |= is_speed;
        let is_range = range.is_some();
        self.ranges.extend(range);
        is_range || is_speed
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ranges.iter().map(|range| &*range.name)
    }
}

impl Range {
    fn parse(word: &str) -> Option<Range> {
        let (name, range) = word.split_once(['=', '~'])?;
        let (low, high) = range.split_once("..").unwrap_or((range, range));
        let bound = |text: &str, open| match text {
            "" => (range != text).then_some(Bound { count: open, per_second: 0.0 }),
            _ => Bound::parse(text),
        };
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let (low, high) = (bound(low, 0)?, bound(high, u64::MAX)?);
        let needs_speed = word[name.len()..].starts_with('~');
        is_name.then_some(Range { name: name.to_owned(), low, high, needs_speed })
    }

    fn allows(&self, count: u64, tolerance: Tolerance<'_>) -> bool {
        let at = |bound: Bound| bound.at(tolerance.seconds);
        let is_void = self.needs_speed && tolerance.held_up;
        is_void || (at(self.low)..=at(self.high)).contains(&count)
    }
}

impl Bound {
    fn parse(text: &str) -> Option<Bound> {
        let Some(sign) = text.find(['+', '-']) else {
            return Some(Bound { count: text.parse().ok()?, per_second: 0.0 });
        };
        let per_second = text[sign..].strip_suffix("/s")?.parse().ok()?;
        Some(Bound { count: text[..sign].parse().ok()?, per_second })
    }

    /// Returns the bound after a run of `seconds`, rounded away from the count: a job may finish at
    /// the last moment. Without a duration, a bound that grows is unlimited.
    fn at(self, seconds: Option<f64>) -> u64 {
        let change = (self.per_second.abs() * seconds.unwrap_or(f64::INFINITY)).ceil() as u64;
        match self.per_second {
            0.0 => self.count,
            rate if rate > 0.0 => self.count.saturating_add(change),
            _ => self.count.saturating_sub(change),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{held_up, line_matches, run_seconds};
    use super::*;

    #[test]
    fn a_range_applies_to_the_count_after_its_name() {
        let mut ranges = Ranges::default();
        assert!(ranges.add("accepted=100..101") && ranges.add("dropped=5.."));
        assert!(ranges.add("lost=0"));
        for word in ["--queue=5", "stage5", "a=x..1", "a=", "a=1..2+3", "a=1..+3/s"] {
            assert!(!ranges.add(word), "{word}");
        }
        let tolerance = Tolerance { ranges: &ranges, seconds: None, held_up: false };
        for (shown, written, expected) in [
            ("accepted 101 33.7%", "accepted 100 33.3%", true),
            ("accepted 101 33.7%", "accepted 102 33.3%", false),
            ("rejected 199", "rejected 200", false),
            ("lost 0", "lost 0", true),
            ("lost 0", "lost 1", false),
            (r#"{"dropped":5}"#, r#"{"dropped":5000}"#, true),
        ] {
            assert_eq!(line_matches(shown, written, tolerance), expected, "{shown:?} {written:?}");
        }
    }

    #[test]
    fn a_range_may_grow_with_the_duration_of_the_run() {
        let mut ranges = Ranges::default();
        assert!(ranges.add("accepted=116..116+100/s") && ranges.add("rejected=384-100/s..384"));
        let line = "500 requests to http://127.0.0.1:8080 in 0.25 s: 2,000 a second, over 9";
        assert_eq!(
            (run_seconds(line), run_seconds("500 requests in 0.25 s: 9")),
            (Some(0.255), None)
        );
        for (line, seconds, expected) in [
            ("accepted 116", 0.0, true),
            ("accepted 115", 9.0, false),
            ("accepted 141", 0.25, true),
            ("accepted 142", 0.25, false),
            ("rejected 359", 0.25, true),
            ("rejected 358", 0.25, false),
            ("rejected 0", 9.0, true),
        ] {
            let tolerance = Tolerance { ranges: &ranges, seconds: Some(seconds), held_up: true };
            assert_eq!(
                line_matches("accepted 1", line, tolerance)
                    || line_matches("rejected 1", line, tolerance),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn a_range_that_needs_speed_is_void_on_a_busy_machine() {
        let mut ranges = Ranges::default();
        assert!(ranges.add("accepted~137..151") && ranges.add("accepted=116..200"));
        for (line, held_up, expected) in [
            ("accepted 140", false, true),
            ("accepted 120", false, false),
            ("accepted 120", true, true),
            ("accepted 115", true, false),
        ] {
            let tolerance = Tolerance { ranges: &ranges, seconds: None, held_up };
            assert_eq!(line_matches("accepted 144", line, tolerance), expected, "{line} {held_up}");
        }
        assert_eq!(held_up("held back by: nothing: the rate was kept"), None);
        assert_eq!(held_up("held back by: the server: its answers"), None);
        assert!(held_up("held back by: the machine: its cores").is_some());
    }
}
