//! A transcript: the commands of a console block, each with its output.

use super::ranges::Tolerance;
use super::words::{self, GAP, Word};

const PROMPT: &str = "$ ";

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Step {
    /// The command without its prompt; several lines if they end in `\`.
    pub command: String,
    pub output: Vec<String>,
}

/// Splits a block into steps.
///
/// # Errors
/// When there is text before the first command.
pub fn parse(block: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        let last = steps.last_mut();
        match (line.strip_prefix(PROMPT), last) {
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), output: Vec::new() });
            }
            (None, Some(step)) if step.output.is_empty() && step.command.ends_with('\\') => {
                step.command.push('\n');
                step.command.push_str(line);
            }
            (None, Some(step)) => step.output.push(line.to_owned()),
            (None, None) => return Err(format!("`{line}` comes before the first `{PROMPT}`")),
        }
    }
    Ok(steps)
}

/// Formats the steps as a block.
pub fn format(steps: &[Step]) -> String {
    let step = |step: &Step| {
        let output: String = step.output.iter().map(|line| format!("{line}\n")).collect();
        format!("{PROMPT}{}\n{output}", step.command)
    };
    steps.iter().map(step).collect()
}

impl Step {
    /// Returns true if the written output matches the one shown.
    pub fn matches(&self, written: &[String], tolerance: Tolerance<'_>) -> bool {
        if tolerance.held_up && tolerance.ranges.all_need_speed {
            return true;
        }
        let same = |shown: &&String, line: &&String| words::line_matches(shown, line, tolerance);
        let is_compared = |line: &&String| !(tolerance.held_up && words::is_about_speed(line));
        let shown: Vec<&String> = self.output.iter().filter(is_compared).collect();
        let written: Vec<&String> = written.iter().filter(is_compared).collect();
        words::sequence_matches(&shown, &written, &|line| is_gap(line), &same)
    }

    /// Returns the step with the written output, abbreviated as before where possible.
    pub fn with_output(&self, written: &[String]) -> Step {
        let output = abbreviate(&self.output, written).unwrap_or_else(|| written.to_vec());
        Step { command: self.command.clone(), output }
    }

    /// Returns true if it shows a count of this name.
    pub fn shows_count(&self, name: &str) -> bool {
        let has_name =
            |word: &Word| matches!(word, Word::Count { name: counted, .. } if counted == name);
        self.output.iter().any(|line| words::parse(line).iter().any(has_name))
    }
}

fn is_gap(line: &String) -> bool {
    line == GAP
}

/// Replaces each run of shown lines by the similar written lines, and keeps the gaps between them.
/// Returns `None` when a run has no similar lines.
fn abbreviate(shown: &[String], written: &[String]) -> Option<Vec<String>> {
    let mut rest = written;
    let mut output = Vec::new();
    let parts: Vec<&[String]> = shown.split(is_gap).collect();
    for (index, part) in parts.iter().enumerate() {
        let are_similar = |lines: &[String]| {
            lines.iter().zip(*part).all(|(line, shown)| words::line_is_similar(shown, line))
        };
        let fits = |from: &usize| rest.get(*from..from + part.len()).is_some_and(are_similar);
        let from = match (index, index + 1 == parts.len()) {
            (0, false) => Some(0).filter(|from| fits(from)),
            (0, true) => Some(0).filter(|from| fits(from) && rest.len() == part.len()),
            (_, true) => rest.len().checked_sub(part.len()).filter(|from| fits(from)),
            (_, false) => (0..=rest.len()).find(fits),
        }?;
        if index > 0 {
            output.push(GAP.to_owned());
        }
        output.extend_from_slice(&rest[from..from + part.len()]);
        rest = &rest[from + part.len()..];
    }
    Some(output)
}

#[cfg(test)]
mod tests {
    use super::super::ranges::Ranges;
    use super::*;

    const BLOCK: &str = "$ one \\\n    more\n$ two\na\n\nb 1\n";

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn step(output: &str) -> Step {
        Step { command: "run".to_owned(), output: lines(output) }
    }

    #[test]
    fn a_block_is_parsed_and_formatted() {
        let steps = parse(BLOCK).unwrap();
        assert_eq!(steps[0], Step { command: "one \\\n    more".to_owned(), output: Vec::new() });
        assert_eq!(steps[1].output, ["a", "", "b 1"]);
        assert_eq!(format(&steps), BLOCK);
        assert_eq!(parse("x\n$ y\n").unwrap_err(), "`x` comes before the first `$ `");
    }

    #[test]
    fn a_gap_matches_any_number_of_lines() {
        let tolerance = Tolerance { ranges: &Ranges::default(), seconds: None, held_up: false };
        for (shown, written, expected) in [
            ("a\n…\nd", "a\nb\nc\nd", true),
            ("a\n…\nd", "a\nd", true),
            ("a\n…\nd", "a\nb\nc", false),
            ("a\n…", "a", true),
            ("…", "", true),
            ("", "", true),
            ("", "a", false),
            ("a", "", false),
            ("…\na\n…\na", "a\nb\na\nc", false),
        ] {
            assert_eq!(step(shown).matches(&lines(written), tolerance), expected, "{shown:?}");
        }
    }

    #[test]
    fn lines_about_speed_are_ignored_on_a_busy_machine() {
        let ranges = Ranges::default();
        let tolerance = |held_up| Tolerance { ranges: &ranges, seconds: None, held_up };
        let shown = step("sent 5\nheld back by: nothing: the rate was kept");
        let written = lines("sent 5\nheld back by: the machine: busy\nnote: the rate was not kept");
        assert!(shown.matches(&written, tolerance(true)));
        assert!(!shown.matches(&written, tolerance(false)));
        assert!(!shown.matches(&lines("sent 4"), tolerance(true)));
    }

    #[test]
    fn gaps_are_kept() {
        for (shown, written, expected) in [
            ("n 1\n…\nlast 2", "n 7\nx\nlast 3\nlast 4", "n 7\n…\nlast 4"),
            ("…\nn 1\n…", "x\nn 5\ny", "…\nn 5\n…"),
            ("n 1", "n 5", "n 5"),
            ("n 1\n…", "other\nmore", "other\nmore"),
            ("n 1", "n 5\nmore", "n 5\nmore"),
        ] {
            assert_eq!(
                step(shown).with_output(&lines(written)).output,
                lines(expected),
                "{shown:?}"
            );
        }
    }

    #[test]
    fn a_step_has_counts_by_name() {
        assert!(step("accepted   101  33.7%").shows_count("accepted"));
        assert!(!step("accepted   1.5  33.7%").shows_count("accepted"));
    }
}
