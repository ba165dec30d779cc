//! A transcript: the command lines of a console block, and below each what it wrote.

use super::words::{GAP, Judge, Word, agree, is_about_speed, lines_agree, lines_are_alike, words};

const PROMPT: &str = "$ ";

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Step {
    /// Without its prompt; more than one line when they end in `\`.
    pub command: String,
    pub output: Vec<String>,
}

/// The steps of a block.
///
/// # Errors
/// A sentence when something stands above the first command.
pub fn read(block: &str) -> Result<Vec<Step>, String> {
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
            (None, None) => return Err(format!("`{line}` stands above the first `{PROMPT}`")),
        }
    }
    Ok(steps)
}

/// A block of these steps.
pub fn write(steps: &[Step]) -> String {
    let step = |step: &Step| {
        let output: String = step.output.iter().map(|line| format!("{line}\n")).collect();
        format!("{PROMPT}{}\n{output}", step.command)
    };
    steps.iter().map(step).collect()
}

impl Step {
    /// Whether what was written is what is shown.
    pub fn agrees(&self, written: &[String], judge: Judge<'_>) -> bool {
        if judge.held_up && judge.ranges.all_needs_speed {
            return true;
        }
        let same = |shown: &&String, line: &&String| lines_agree(shown, line, judge);
        let counts = |line: &&String| !(judge.held_up && is_about_speed(line));
        let shown: Vec<&String> = self.output.iter().filter(counts).collect();
        let written: Vec<&String> = written.iter().filter(counts).collect();
        agree(&shown, &written, &|line| is_gap(line), &same)
    }

    /// What was written, with what is shown left out of it as before, if that can be told.
    pub fn renewed(&self, written: &[String]) -> Step {
        let output = elided(&self.output, written).unwrap_or_else(|| written.to_vec());
        Step { command: self.command.clone(), output }
    }

    /// Whether it shows a count of this name.
    pub fn counts(&self, name: &str) -> bool {
        let is_it = |word: &Word| matches!(word, Word::Count { name: of, .. } if of == name);
        self.output.iter().any(|line| words(line).iter().any(is_it))
    }
}

fn is_gap(line: &String) -> bool {
    line == GAP
}

/// For each run of shown lines the written ones that are like them; `None` when there are none.
fn elided(shown: &[String], written: &[String]) -> Option<Vec<String>> {
    let mut rest = written;
    let mut output = Vec::new();
    let parts: Vec<&[String]> = shown.split(is_gap).collect();
    for (index, part) in parts.iter().enumerate() {
        let alike = |lines: &[String]| {
            lines.iter().zip(*part).all(|(line, shown)| lines_are_alike(shown, line))
        };
        let fits = |from: &usize| rest.get(*from..from + part.len()).is_some_and(alike);
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
    use super::super::words::Ranges;
    use super::*;

    const BLOCK: &str = "$ one \\\n    more\n$ two\na\n\nb 1\n";

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn step(output: &str) -> Step {
        Step { command: "it".to_owned(), output: lines(output) }
    }

    #[test]
    fn a_block_is_read_and_written() {
        let steps = read(BLOCK).unwrap();
        assert_eq!(steps[0], Step { command: "one \\\n    more".to_owned(), output: Vec::new() });
        assert_eq!(steps[1].output, ["a", "", "b 1"]);
        assert_eq!(write(&steps), BLOCK);
        assert_eq!(read("x\n$ y\n").unwrap_err(), "`x` stands above the first `$ `");
    }

    #[test]
    fn a_gap_stands_for_any_lines_and_for_none() {
        let judge = Judge { ranges: &Ranges::default(), seconds: None, held_up: false };
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
            assert_eq!(step(shown).agrees(&lines(written), judge), expected, "{shown:?}");
        }
    }

    #[test]
    fn what_is_about_speed_is_left_out_where_the_machine_was_in_the_way() {
        let ranges = Ranges::default();
        let judge = |held_up| Judge { ranges: &ranges, seconds: None, held_up };
        let shown = step("sent 5\nheld back by: nothing: the rate was kept");
        let written = lines("sent 5\nheld back by: the machine: busy\nnote: the rate was not kept");
        assert!(shown.agrees(&written, judge(true)) && !shown.agrees(&written, judge(false)));
        assert!(!shown.agrees(&lines("sent 4"), judge(true)));
    }

    #[test]
    fn what_was_left_out_stays_left_out() {
        for (shown, written, expected) in [
            ("n 1\n…\nlast 2", "n 7\nx\nlast 3\nlast 4", "n 7\n…\nlast 4"),
            ("…\nn 1\n…", "x\nn 5\ny", "…\nn 5\n…"),
            ("n 1", "n 5", "n 5"),
            ("n 1\n…", "other\nmore", "other\nmore"),
            ("n 1", "n 5\nmore", "n 5\nmore"),
        ] {
            assert_eq!(step(shown).renewed(&lines(written)).output, lines(expected), "{shown:?}");
        }
    }

    #[test]
    fn a_step_tells_what_it_counts() {
        assert!(step("accepted   101  33.7%").counts("accepted"));
        assert!(!step("accepted   1.5  33.7%").counts("accepted"));
    }
}
