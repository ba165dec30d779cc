//! A console block to run: how it is parsed, and how the output of its commands is judged.

use std::io;
use std::path::Path;

use harness::server::Server;

use super::super::marker::{Kind, Marker};
use super::super::page::{Fence, Page};
use super::super::ranges::{Ranges, Tolerance};
use super::super::transcript::{self, Step};
use super::super::{Edit, Findings, words};

/// A command line that starts a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Launch {
    /// Assignments such as `RUST_LOG=debug`.
    pub environment: Vec<String>,
    pub stage: String,
    pub flags: Vec<String>,
    /// The shell commands to run after the server has ended.
    pub after: String,
}

/// A console block to be run.
#[derive(Debug)]
pub struct Block<'a> {
    pub page: &'a Page,
    pub marker: &'a Marker,
    fence: &'a Fence,
    pub steps: Vec<Step>,
    pub launch: Option<Launch>,
    /// True when its first line is the launch.
    pub starts_server: bool,
    ranges: Ranges,
}

/// Returns the blocks of a page that have a `run` marker.
pub fn read_all<'a>(
    page: &'a Page,
    markers: &'a [Marker],
    faults: &mut Vec<String>,
) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    for marker in markers.iter().filter(|marker| marker.kind == Kind::Run) {
        match Block::parse(page, marker) {
            Ok(block) => blocks.push(block),
            Err(fault) => faults.push(page.fault(marker.start, &fault)),
        }
    }
    blocks
}

/// Removes the blocks that send load and those that depend on them: blocks that use the same server
/// (or also none), and blocks that name the same files.
pub fn without_load(blocks: Vec<Block<'_>>) -> Vec<Block<'_>> {
    let mut left = Vec::new();
    let mut files: Vec<String> = Vec::new();
    let mut blocks = blocks.into_iter().peekable();
    while let Some(first) = blocks.next() {
        let mut shared = vec![first];
        while let Some(next) = blocks.next_if(|next| next.launch.is_none()) {
            shared.push(next);
        }
        let names: Vec<String> = shared.iter().flat_map(Block::files).collect();
        let depends = names.iter().any(|name| files.contains(name));
        if depends || shared.iter().any(Block::sends_load) {
            files.extend(names);
        } else {
            left.extend(shared);
        }
    }
    left
}

impl<'a> Block<'a> {
    fn parse(page: &'a Page, marker: &'a Marker) -> Result<Block<'a>, String> {
        let fence = page.fences.iter().find(|fence| fence.start > marker.start);
        let between = |start: usize| page.text[marker.start..start].split_once("-->");
        let fence = fence
            .filter(|fence| between(fence.start).is_some_and(|(_, text)| text.trim().is_empty()))
            .filter(|fence| fence.language == "console")
            .ok_or("expected a ```console block below")?;
        let steps = transcript::parse(&page.text[fence.content.clone()])?;
        let mut ranges = Ranges::default();
        let mut words: Vec<&str> = marker.argument.split(' ').collect();
        words.retain(|word| !word.is_empty() && !ranges.add(word));
        if let Some(word) = words.first().filter(|word| !word.starts_with("stage")) {
            return Err(format!("`{word}` is neither a server nor a range such as accepted=5..6"));
        }
        let first_line = steps.first().and_then(|step| Launch::parse(&step.command));
        let starts_server = first_line.is_some();
        let named = words.split_first().map(|(stage, flags)| Launch::new(stage, flags));
        if starts_server && named.is_some() {
            return Err("the marker and the block both start a server".to_owned());
        }
        if steps.iter().skip(1).any(|step| Launch::parse(&step.command).is_some()) {
            return Err("only the first line of a block can start a server".to_owned());
        }
        let launch = first_line.or(named);
        Ok(Block { page, marker, fence, steps, launch, starts_server, ranges })
    }

    /// Returns the stage that it starts.
    pub fn stage(&self) -> Option<&str> {
        self.launch.as_ref().map(|launch| &*launch.stage)
    }

    /// Returns its offset in the page.
    pub fn start(&self) -> usize {
        self.fence.start
    }

    /// Returns true if a command sends load, so that the result depends on the machine's speed.
    fn sends_load(&self) -> bool {
        let sends_load = |command: &str| {
            let (_, flags) = command.split_once("cargo stress")?;
            let first = flags.split_whitespace().next().unwrap_or_default();
            Some(
                first.starts_with("--")
                    || first.is_empty()
                    || ["run", "find-rate"].contains(&first),
            )
        };
        self.steps.iter().any(|step| step.command.lines().filter_map(sends_load).any(|sends| sends))
    }

    /// Returns the JSON files that its commands name.
    fn files(&self) -> impl Iterator<Item = String> {
        let words = self.steps.iter().flat_map(|step| step.command.split_whitespace());
        let words = words.map(|word| word.trim_end_matches([';', '*']));
        words.filter(|word| word.ends_with(".json")).map(str::to_owned)
    }

    /// Compares the output with the block, and reports unused ranges.
    pub fn judge(&self, outputs: &[Vec<String>], held_up: Option<String>, findings: &mut Findings) {
        let edit = self.compare(outputs, false);
        let reported = || outputs.iter().flatten().find_map(|line| words::held_up(line));
        let held_up = held_up.or_else(|| reported().map(str::to_owned));
        if let Some(why) =
            held_up.filter(|_| edit.is_some() && self.compare(outputs, true).is_none())
        {
            let why = format!("not judged, because {why}");
            findings.not_judged.push(self.page.fault(self.marker.start, &why));
            return;
        }
        let shown: Vec<Vec<String>> = self.steps.iter().map(|step| step.output.clone()).collect();
        let mut faults = Vec::new();
        if edit.is_none() && self.compare(&shown, false).is_some() {
            faults.push("the block shows a count outside its range".to_owned());
        }
        let is_unused = |name: &&str| !self.steps.iter().any(|step| step.shows_count(name));
        for name in self.ranges.names().filter(is_unused).filter(|_| edit.is_none()) {
            faults.push(format!("the block shows no count after `{name}`"));
        }
        let faults = faults.iter().map(|fault| self.page.fault(self.marker.start, fault));
        findings.faults.extend(faults);
        findings.edits.extend(edit);
    }

    /// Returns the block with the new output, if that does not match.
    pub(super) fn compare(&self, outputs: &[Vec<String>], held_up: bool) -> Option<Edit> {
        // A range that grows uses the duration of the run before it.
        let mut seconds = None;
        let compared: Vec<(&Step, &Vec<String>, bool)> = (self.steps.iter().zip(outputs))
            .map(|(step, output)| {
                seconds = output.iter().find_map(|line| words::run_seconds(line)).or(seconds);
                let tolerance = Tolerance { ranges: &self.ranges, seconds, held_up };
                (step, output, step.matches(output, tolerance))
            })
            .collect();
        let (wrong, output, _) = compared.iter().find(|(_, _, matches)| !matches)?;
        let why = format!("`{}` wrote something else:\n{}", wrong.command, output.join("\n"));
        let update = |(step, output, matches): &(&Step, &Vec<String>, bool)| {
            if *matches { (*step).clone() } else { step.with_output(output) }
        };
        let steps: Vec<Step> = compared.iter().map(update).collect();
        let why = self.page.fault(self.marker.start, &why);
        Some(Edit { range: self.fence.content.clone(), text: transcript::format(&steps), why })
    }
}

impl Launch {
    pub(super) fn new(stage: &str, flags: &[&str]) -> Launch {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Launch { environment: Vec::new(), stage: stage.to_owned(), flags, after: String::new() }
    }

    /// Parses `RUST_LOG=debug cargo run -q --release -p stage5 -- --queue 5; echo $?`.
    pub(super) fn parse(command: &str) -> Option<Launch> {
        let (command, after) = command.split_once(';').unwrap_or((command, ""));
        let words: Vec<&str> = command.split_whitespace().collect();
        let cargo = words.iter().position(|word| *word == "cargo")?;
        let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let [_, "run", options @ ..] = words.get(cargo..end)? else { return None };
        let package = options.iter().position(|word| matches!(*word, "-p" | "--package"))?;
        let stage = options.get(package + 1).filter(|name| name.starts_with("stage"))?;
        let mut launch = Launch::new(stage, words.get(end + 1..).unwrap_or_default());
        launch.environment = words[..cargo].iter().map(|word| (*word).to_owned()).collect();
        launch.after = after.trim().to_owned();
        Some(launch)
    }

    /// Starts the server in a folder, through a shell that it replaces.
    pub fn start(&self, binary: &str, folder: &Path) -> io::Result<Server> {
        let script = format!("cd '{}' && exec env \"$@\"", folder.display());
        let environment = self.environment.iter().map(|variable| &**variable);
        let command = ["sh", "-c", &script, "sh"].into_iter().chain(environment).chain([binary]);
        let flags: Vec<&str> = self.flags.iter().map(|flag| &**flag).collect();
        Server::start_by(&command.collect::<Vec<_>>(), &flags)
    }
}
