//! The book: its pages and their sources.

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
use super::{Edit, Findings, RUN_DOCS, Runs, files, links, plot, run};
use harness::programs::Built;

#[derive(Debug)]
pub struct Book {
    pub repository: PathBuf,
    pub chapters: Vec<Chapter>,
    results: Results,
    plots: Vec<Plot>,
    diagrams: Vec<Diagram>,
    pub diffs: BTreeMap<u8, Diff>,
    /// Results and markers that could not be read.
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
        for name in page_names(repository) {
            let text = fs::read_to_string(repository.join(&name));
            let page = Page::new(&name, text.map_err(|error| format!("{name}: {error}"))?);
            let (markers, faults) = marker::read(&page);
            chapters.push(Chapter { page, markers });
            unread.extend(faults);
        }
        let plots = report::plots(&results.outcomes());
        let (diagrams, diffs) = (diagram::all(repository)?, diff::read_all(repository)?);
        let repository = repository.to_owned();
        Ok(Book { repository, chapters, results, plots, diagrams, diffs, unread })
    }

    /// Returns the pages of these names, or all when `names` is empty.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Chapter>, String> {
        if names.is_empty() {
            return Ok(self.chapters.iter().collect());
        }
        let chapter = |name: &String| {
            let chapter = self.chapters.iter().find(|chapter| chapter.page.name == *name);
            chapter.ok_or_else(|| format!("{name}: not a page of the book, such as docs/stage5.md"))
        };
        names.iter().map(chapter).collect()
    }

    /// Builds the programs that the transcripts of these pages run; returns `None` when there are
    /// no transcripts.
    ///
    /// # Errors
    /// When the build fails, or another program that they call is not installed.
    pub fn build(&self, selected: &[&Chapter], runs: Runs) -> Result<Option<Built>, String> {
        let mut ignored = Vec::new();
        let blocks = selected.iter().flat_map(|chapter| blocks(chapter, runs, &mut ignored));
        let blocks: Vec<run::Block<'_>> = blocks.collect();
        if blocks.is_empty() {
            return Ok(None);
        }
        run::missing_programs().map_or(Ok(()), Err)?;
        let stages: BTreeSet<&str> = blocks.iter().filter_map(run::Block::stage).collect();
        let packages = stages.into_iter().chain(["stress-client"]);
        let packages: Vec<&str> = packages.flat_map(|package| ["--package", package]).collect();
        let arguments = match runs {
            // The same build as `cargo test --workspace`, so nothing is compiled twice.
            Runs::WithoutLoad => vec!["test", "--workspace", "--no-run"],
            // The book tells the reader to build for release.
            _ => [&["build", "--release"], &packages[..]].concat(),
        };
        let mut built = Built::default();
        built.add(&self.repository, &arguments)?;
        Ok(Some(built))
    }

    /// Checks chapters. Transcripts under load run one after the other, as they would slow each
    /// other down.
    pub fn check_chapters(
        &self,
        selected: &[&Chapter],
        built: Option<&Built>,
        runs: Runs,
    ) -> Vec<Findings> {
        // Blocks without load mostly wait.
        let threads = if runs == Runs::WithoutLoad { 4 } else { 1 };
        let mut all = Vec::new();
        for chapters in selected.chunks(threads) {
            thread::scope(|scope| {
                let check = |chapter| scope.spawn(move || self.check(chapter, built, runs));
                let running: Vec<_> = chapters.iter().copied().map(check).collect();
                let findings = running.into_iter().map(|page| page.join());
                all.extend(findings.map(|findings| findings.expect("the check does not panic")));
            });
        }
        all
    }

    /// Checks a chapter against the sources of its markers. Transcripts run only if `built` is
    /// given.
    fn check(&self, chapter: &Chapter, built: Option<&Built>, runs: Runs) -> Findings {
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

    /// Returns the text that belongs between a marker and its end.
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
        // Without empty lines, Markdown treats the text after the comment as HTML.
        Ok(Some(format!("\n\n{block}\n\n")))
    }

    /// Splits `STAGE FILE WORD` into the diff of that stage and `FILE WORD`.
    ///
    /// # Errors
    /// When the argument does not begin with a stage from 2 on.
    pub fn diff<'a>(&self, argument: &'a str) -> Result<(&Diff, &'a str), String> {
        let (stage, rest) = argument.split_once(' ').unwrap_or((argument, ""));
        let diff = stage.parse().ok().filter(|stage| *stage > 1);
        let diff = diff.and_then(|stage: u8| self.diffs.get(&stage));
        Ok((diff.ok_or_else(|| format!("`{stage}` is not a stage from 2 on"))?, rest))
    }

    /// Returns the faults that only an author can correct: unreadable files and markers, file
    /// tables, links.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.unread.clone();
        for Chapter { page, markers } in &self.chapters {
            let tables = markers.iter().filter(|marker| marker.kind == Kind::Files);
            faults.extend(tables.flat_map(|marker| files::check(&self.repository, page, marker)));
            faults.extend(files::missing_marker(page, markers));
        }
        faults.extend(links::check(&self.repository, &self.chapters));
        faults
    }

    /// Returns the generated files: path and content.
    pub fn files(&self) -> Vec<(String, String)> {
        let diffs = self.diffs.iter().filter(|(stage, _)| **stage > 1);
        let diffs = diffs.map(|(_, diff)| (diff.path(), diff.text()));
        let plots = self.plots.iter().map(|plot| (plot::path(plot), plot.svg.clone()));
        let diagrams = self.diagrams.iter().map(|diagram| (diagram::path(diagram), diagram.svg()));
        diffs.chain(plots).chain(diagrams).collect()
    }

    /// Returns files in the generated folders that are no longer generated.
    pub fn orphans(&self) -> Vec<String> {
        let files = self.files();
        let mut orphans = Vec::new();
        for folder in [diff::FOLDER, plot::FOLDER, diagram::FOLDER] {
            let entries =
                fs::read_dir(self.repository.join(folder)).into_iter().flatten().flatten();
            let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
            let paths = entries.map(|entry| format!("{folder}/{}", name(entry)));
            let generated = paths.filter(|path| !path.ends_with(diagram::SOURCE));
            orphans.extend(generated.filter(|path| files.iter().all(|(file, _)| file != path)));
        }
        orphans
    }
}

/// Returns the transcripts of a chapter that `runs` selects.
fn blocks<'a>(chapter: &'a Chapter, runs: Runs, faults: &mut Vec<String>) -> Vec<run::Block<'a>> {
    let blocks = run::read_all(&chapter.page, &chapter.markers, faults);
    match runs {
        Runs::All => blocks,
        Runs::WithoutLoad => run::without_load(blocks),
        Runs::None => Vec::new(),
    }
}

/// Returns the paths of the pages in the repository.
fn page_names(repository: &Path) -> Vec<String> {
    let docs = fs::read_dir(repository.join("docs")).into_iter().flatten().flatten();
    let docs = docs.map(|entry| format!("docs/{}", entry.file_name().to_string_lossy()));
    let mut names: Vec<String> = docs.filter(|name| name.ends_with(".md")).collect();
    names.push("README.md".to_owned());
    names.retain(|name| repository.join(name).is_file());
    names.sort_unstable();
    names
}

/// Returns the edit that brings a marker's body up to date, if it differs from `text`.
fn edit(page: &Page, marker: &Marker, text: String) -> Option<Edit> {
    let present = &page.text[marker.body.clone()];
    if present == text {
        return None;
    }
    let mut lines = present.trim().lines().zip(text.trim().lines());
    let why = match lines.find(|(present, expected)| present != expected) {
        Some((present, expected)) => format!("expected `{expected}`, found `{present}`"),
        None => "the text below is longer or shorter than its source".to_owned(),
    };
    let why = page.fault(marker.start, &format!("{why}; {RUN_DOCS}"));
    Some(Edit { range: marker.body.clone(), text, why })
}
