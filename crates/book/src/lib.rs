//! `cargo xtask docs`: generates the book's excerpts, diffs, tables and figures from the code and
//! the recorded results, and runs its transcripts.
//!
//! Pages are plain Markdown. Comments in them, the markers, name the content up to `<!-- end -->`,
//! or the source that the block below must agree with. `--check` compares instead of writing.
//! mdBook's own includes are no replacement: only mdBook expands them, and a missing one is not an
//! error.

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
mod ranges;
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
Markers in README.md and docs/*.md. A marker and its end each take a line of their own, except n.
The text between one of these and its end is generated:
    <!-- code: crates/stage5/src/main.rs Server::accept, impl Server, use --> <!-- end -->
        items of a source file, or the whole file
    <!-- diff: 5 main.rs try_send, mpsc::channel --> <!-- end -->
        hunks of stage 5's diff of a file: those with these words in a changed line
    <!-- result: capacity rows: one_by_one rate --> <!-- end -->
        a table of docs/results/capacity.json: the named rows, or all
    <!-- plot: throughput --> <!-- end -->
        a plot of docs/results
    <!-- diagram: stage5 --> <!-- end -->
        an image of docs/diagrams/stage5.txt: a title, an empty line, a text drawing
    took <!-- n: comparison.lock_7 --><!-- end --> as long
        the median of a figure; with .low, .high, .predicted or .documented, that value
The block below one of these is checked:
    <!-- files: 5 -->
        a table with the name and status of each file, as in crates/stage-files.txt
    <!-- run --> or <!-- run: stage5 --queue 5 accepted=5..6 -->
        a ```console block. Its first line, or the marker, starts a server, which also serves the
        blocks below. Each page runs in an empty folder of its own. Counts must be equal, or within
        the range given in the marker; measurements may differ; … matches anything, as a line or
        within one.
        The range accepted=116..116+100/s grows with the duration that the run reports.
        The range accepted~137..151 is not judged when the machine was too busy; ~ alone means the
        same for the whole block.";

/// Generate the book's excerpts, diffs, result tables and transcripts
#[derive(Debug, Default, Args)]
#[command(after_help = MARKERS)]
pub struct Options {
    /// Write nothing; report everything that is out of date
    #[arg(long)]
    check: bool,
    /// Run no transcripts
    #[arg(long)]
    no_runs: bool,
    /// Run no transcripts that send load: the others do not depend on the machine's speed
    #[arg(long, requires = "check", conflicts_with = "no_runs")]
    no_load: bool,
    /// List changed lines that no chapter shows, and console blocks that are never run
    #[arg(long, conflicts_with_all = ["check", "no_runs"])]
    uncovered: bool,
    /// Pages to process, such as docs/stage5.md [default: all]
    #[arg(value_name = "PAGE", conflicts_with = "uncovered")]
    pages: Vec<String>,
}

/// The result of checking a page.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Generated parts that are out of date.
    pub edits: Vec<Edit>,
    /// Faults that only an author can correct.
    pub faults: Vec<String>,
    /// Blocks that were not judged, because the machine was too busy.
    pub not_judged: Vec<String>,
}

/// A replacement for a part of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub range: Range<usize>,
    pub text: String,
    /// The fault of the present text, with its location.
    pub why: String,
}

/// Writes or checks the book in `repository` and returns one sentence per fault.
pub fn run(repository: &Path, options: &Options) -> Vec<String> {
    let faults = Book::read(repository).and_then(|book| {
        let selected = book.select(&options.pages)?;
        if options.uncovered {
            print!("{}", uncovered::list(&book));
            Ok(Vec::new())
        } else if options.check {
            check(&book, &selected, options.runs())
        } else {
            write(&book, &selected, options.runs())
        }
    });
    faults.unwrap_or_else(|fault| vec![fault])
}

/// The transcripts to run.
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

fn check(book: &Book, selected: &[&Chapter], runs: Runs) -> Result<Vec<String>, String> {
    let built = book.build(selected, runs)?;
    let (mut faults, mut not_judged) = (book.faults(), Vec::new());
    for findings in book.check_chapters(selected, built.as_ref(), runs) {
        let stale = findings.edits.into_iter().map(|edit| edit.why);
        faults.extend(stale.chain(findings.faults));
        not_judged.extend(findings.not_judged);
    }
    print_not_judged(&not_judged);
    let read = |path: &str| fs::read_to_string(book.repository.join(path)).ok();
    let stale = book.files().into_iter().filter(|(path, text)| read(path).as_ref() != Some(text));
    faults.extend(stale.map(|(path, _)| format!("{path}: out of date; {RUN_DOCS}")));
    let orphans = book.orphans();
    faults.extend(orphans.iter().map(|path| format!("{path}: no longer generated; {RUN_DOCS}")));
    Ok(faults)
}

/// The remedy for anything generated.
const RUN_DOCS: &str = "run `cargo xtask docs`";

fn print_not_judged(not_judged: &[String]) {
    for fault in not_judged {
        println!("{fault}");
    }
    if !not_judged.is_empty() {
        println!("console blocks not judged: {}", not_judged.len());
    }
}

fn write(book: &Book, selected: &[&Chapter], runs: Runs) -> Result<Vec<String>, String> {
    let repository = &*book.repository;
    let built = book.build(selected, runs)?;
    let (mut faults, mut files) = (Vec::new(), book.files());
    let all = book.check_chapters(selected, built.as_ref(), runs);
    for (chapter, findings) in selected.iter().zip(all) {
        faults.extend(findings.faults);
        print_not_judged(&findings.not_judged);
        files.push((chapter.page.name.clone(), apply(&chapter.page.text, findings.edits)));
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
    // Read again: links may lead to generated files.
    faults.extend(Book::read(repository)?.faults());
    Ok(faults)
}

/// Returns the text with the edits applied. They must not overlap.
fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    let mut text = text.to_owned();
    edits.sort_by_key(|edit| edit.range.start);
    for edit in edits.into_iter().rev() {
        text.replace_range(edit.range, &edit.text);
    }
    text
}
