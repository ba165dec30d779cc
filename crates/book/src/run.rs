//! `<!-- run -->`: the console block below is run, and what its commands write is what it shows.
//!
//! A server is started at any free port by the block's first line, `$ cargo run -p stage5 -- --queue 5`,
//! or by the marker, `<!-- run: stage5 --queue 5 -->`, and serves the page's blocks until the next one is
//! started. What the block shows of it after its first line is all that it writes (the log first) until it
//! ends, which one of these blocks has to bring about.
//!
//! `accepted=100..101` in the marker gives a count a range. Where its end grows with the time that the run
//! says it took, `accepted=116..116+100/s`, it holds on any machine. `accepted~137..151` depends on how fast
//! the machine is: where that was in the way, the block is not judged by it, and that is told.

use std::io;
use std::path::Path;

use harness::programs::{self, Built};
use harness::server::{Exit, Server};
use lab::watch::Watch;

use super::marker::{Kind, Marker};
use super::page::{Fence, Page};
use super::shell::Terminal;
use super::transcript::{self, Step};
use super::words::{self, Judge, Ranges};
use super::{Edit, Findings};

/// What the blocks call.
const PROGRAMS: [&str; 4] = ["bash", "curl", "jq", "nc"];

/// A server as a command line starts it.
#[derive(Debug, PartialEq, Eq)]
pub struct Launch {
    environment: Vec<String>,
    pub stage: String,
    flags: Vec<String>,
    /// What the shell does when it has ended.
    after: String,
}

/// A console block to be run.
#[derive(Debug)]
pub struct Block<'a> {
    page: &'a Page,
    marker: &'a Marker,
    fence: &'a Fence,
    steps: Vec<Step>,
    launch: Option<Launch>,
    /// Whether its first line is the launch.
    typed: bool,
    ranges: Ranges,
}

/// A server, and the block that shows how it ends, if one does.
struct Running<'a> {
    server: Server,
    shown: Option<(&'a Block<'a>, String, Watch)>,
}

/// A sentence about what the blocks call and is not there.
pub fn missing() -> Option<String> {
    let missing = PROGRAMS.iter().filter(|it| !programs::is_installed(it));
    let missing: Vec<&str> = missing.copied().collect();
    let words = missing.join(" and ");
    (!missing.is_empty()).then(|| {
        format!("transcripts need {words}: install that, or leave them out with --no-runs")
    })
}

/// The blocks that a page wants to be run.
pub fn blocks<'a>(
    page: &'a Page,
    markers: &'a [Marker],
    faults: &mut Vec<String>,
) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    for marker in markers.iter().filter(|marker| marker.kind == Kind::Run) {
        match Block::read(page, marker) {
            Ok(block) => blocks.push(block),
            Err(fault) => faults.push(page.fault(marker.start, &fault)),
        }
    }
    blocks
}

/// Leaves out what depends on a block that sends load: the blocks that share its server, or the lack of
/// one, and those that name a file which these name.
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

/// Runs a page's blocks, one after the other, and compares what they write with what they show.
pub fn run(blocks: &[Block<'_>], built: &Built) -> Findings {
    let mut findings = Findings::default();
    let mut running: Option<Running<'_>> = None;
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => return Findings { faults: vec![error.to_string()], ..findings },
    };
    for block in blocks {
        let (page, start) = (block.page, block.marker.start);
        if let Err(error) = one(block, built, folder.path(), &mut running, &mut findings) {
            findings.faults.push(page.fault(start, &format!("could not be run: {error}")));
        }
    }
    end(running, folder.path(), &mut findings);
    findings
}

fn one<'a>(
    block: &'a Block<'a>,
    built: &Built,
    folder: &Path,
    running: &mut Option<Running<'a>>,
    findings: &mut Findings,
) -> io::Result<()> {
    let find = |name: &str| built.find(name).map_err(io::Error::other);
    if let Some(launch) = &block.launch {
        end(running.take(), folder, findings);
        let server = launch.start(&find(&launch.stage)?, folder)?;
        *running = Some(Running { server, shown: None });
    }
    let client = find("stress-client")?;
    let server = running.as_ref().map(|it| &it.server);
    let terminal = Terminal { client: &client, server, folder };
    let typed = usize::from(block.typed);
    let commands: Vec<&str> = block.steps[typed..].iter().map(|step| &*step.command).collect();
    let watch = Watch::default();
    let mut outputs = terminal.run(&commands)?;
    let held_up = watch.finish();
    if !block.typed {
        block.judge(&outputs, held_up, findings);
        return Ok(());
    }
    let listening = "listening on http://127.0.0.1:8080".to_owned();
    let until_the_end = block.steps[0].output.len() > 1 && block.steps.len() == 1;
    match running {
        Some(running) if until_the_end => {
            running.shown = Some((block, listening, Watch::default()));
        }
        _ => {
            let silent = block.steps[0].output.is_empty();
            outputs.insert(0, if silent { Vec::new() } else { vec![listening] });
            block.judge(&outputs, held_up, findings);
        }
    }
    Ok(())
}

/// Ends a server; if a block shows what it says then, it has to end by itself.
fn end(running: Option<Running<'_>>, folder: &Path, findings: &mut Findings) {
    let Some(Running { server, shown: Some((block, listening, watch)) }) = running else { return };
    let said = |exit: Exit| {
        let after = block.launch.as_ref().map_or("", |launch| &*launch.after);
        let status = exit.code().unwrap_or_default();
        let terminal = Terminal { client: "", server: None, folder };
        let after = terminal.run(&[&format!("(exit {status}); {after}")])?;
        let stderr = exit.stderr.lines().map(str::to_owned).collect();
        Ok([vec![listening], stderr, exit.stdout, after.concat()].concat())
    };
    match server.wait().and_then(said) {
        Ok(output) => block.judge(&[output], watch.finish(), findings),
        Err(error) => {
            let fault = format!("its server did not end: {error}");
            findings.faults.push(block.page.fault(block.marker.start, &fault));
        }
    }
}

impl<'a> Block<'a> {
    fn read(page: &'a Page, marker: &'a Marker) -> Result<Block<'a>, String> {
        let fence = page.fences.iter().find(|fence| fence.start > marker.start);
        let between = |start: usize| page.text[marker.start..start].split_once("-->");
        let fence = fence
            .filter(|it| between(it.start).is_some_and(|(_, text)| text.trim().is_empty()))
            .filter(|it| it.language == "console")
            .ok_or("stands above no ```console block")?;
        let steps = transcript::read(&page.text[fence.content.clone()])?;
        let mut ranges = Ranges::default();
        let mut words: Vec<&str> = marker.argument.split(' ').collect();
        words.retain(|word| !word.is_empty() && !ranges.take(word));
        if let Some(word) = words.first().filter(|word| !word.starts_with("stage")) {
            return Err(format!("`{word}` is neither a server nor a range such as accepted=5..6"));
        }
        let typed = steps.first().and_then(|step| Launch::read(&step.command));
        let is_typed = typed.is_some();
        let named = words.split_first().map(|(stage, flags)| Launch::new(stage, flags));
        if is_typed && named.is_some() {
            return Err("names a server, and the block starts one".to_owned());
        }
        if steps.iter().skip(1).any(|step| Launch::read(&step.command).is_some()) {
            return Err(
                "starts a server in the midst of a block: only its first line can".to_owned()
            );
        }
        Ok(Block { page, marker, fence, steps, launch: typed.or(named), typed: is_typed, ranges })
    }

    /// The stage that it starts.
    pub fn stage(&self) -> Option<&str> {
        self.launch.as_ref().map(|launch| &*launch.stage)
    }

    /// Where it begins in its page.
    pub fn start(&self) -> usize {
        self.fence.start
    }

    /// Returns true when one of its commands sends load: the result depends on the machine's speed.
    fn sends_load(&self) -> bool {
        let run = |command: &str| {
            let (_, flags) = command.split_once("cargo stress")?;
            let first = flags.split_whitespace().next().unwrap_or_default();
            Some(
                first.starts_with("--")
                    || first.is_empty()
                    || ["run", "find-rate"].contains(&first),
            )
        };
        self.steps.iter().any(|step| step.command.lines().filter_map(run).any(|sends| sends))
    }

    /// The files that its commands name.
    fn files(&self) -> impl Iterator<Item = String> {
        let words = self.steps.iter().flat_map(|step| step.command.split_whitespace());
        let words = words.map(|word| word.trim_end_matches([';', '*']));
        words.filter(|word| word.ends_with(".json")).map(str::to_owned)
    }

    /// Finds what is not as it was written, and ranges that are there for nothing.
    fn judge(&self, outputs: &[Vec<String>], held_up: Option<String>, findings: &mut Findings) {
        let edit = self.compare(outputs, false);
        let told = || outputs.iter().flatten().find_map(|line| words::held_up(line));
        let held_up = held_up.or_else(|| told().map(str::to_owned));
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
        let idle = |name: &&str| !self.steps.iter().any(|step| step.counts(name));
        for name in self.ranges.names().filter(idle).filter(|_| edit.is_none()) {
            faults.push(format!("the block shows no count after `{name}`"));
        }
        let faults = faults.iter().map(|fault| self.page.fault(self.marker.start, fault));
        findings.faults.extend(faults);
        findings.edits.extend(edit);
    }

    /// The block as it has to be, if what was written is not what it shows.
    fn compare(&self, outputs: &[Vec<String>], held_up: bool) -> Option<Edit> {
        // A count is of the run above it.
        let mut seconds = None;
        let compared: Vec<(&Step, &Vec<String>, bool)> = (self.steps.iter().zip(outputs))
            .map(|(step, output)| {
                seconds = output.iter().find_map(|line| words::seconds(line)).or(seconds);
                let judge = Judge { ranges: &self.ranges, seconds, held_up };
                (step, output, step.agrees(output, judge))
            })
            .collect();
        let wrong = compared.iter().find(|(_, _, agrees)| !agrees)?;
        let renew = |(step, output, agrees): &(&Step, &Vec<String>, bool)| {
            if *agrees { (*step).clone() } else { step.renewed(output) }
        };
        let steps: Vec<Step> = compared.iter().map(renew).collect();
        let why = format!("`{}` wrote something else:\n{}", wrong.0.command, wrong.1.join("\n"));
        let why = self.page.fault(self.marker.start, &why);
        Some(Edit { range: self.fence.content.clone(), text: transcript::write(&steps), why })
    }
}

impl Launch {
    fn new(stage: &str, flags: &[&str]) -> Launch {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Launch { environment: Vec::new(), stage: stage.to_owned(), flags, after: String::new() }
    }

    /// `RUST_LOG=debug cargo run -q --release -p stage5 -- --queue 5; echo $?`
    fn read(command: &str) -> Option<Launch> {
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

    /// In a folder of its own, by a shell that becomes the server.
    fn start(&self, binary: &str, folder: &Path) -> io::Result<Server> {
        let script = format!("cd '{}' && exec env \"$@\"", folder.display());
        let environment = self.environment.iter().map(|it| &**it);
        let command = ["sh", "-c", &script, "sh"].into_iter().chain(environment).chain([binary]);
        let flags: Vec<&str> = self.flags.iter().map(|flag| &**flag).collect();
        Server::start_by(&command.collect::<Vec<_>>(), &flags)
    }
}

#[cfg(test)]
mod tests;
