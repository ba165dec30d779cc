//! `<!-- run -->`: the console block below is run, and what its commands write is what it shows.
//!
//! A server is started at any free port by the block's first line, `$ cargo run -p stage5 -- --queue 5`,
//! or by the marker, `<!-- run: stage5 --queue 5 -->`, and serves the page's blocks until the next one is
//! started. What the block shows of it after its first line is all that it writes (the log first) until it
//! ends, which one of these blocks has to bring about. `accepted=100..101` in the marker gives a count a range.

use std::io;
use std::path::Path;

use lab::server::{Exit, Server};

use super::marker::{Kind, Marker};
use super::page::{Fence, Page};
use super::shell::Terminal;
use super::transcript::{self, Step};
use super::words::Ranges;
use super::{Edit, Findings};
use crate::programs::{self, Built};

/// How often a page is run at most.
const TRIES: usize = 3;
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
    shown: Option<(&'a Block<'a>, String)>,
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

/// Runs a page's blocks, one after the other, until what they write is what they show. Where others use
/// the machine as well, a run comes out otherwise now and then; what is wrong does so each time.
pub fn run(blocks: &[Block<'_>], built: &Built) -> Findings {
    let mut findings = Findings::default();
    for _ in 0..TRIES {
        findings = once(blocks, built);
        if findings.edits.is_empty() && findings.faults.is_empty() {
            break;
        }
    }
    findings
}

fn once(blocks: &[Block<'_>], built: &Built) -> Findings {
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
    let mut outputs = terminal.run(&commands)?;
    if !block.typed {
        block.judge(&outputs, findings);
        return Ok(());
    }
    let listening = "listening on http://127.0.0.1:8080".to_owned();
    let until_the_end = block.steps[0].output.len() > 1 && block.steps.len() == 1;
    match running {
        Some(running) if until_the_end => running.shown = Some((block, listening)),
        _ => {
            let silent = block.steps[0].output.is_empty();
            outputs.insert(0, if silent { Vec::new() } else { vec![listening] });
            block.judge(&outputs, findings);
        }
    }
    Ok(())
}

/// Ends a server; if a block shows what it says then, it has to end by itself.
fn end(running: Option<Running<'_>>, folder: &Path, findings: &mut Findings) {
    let Some(Running { server, shown: Some((block, listening)) }) = running else { return };
    let said = |exit: Exit| {
        let after = block.launch.as_ref().map_or("", |launch| &*launch.after);
        let status = exit.code().unwrap_or_default();
        let terminal = Terminal { client: "", server: None, folder };
        let after = terminal.run(&[&format!("(exit {status}); {after}")])?;
        let stderr = exit.stderr.lines().map(str::to_owned).collect();
        Ok([vec![listening], stderr, exit.stdout, after.concat()].concat())
    };
    match server.wait().and_then(said) {
        Ok(output) => block.judge(&[output], findings),
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

    /// Finds what is not as it was written, and ranges that are there for nothing.
    fn judge(&self, outputs: &[Vec<String>], findings: &mut Findings) {
        let edit = self.compare(outputs);
        let idle = |name: &&str| !self.steps.iter().any(|step| step.counts(name));
        for name in self.ranges.names().filter(idle).filter(|_| edit.is_none()) {
            let fault = format!("the block shows no count after `{name}`");
            findings.faults.push(self.page.fault(self.marker.start, &fault));
        }
        findings.edits.extend(edit);
    }

    /// The block as it has to be, if what was written is not what it shows.
    fn compare(&self, outputs: &[Vec<String>]) -> Option<Edit> {
        let agrees = |(step, output): (&Step, &Vec<String>)| step.agrees(output, &self.ranges);
        let wrong = self.steps.iter().zip(outputs).find(|it| !agrees((it.0, it.1)))?;
        let renew = |(step, output): (&Step, &Vec<String>)| match agrees((step, output)) {
            true => step.clone(),
            false => step.renewed(output),
        };
        let steps: Vec<Step> = self.steps.iter().zip(outputs).map(renew).collect();
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
