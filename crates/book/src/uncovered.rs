//! What nothing holds together: lines that a stage has and the one before had not, and that its chapter
//! shows in no excerpt and in no hunk; and console blocks that are never run.

use std::collections::BTreeSet;

use super::book::{Book, Chapter};
use super::code::Excerpt;
use super::diff::{Diff, Line};
use super::marker::Kind;
use super::run;

/// Each such line, stage by stage, and how many there are of how many.
pub fn list(book: &Book) -> String {
    let mut text = String::new();
    for (stage, diff) in &book.diffs {
        let name = format!("docs/stage{stage}.md");
        let chapter = book.chapters.iter().find(|chapter| chapter.page.name == name);
        let shown = chapter.map(|it| shown(book, *stage, it)).unwrap_or_default();
        let (lines, all) = hidden(*stage, diff, &shown);
        text.push_str(&format!(
            "stage {stage}: {name} does not show {} of {all} lines\n",
            lines.len()
        ));
        lines.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    book.chapters.iter().flat_map(idle).for_each(|fault| text.push_str(&(fault + "\n")));
    text
}

/// The console blocks of a page that no marker runs.
fn idle(Chapter { page, markers }: &Chapter) -> Vec<String> {
    let blocks = run::blocks(page, markers, &mut Vec::new());
    let is_run = |start| blocks.iter().any(|block| block.start() == start);
    let idle = page.fences.iter().filter(|it| it.language == "console" && !is_run(it.start));
    idle.map(|fence| page.fault(fence.start, "is never run")).collect()
}

/// The lines of a stage's files that its chapter shows.
fn shown(book: &Book, stage: u8, chapter: &Chapter) -> BTreeSet<(String, usize)> {
    let mut shown = BTreeSet::new();
    for marker in &chapter.markers {
        match marker.kind {
            Kind::Code => {
                let Ok(excerpt) = Excerpt::read(&book.repository, &marker.argument) else {
                    continue;
                };
                let folder = format!("crates/stage{stage}/src/");
                let Some(name) = excerpt.path.strip_prefix(&*folder) else { continue };
                let lines = excerpt.cuts.iter().cloned().flatten();
                shown.extend(lines.map(|line| (name.to_owned(), line)));
            }
            Kind::Diff => {
                let Ok((of, argument)) = book.diff(&marker.argument) else { continue };
                let chosen =
                    of.chosen(argument).ok().filter(|_| book.diffs[&stage].path() == of.path());
                let Some((file, hunks)) = chosen else { continue };
                let numbers = hunks.iter().flat_map(|hunk| &hunk.lines).filter_map(|it| it.number);
                shown.extend(numbers.map(|number| (file.name.clone(), number)));
            }
            _ => {}
        }
    }
    shown
}

/// The new lines that are not shown, and the number of all new lines. Those of braces alone, and empty
/// ones, count for nothing.
fn hidden(stage: u8, diff: &Diff, shown: &BTreeSet<(String, usize)>) -> (Vec<String>, usize) {
    let is_new = |line: &&Line| line.sign == '+' && line.text.contains(char::is_alphanumeric);
    let (mut hidden, mut all) = (Vec::new(), 0);
    for file in &diff.files {
        for line in file.hunks.iter().flat_map(|hunk| &hunk.lines).filter(is_new) {
            all += 1;
            let number = line.number.unwrap_or_default();
            if !shown.contains(&(file.name.clone(), number)) {
                let (name, text) = (&file.name, &line.text);
                hidden.push(format!("crates/stage{stage}/src/{name}:{number}: {text}"));
            }
        }
    }
    (hidden, all)
}
