//! `<!-- run -->`: runs the console block below and compares the output with it.
//!
//! A block's first line, `$ cargo run -p stage5 -- --queue 5`, or the marker, `<!-- run: stage5
//! --queue 5 -->`, starts a server on a free port. It serves the blocks of the page until the next
//! server starts. If the block shows more than the first line of its output, that is everything it
//! writes until it ends (the log first), and a later block must end it.
//!
//! `accepted=100..101` in the marker gives a count a range. One that grows with the duration of the
//! run, `accepted=116..116+100/s`, holds on any machine. `accepted~137..151` depends on the
//! machine's speed: if the machine was too busy, the block is reported as not judged.

mod block;

use std::io;
use std::path::Path;

use harness::programs::{self, Built};
use harness::server::{Exit, Server};
use lab::watch::Watch;

use super::Findings;
use super::shell::Terminal;
pub use block::{Block, read_all, without_load};

/// The programs that blocks call.
const PROGRAMS: [&str; 4] = ["bash", "curl", "jq", "nc"];

/// A running server, and the block that shows the output until its end, if any.
struct ActiveServer<'a> {
    server: Server,
    shown: Option<(&'a Block<'a>, String, Watch)>,
}

/// Returns a message about programs that blocks call and that are not installed.
pub fn missing_programs() -> Option<String> {
    let missing = PROGRAMS.iter().filter(|program| !programs::is_installed(program));
    let missing: Vec<&str> = missing.copied().collect();
    let names = missing.join(" and ");
    (!missing.is_empty()).then(|| {
        format!("transcripts need {names}: install them, or skip transcripts with --no-runs")
    })
}

/// Runs a page's blocks in order and compares their output.
pub fn run(blocks: &[Block<'_>], built: &Built) -> Findings {
    let mut findings = Findings::default();
    let mut active: Option<ActiveServer<'_>> = None;
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => return Findings { faults: vec![error.to_string()], ..findings },
    };
    for block in blocks {
        let (page, start) = (block.page, block.marker.start);
        if let Err(error) = run_block(block, built, folder.path(), &mut active, &mut findings) {
            findings.faults.push(page.fault(start, &format!("could not be run: {error}")));
        }
    }
    finish(active, folder.path(), &mut findings);
    findings
}

fn run_block<'a>(
    block: &'a Block<'a>,
    built: &Built,
    folder: &Path,
    active: &mut Option<ActiveServer<'a>>,
    findings: &mut Findings,
) -> io::Result<()> {
    let find = |name: &str| built.find(name).map_err(io::Error::other);
    if let Some(launch) = &block.launch {
        finish(active.take(), folder, findings);
        let server = launch.start(&find(&launch.stage)?, folder)?;
        *active = Some(ActiveServer { server, shown: None });
    }
    let client = find("stress-client")?;
    let server = active.as_ref().map(|active| &active.server);
    let terminal = Terminal { client: &client, server, folder };
    let first = usize::from(block.starts_server);
    let commands: Vec<&str> = block.steps[first..].iter().map(|step| &*step.command).collect();
    let watch = Watch::default();
    let mut outputs = terminal.run(&commands)?;
    let held_up = watch.finish();
    if !block.starts_server {
        block.judge(&outputs, held_up, findings);
        return Ok(());
    }
    let listening = "listening on http://127.0.0.1:8080".to_owned();
    let until_the_end = block.steps[0].output.len() > 1 && block.steps.len() == 1;
    match active {
        Some(active) if until_the_end => {
            active.shown = Some((block, listening, Watch::default()));
        }
        _ => {
            let silent = block.steps[0].output.is_empty();
            outputs.insert(0, if silent { Vec::new() } else { vec![listening] });
            block.judge(&outputs, held_up, findings);
        }
    }
    Ok(())
}

/// Stops a server. If a block shows its output until the end, waits for the server to end by
/// itself.
fn finish(active: Option<ActiveServer<'_>>, folder: &Path, findings: &mut Findings) {
    let Some(ActiveServer { server, shown: Some((block, listening, watch)) }) = active else {
        return;
    };
    let collect_output = |exit: Exit| {
        let after = block.launch.as_ref().map_or("", |launch| &*launch.after);
        let status = exit.code().unwrap_or_default();
        let terminal = Terminal { client: "", server: None, folder };
        let after = terminal.run(&[&format!("(exit {status}); {after}")])?;
        let stderr = exit.stderr.lines().map(str::to_owned).collect();
        Ok([vec![listening], stderr, exit.stdout, after.concat()].concat())
    };
    match server.wait().and_then(collect_output) {
        Ok(output) => block.judge(&[output], watch.finish(), findings),
        Err(error) => {
            let fault = format!("the server did not end: {error}");
            findings.faults.push(block.page.fault(block.marker.start, &fault));
        }
    }
}

#[cfg(test)]
mod tests;
