//! Lists changed lines that no chapter shows in an excerpt or a hunk, and console blocks that are
//! never run.

use std::collections::BTreeSet;

use super::book::{Book, Chapter};
use super::code::Excerpt;
use super::diff::{Diff, Line};
use super::marker::Kind;
use super::run;

/// Lists them by stage, with counts.
pub fn list(book: &Book) -> String {
    let mut text = String::new();
    for (stage, diff) in &book.diffs {
        let name = format!("docs/stage{stage}.md");
        let chapter = book.chapters.iter().find(|chapter| chapter.page.name == name);
        let shown = chapter.map(|chapter| shown_lines(book, *stage, chapter)).unwrap_or_default();
        let (lines, all) = hidden_lines(*stage, diff, &shown);
        text.push_str(&format!(
            "stage {stage}: {name} does not show {} of {all} lines\n",
            lines.len()
        ));
        lines.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    book.chapters.iter().flat_map(unrun_blocks).for_each(|fault| text.push_str(&(fault + "\n")));
    text
}

/// Returns a fault for each console block that no marker runs.
fn unrun_blocks(Chapter { page, markers }: &Chapter) -> Vec<String> {
    let blocks = run::read_all(page, markers, &mut Vec::new());
    let is_run = |start| blocks.iter().any(|block| block.start() == start);
    let fences = page.fences.iter().filter(|fence| fence.language == "console");
    let unrun = fences.filter(|fence| !is_run(fence.start));
    unrun.map(|fence| page.fault(fence.start, "is never run")).collect()
}

/// Returns the lines of a stage that its chapter shows: file name and line number.
fn shown_lines(book: &Book, stage: u8, chapter: &Chapter) -> BTreeSet<(String, usize)> {
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
                let Ok((diff, argument)) = book.diff(&marker.argument) else { continue };
                let is_own = book.diffs[&stage].path() == diff.path();
                let Some((file, hunks)) = diff.select(argument).ok().filter(|_| is_own) else {
                    continue;
                };
                let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
                let numbers = lines.filter_map(|line| line.number);
                shown.extend(numbers.map(|number| (file.name.clone(), number)));
            }
            _ => {}
        }
    }
    shown
}

/// Returns the added lines that are not shown, and the number of added lines. Lines without a
/// letter or digit do not count.
fn hidden_lines(stage: u8, diff: &Diff, shown: &BTreeSet<(String, usize)>) -> (Vec<String>, usize) {
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
