//! The book: its pages, and what they are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use charts::{Diagram, Plot};
use lab::report;

use super::code::Excerpt;
use super::diagram;
use super::diff::{self, Diff};
use super::marker::{self, Kind, Marker};
use super::page::Page;
use super::results::Results;
use super::{Edit, Findings, Runs, WRITE, files, links, plot, run};
use harness::programs::Built;

#[derive(Debug)]
pub struct Book {
    pub repository: PathBuf,
    pub chapters: Vec<Chapter>,
    results: Results,
    plots: Vec<Plot>,
    diagrams: Vec<Diagram>,
    /// What each stage changed; in the first, all of it.
    pub diffs: BTreeMap<u8, Diff>,
    /// What could not be read.
    unread: Vec<String>,
}

#[derive(Debug)]
pub struct Chapter {
    pub page: Page,
    pub markers: Vec<Marker>,
}

impl Book {
    /// Reads README.md and docs/*.md, the sources and the results.
    ///
    /// # Errors
    /// When a page or a source cannot be read.
    pub fn read(repository: &Path) -> Result<Book, String> {
        let (results, mut unread) = Results::read(repository);
        let mut chapters = Vec::new();
        for name in names(repository) {
            let text = fs::read_to_string(repository.join(&name));
            let page = Page::new(&name, text.map_err(|error| format!("{name}: {error}"))?);
            let (markers, faults) = marker::read(&page);
            chapters.push(Chapter { page, markers });
            unread.extend(faults);
        }
        let plots = report::plots(&results.outcomes());
        let (diagrams, diffs) = (diagram::all(repository)?, diff::all(repository)?);
        let repository = repository.to_owned();
        Ok(Book { repository, chapters, results, plots, diagrams, diffs, unread })
    }

    /// The pages of these names; all when there are none.
    ///
    /// # Errors
    /// A sentence when there is no such page.
    pub fn chosen(&self, names: &[String]) -> Result<Vec<&Chapter>, String> {
        if names.is_empty() {
            return Ok(self.chapters.iter().collect());
        }
        let chapter = |name: &String| {
            let chapter = self.chapters.iter().find(|it| it.page.name == *name);
            chapter.ok_or_else(|| format!("{name}: is no page of the book, such as docs/stage5.md"))
        };
        names.iter().map(chapter).collect()
    }

    /// Builds what the transcripts of these pages run; `None` when there are none.
    ///
    /// # Errors
    /// When it does not build, or what else they call is not there.
    pub fn build(&self, chosen: &[&Chapter], runs: Runs) -> Result<Option<Built>, String> {
        let mut ignored = Vec::new();
        let blocks = chosen.iter().flat_map(|it| blocks(it, runs, &mut ignored));
        let blocks: Vec<run::Block<'_>> = blocks.collect();
        if blocks.is_empty() {
            return Ok(None);
        }
        run::missing().map_or(Ok(()), Err)?;
        let stages: BTreeSet<&str> = blocks.iter().filter_map(run::Block::stage).collect();
        let packages = stages.into_iter().chain(["stress-client"]);
        let packages: Vec<&str> = packages.flat_map(|package| ["--package", package]).collect();
        let arguments = match runs {
            // The README's test command has built just this.
            Runs::WithoutLoad => vec!["test", "--workspace", "--no-run"],
            // The reader is told to build for release, and is shown what that measures.
            _ => [&["build", "--release"], &packages[..]].concat(),
        };
        let mut built = Built::default();
        built.add(&self.repository, &arguments)?;
        Ok(Some(built))
    }

    /// What is to be mended, page by page. Their transcripts are run one after the other: what one sends
    /// would be in another's figures.
    pub fn all_findings(
        &self,
        chosen: &[&Chapter],
        built: Option<&Built>,
        runs: Runs,
    ) -> Vec<Findings> {
        // Blocks that send load are alone; the others mostly wait, and so may wait side by side.
        let side_by_side = if runs == Runs::WithoutLoad { 4 } else { 1 };
        let mut all = Vec::new();
        for chapters in chosen.chunks(side_by_side) {
            thread::scope(|scope| {
                let find = |chapter| scope.spawn(move || self.findings(chapter, built, runs));
                let running: Vec<_> = chapters.iter().copied().map(find).collect();
                all.extend(running.into_iter().map(|page| page.join().expect("it does not panic")));
            });
        }
        all
    }

    /// What is to be mended in a page by what its markers name; the transcripts among them when what
    /// they run was built.
    fn findings(&self, chapter: &Chapter, built: Option<&Built>, runs: Runs) -> Findings {
        let Chapter { page, markers } = chapter;
        let mut findings = Findings::default();
        for marker in markers {
            match self.body(page, marker) {
                Ok(body) => findings.edits.extend(body.and_then(|body| edit(page, marker, body))),
                Err(fault) => findings.faults.push(page.fault(marker.start, &fault)),
            }
        }
        let blocks = blocks(chapter, runs, &mut findings.faults);
        if let Some(built) = built {
            let run = run::run(&blocks, built);
            findings.edits.extend(run.edits);
            findings.faults.extend(run.faults);
            findings.not_judged.extend(run.not_judged);
        }
        findings
    }

    /// What belongs between a marker and its end.
    fn body(&self, page: &Page, marker: &Marker) -> Result<Option<String>, String> {
        let argument = &*marker.argument;
        let block = match marker.kind {
            Kind::Code => Excerpt::read(&self.repository, argument)?.markdown(page),
            Kind::Result => self.results.table(argument, page)?,
            Kind::Plot => plot::markdown(argument, &self.plots, page)?,
            Kind::Diagram => diagram::markdown(argument, &self.diagrams, page)?,
            Kind::Diff => {
                let (diff, argument) = self.diff(argument)?;
                diff.markdown(argument, page)?
            }
            Kind::Number => return self.results.number(argument).map(Some),
            Kind::Files | Kind::Run => return Ok(None),
        };
        // Empty lines: Markdown begins anew behind a comment only then.
        Ok(Some(format!("\n\n{block}\n\n")))
    }

    /// What `STAGE FILE WORD` means: the difference, and the rest of it.
    ///
    /// # Errors
    /// When it begins with no stage that has one before it.
    pub fn diff<'a>(&self, argument: &'a str) -> Result<(&Diff, &'a str), String> {
        let (stage, rest) = argument.split_once(' ').unwrap_or((argument, ""));
        let diff = stage.parse().ok().filter(|stage| *stage > 1);
        let diff = diff.and_then(|stage: u8| self.diffs.get(&stage));
        Ok((diff.ok_or_else(|| format!("`{stage}` is no stage after another"))?, rest))
    }

    /// What nothing but a person can mend: what cannot be read, tables of files, links.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.unread.clone();
        for Chapter { page, markers } in &self.chapters {
            let tables = markers.iter().filter(|marker| marker.kind == Kind::Files);
            faults.extend(tables.flat_map(|marker| files::check(&self.repository, page, marker)));
            faults.extend(files::missing(page, markers));
        }
        faults.extend(links::check(&self.repository, &self.chapters));
        faults
    }

    /// The files that are generated as a whole, by path.
    pub fn files(&self) -> Vec<(String, String)> {
        let diffs = self.diffs.iter().filter(|(stage, _)| **stage > 1);
        let diffs = diffs.map(|(_, diff)| (diff.path(), diff.text()));
        let plots = self.plots.iter().map(|plot| (plot::path(plot), plot.svg.clone()));
        let diagrams = self.diagrams.iter().map(|diagram| (diagram::path(diagram), diagram.svg()));
        diffs.chain(plots).chain(diagrams).collect()
    }

    /// Files that stand among those and are none of them.
    pub fn orphans(&self) -> Vec<String> {
        let files = self.files();
        let mut orphans = Vec::new();
        for folder in [diff::FOLDER, plot::FOLDER, diagram::FOLDER] {
            let entries =
                fs::read_dir(self.repository.join(folder)).into_iter().flatten().flatten();
            let paths = entries.map(|it| format!("{folder}/{}", it.file_name().to_string_lossy()));
            let made = paths.filter(|path| !path.ends_with(diagram::SOURCE));
            orphans.extend(made.filter(|path| files.iter().all(|(file, _)| file != path)));
        }
        orphans
    }
}

/// The transcripts of a chapter that are run.
fn blocks<'a>(chapter: &'a Chapter, runs: Runs, faults: &mut Vec<String>) -> Vec<run::Block<'a>> {
    let blocks = run::blocks(&chapter.page, &chapter.markers, faults);
    match runs {
        Runs::All => blocks,
        Runs::WithoutLoad => run::without_load(blocks),
        Runs::None => Vec::new(),
    }
}

/// The pages, as paths below the repository.
fn names(repository: &Path) -> Vec<String> {
    let docs = fs::read_dir(repository.join("docs")).into_iter().flatten().flatten();
    let docs = docs.map(|entry| format!("docs/{}", entry.file_name().to_string_lossy()));
    let mut names: Vec<String> = docs.filter(|name| name.ends_with(".md")).collect();
    names.push("README.md".to_owned());
    names.retain(|name| repository.join(name).is_file());
    names.sort_unstable();
    names
}

/// What makes a marker's body as it has to be; nothing when it is.
fn edit(page: &Page, marker: &Marker, text: String) -> Option<Edit> {
    let is = &page.text[marker.body.clone()];
    if is == text {
        return None;
    }
    let mut lines = is.trim().lines().zip(text.trim().lines());
    let why = match lines.find(|(is, should)| is != should) {
        Some((is, should)) => format!("has `{is}` where it should be `{should}`"),
        None => "is longer or shorter than it should be".to_owned(),
    };
    let why = page.fault(marker.start, &format!("what stands below {why}; {WRITE}"));
    Some(Edit { range: marker.body.clone(), text, why })
}
