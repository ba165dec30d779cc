//! `cargo xtask docs`: what the book says of the code comes out of the code, and what it says of results
//! out of recorded runs.
//!
//! Its pages are plain Markdown, readable as they stand. Comments in them, markers, say what belongs
//! between them and `<!-- end -->`, or what the block below has to agree with; this writes it there, and
//! with `--check` looks whether it still is what stands there. mdBook's own includes are read by mdBook
//! alone, and it says nothing when one is missing.

mod book;
pub mod carried;
mod code;
mod diagram;
mod diff;
mod files;
mod items;
mod links;
mod marker;
mod page;
mod plot;
mod results;
mod run;
mod shell;
mod transcript;
mod uncovered;
mod words;

#[cfg(test)]
mod tests;

use std::fs;
use std::ops::Range;
use std::path::Path;

use clap::Args;

use book::{Book, Chapter};

const MARKERS: &str = "\
Markers in README.md and docs/*.md; what stands between one and its end is written by this:
    <!-- code: crates/stage5/src/main.rs Server::accept, impl Server, use --> <!-- end -->
        items of a source; all of it when none is named
    <!-- diff: 5 main.rs try_send, mpsc::channel --> <!-- end -->
        what stage 5 changed in a file: the hunks with these words in a changed line
    <!-- result: capacity rows: one_by_one rate --> <!-- end -->
        a table of docs/results/capacity.json; all of its rows when none is named
    <!-- plot: throughput --> <!-- end -->
        a picture drawn from docs/results
    <!-- diagram: stage5 --> <!-- end -->
        a picture of docs/diagrams/stage5.txt: what it shows, an empty line, a drawing in text
    took <!-- n: comparison.lock_7 --><!-- end --> as long
        a figure of a result, the median; or .low, .high, .predicted, .documented of it
Markers of what stands below them:
    <!-- files: 5 -->
        a table with the name and the fate of each file, as crates/carried.txt has them
    <!-- run --> or <!-- run: stage5 --queue 5 accepted=5..6 -->
        a ```console block. Its first line, or the marker, starts a server, which stays for the blocks
        below; each page has an empty folder of its own. Counts have to be equal, or in the range that
        the marker gives to what follows their name; what is measured may differ; … stands for
        anything, as a line or within one.
        accepted=116..116+100/s is a range that grows with the time that the run says it took;
        accepted~137..151 is one that is not judged where the machine was in the way, and ~ alone says
        so of the whole block.";

/// Writes into the book what its markers name: code, differences, results, transcripts
#[derive(Debug, Default, Args)]
#[command(after_help = MARKERS)]
pub struct Options {
    /// Writes nothing, and tells what is not as it should be
    #[arg(long)]
    check: bool,
    /// Runs no transcripts
    #[arg(long)]
    no_runs: bool,
    /// Runs no transcripts that send load: what is left is the same on any machine
    #[arg(long, requires = "check", conflicts_with = "no_runs")]
    no_load: bool,
    /// Lists what the book does not hold: lines of a stage that its chapter does not show, and console
    /// blocks that are never run
    #[arg(long, conflicts_with_all = ["check", "no_runs"])]
    uncovered: bool,
    /// Only these pages, such as docs/stage5.md
    #[arg(value_name = "PAGE", conflicts_with = "uncovered")]
    pages: Vec<String>,
}

/// What is not as it should be: what this can write itself, and what somebody has to mend.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub edits: Vec<Edit>,
    pub faults: Vec<String>,
    /// Blocks that were not judged, because the machine was in the way.
    pub not_judged: Vec<String>,
}

/// What has to stand in a part of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub range: Range<usize>,
    pub text: String,
    /// What is wrong with what stands there, with its place.
    pub why: String,
}

/// Writes or checks the book in `repository`; every fault, a sentence each.
pub fn run(repository: &Path, options: &Options) -> Vec<String> {
    let done = Book::read(repository).and_then(|book| {
        let chosen = book.chosen(&options.pages)?;
        match options {
            Options { uncovered: true, .. } => print!("{}", uncovered::list(&book)),
            Options { check: true, .. } => return check(&book, &chosen, options.runs()),
            Options { .. } => return write(&book, &chosen, options.runs()),
        }
        Ok(Vec::new())
    });
    done.unwrap_or_else(|fault| vec![fault])
}

/// Which transcripts are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    All,
    WithoutLoad,
    None,
}

impl Options {
    fn runs(&self) -> Runs {
        match self {
            Options { no_runs: true, .. } => Runs::None,
            Options { no_load: true, .. } => Runs::WithoutLoad,
            Options { .. } => Runs::All,
        }
    }
}

fn check(book: &Book, chosen: &[&Chapter], runs: Runs) -> Result<Vec<String>, String> {
    let built = book.build(chosen, runs)?;
    let (mut faults, mut not_judged) = (book.faults(), Vec::new());
    for findings in book.all_findings(chosen, built.as_ref(), runs) {
        let stale = findings.edits.into_iter().map(|edit| edit.why);
        faults.extend(stale.chain(findings.faults));
        not_judged.extend(findings.not_judged);
    }
    tell(&not_judged);
    let is = |path: &str| fs::read_to_string(book.repository.join(path)).ok();
    let stale = book.files().into_iter().filter(|(path, text)| is(path).as_ref() != Some(text));
    faults.extend(stale.map(|(path, _)| format!("{path}: is not what it is made from; {WRITE}")));
    faults
        .extend(book.orphans().iter().map(|path| format!("{path}: is made from nothing; {WRITE}")));
    Ok(faults)
}

/// What mends everything that is generated.
const WRITE: &str = "`cargo xtask docs` mends that";

/// Lists what could not be judged, and counts it.
fn tell(not_judged: &[String]) {
    for fault in not_judged {
        println!("{fault}");
    }
    if !not_judged.is_empty() {
        println!("the machine was in the way of {} console blocks", not_judged.len());
    }
}

fn write(book: &Book, chosen: &[&Chapter], runs: Runs) -> Result<Vec<String>, String> {
    let repository = &*book.repository;
    let built = book.build(chosen, runs)?;
    let (mut faults, mut files) = (Vec::new(), book.files());
    for (chapter, findings) in chosen.iter().zip(book.all_findings(chosen, built.as_ref(), runs)) {
        faults.extend(findings.faults);
        tell(&findings.not_judged);
        files.push((chapter.page.name.clone(), edited(&chapter.page.text, findings.edits)));
    }
    for (path, text) in files {
        let file = repository.join(&path);
        if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            let folder = file.parent().unwrap_or(repository);
            let written = fs::create_dir_all(folder).and_then(|()| fs::write(&file, text));
            written.map_err(|error| format!("{path}: cannot be written: {error}"))?;
            println!("{path}");
        }
    }
    for path in book.orphans() {
        let removed = fs::remove_file(repository.join(&path));
        removed.map_err(|error| format!("{path}: cannot be removed: {error}"))?;
    }
    // Links may lead to what was not there before.
    faults.extend(Book::read(repository)?.faults());
    Ok(faults)
}

/// A text after its edits, of which no two overlap.
fn edited(text: &str, mut edits: Vec<Edit>) -> String {
    let mut text = text.to_owned();
    edits.sort_by_key(|edit| edit.range.start);
    for edit in edits.into_iter().rev() {
        text.replace_range(edit.range, &edit.text);
    }
    text
}
