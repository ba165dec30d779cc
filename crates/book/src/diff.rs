//! Diffs between consecutive stages: `docs/diffs/stage4-stage5.diff`, and for `<!-- diff: 5 main.rs
//! try_send -->` the hunks with that word in a changed line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use similar::{Algorithm, ChangeTag, TextDiff};

use super::code::fenced;
use super::page::Page;
use crate::carried;

pub const FOLDER: &str = "docs/diffs";
/// The number of unchanged lines around a change, as in `diff -u`.
const CONTEXT: usize = 3;

/// The changes of a stage relative to the previous one; for stage 1, all of its lines.
#[derive(Debug)]
pub struct Diff {
    stage: u8,
    pub files: Vec<File>,
}

#[derive(Debug)]
pub struct File {
    /// Its name in the stage's folder, such as `main.rs`.
    pub name: String,
    before: bool,
    after: bool,
    pub hunks: Vec<Hunk>,
}

#[derive(Debug)]
pub struct Hunk {
    header: String,
    pub lines: Vec<Line>,
}

#[derive(Debug)]
pub struct Line {
    /// `+`, `-` or a space.
    pub sign: char,
    /// The number in the newer source, counted from 1; `None` for a removed line.
    pub number: Option<usize>,
    pub text: String,
}

/// Returns the diffs of all stages, by stage.
///
/// # Errors
/// When a source cannot be read.
pub fn read_all(repository: &Path) -> Result<BTreeMap<u8, Diff>, String> {
    let crates = repository.join("crates");
    let mut diffs = BTreeMap::new();
    let mut before = BTreeMap::new();
    for stage in 1..=carried::last_stage(&crates) {
        let after = carried::read_sources(&crates, stage)?;
        diffs.insert(stage, Diff::new(stage, &before, &after));
        before = after;
    }
    Ok(diffs)
}

impl Diff {
    fn new(stage: u8, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Diff {
        let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let text = |sources: &BTreeMap<String, String>, name: &String| {
            sources.get(name).cloned().unwrap_or_default()
        };
        let file = |name: &&String| File {
            name: (*name).clone(),
            before: old.contains_key(*name),
            after: new.contains_key(*name),
            hunks: hunks(&text(old, name), &text(new, name)),
        };
        let files = names.iter().map(file).filter(|file| !file.hunks.is_empty()).collect();
        Diff { stage, files }
    }

    /// The path of its file in the repository.
    pub fn path(&self) -> String {
        format!("{FOLDER}/stage{}-stage{}.diff", self.stage - 1, self.stage)
    }

    /// Returns the whole diff in unified format.
    pub fn text(&self) -> String {
        let (stage, mut text) = (self.stage, String::new());
        for File { name, before, after, hunks } in &self.files {
            let path = |exists: bool, stage: u8| {
                if exists { format!("stage{stage}/src/{name}") } else { "/dev/null".to_owned() }
            };
            let (from, to) = (path(*before, stage - 1), path(*after, stage));
            let _ = writeln!(text, "--- {from}\n+++ {to}");
            for hunk in hunks {
                let _ = writeln!(text, "{}", hunk.header);
                hunk.lines.iter().for_each(|line| text.push_str(&line.text()));
            }
        }
        text
    }

    /// Returns the hunks that `FILE WORD, WORD` selects.
    ///
    /// # Errors
    /// When a word is in no changed line of that file, or in more than one hunk.
    pub fn select(&self, argument: &str) -> Result<(&File, Vec<&Hunk>), String> {
        let (name, words) =
            argument.split_once(' ').ok_or("expected STAGE FILE WORD, with WORD from the hunk")?;
        let file = self
            .files
            .iter()
            .find(|file| file.name == name)
            .ok_or_else(|| format!("stage {} does not change {name}", self.stage))?;
        let mut selected: Vec<&Hunk> = Vec::new();
        for word in words.split(',').map(str::trim) {
            let has = |hunk: &&Hunk| hunk.changes().any(|line| line.text.contains(word));
            let found: Vec<&Hunk> = file.hunks.iter().filter(has).collect();
            match found[..] {
                [hunk] => selected.push(hunk),
                [] => return Err(format!("no changed line of {name} has `{word}`")),
                _ => return Err(format!("{} hunks of {name} have `{word}`", found.len())),
            }
        }
        Ok((file, selected))
    }

    /// Returns the selected hunks, with a link to the whole diff.
    ///
    /// # Errors
    /// As [`Diff::select`].
    pub fn markdown(&self, argument: &str, page: &Page) -> Result<String, String> {
        let (file, hunks) = self.select(argument)?;
        let text = |hunk: &&Hunk| hunk.lines.iter().map(Line::text).collect::<String>();
        let code = hunks.iter().map(text).collect::<Vec<_>>().join("@@\n");
        let (name, stage, all) = (&file.name, self.stage, page.link(&self.path()));
        let at = if file.after { stage } else { stage - 1 };
        let source = page.link(&format!("crates/stage{at}/src/{name}"));
        let before = stage - 1;
        let block = fenced("diff", &code);
        Ok(format!("[{name}]({source}), from stage {before} to {stage} ([all]({all}))\n\n{block}"))
    }
}

impl Hunk {
    /// Returns the added and removed lines.
    fn changes(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.sign != ' ')
    }
}

impl Line {
    fn text(&self) -> String {
        format!("{}{}", self.sign, self.text).trim_end().to_owned() + "\n"
    }
}

fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(old, new);
    let mut unified = diff.unified_diff();
    let line = |change: similar::Change<&str>| Line {
        sign: match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        },
        number: change.new_index().map(|index| index + 1),
        text: change.value().trim_end_matches(['\r', '\n']).to_owned(),
    };
    let hunks = unified.context_radius(CONTEXT).iter_hunks();
    hunks
        .map(|hunk| Hunk {
            header: hunk.header().to_string(),
            lines: hunk.iter_changes().map(line).collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff() -> Diff {
        let lines = |changed: &str| {
            let mut lines: Vec<String> = (1..=20).map(|number| format!("line {number}")).collect();
            (lines[1], lines[18]) = (format!("first {changed}"), format!("last {changed}"));
            lines.join("\n") + "\n"
        };
        let sources = |files: &[(&str, &str)]| {
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let before = sources(&[("a.rs", &lines("old")), ("gone.rs", "x\n"), ("same.rs", "s\n")]);
        let after = sources(&[("a.rs", &lines("new")), ("here.rs", "y\n"), ("same.rs", "s\n")]);
        Diff::new(2, &before, &after)
    }

    #[test]
    fn a_diff_has_every_file_that_changed() {
        let text = diff().text();
        assert_eq!(
            text,
            "--- stage1/src/a.rs\n+++ stage2/src/a.rs\n\
             @@ -1,5 +1,5 @@\n line 1\n-first old\n+first new\n line 3\n line 4\n line 5\n\
             @@ -16,5 +16,5 @@\n line 16\n line 17\n line 18\n-last old\n+last new\n line 20\n\
             --- stage1/src/gone.rs\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
             --- /dev/null\n+++ stage2/src/here.rs\n@@ -0,0 +1 @@\n+y\n"
        );
    }

    #[test]
    fn a_hunk_is_selected_by_a_word_that_only_it_contains() {
        let (diff, page) = (diff(), Page::new("docs/a.md", String::new()));
        let expected = "[a.rs](../crates/stage2/src/a.rs), from stage 1 to 2 \
                        ([all](diffs/stage1-stage2.diff))\n\n```diff\n line 16\n line 17\n line 18\n\
                        -last old\n+last new\n line 20\n```";
        assert_eq!(diff.markdown("a.rs last", &page).unwrap(), expected);
        assert_eq!(diff.select("a.rs first new, last new").unwrap().1.len(), 2);
        assert_eq!(diff.select("a.rs new").unwrap_err(), "2 hunks of a.rs have `new`");
        assert_eq!(diff.select("a.rs line 3").unwrap_err(), "no changed line of a.rs has `line 3`");
        assert_eq!(diff.select("same.rs s").unwrap_err(), "stage 2 does not change same.rs");
    }
}
