//! Measures the stress client beside other load generators, and shows what those do not tell.
//!
//! One server, stage 10, fresh for every run. The clients take turns, and what is reported is the
//! ratio of runs that were neighbours. What they say is held against the server's own counters: what
//! others get wrong is told, and the stress client must get nothing wrong.

mod client;
mod memory;
mod misreports;
mod report;
mod running;
mod server;
mod speed;
mod told;

use std::path::{Path, PathBuf};
use std::{fs, io, thread};

use serde::Serialize;

use client::{Client, Clients};
use memory::Memory;
use misreports::Misreport;
use speed::Run;

/// Measures the stress client beside other load generators, and shows what those do not tell
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How often every client takes its turn
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each of these runs lasts
    #[arg(long, value_name = "N", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Connections of each client
    #[arg(long, value_name = "N", default_value_t = 200)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Only the clients whose name contains this, such as `stress`
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Only how fast they are, not what they misreport
    #[arg(long, conflicts_with = "misreports")]
    speed: bool,
    /// Only what they misreport, not how fast they are
    #[arg(long)]
    misreports: bool,
    /// The stress client's memory as well, in a run of a million requests and one of ten million
    #[arg(long)]
    memory: bool,
    /// File for every single figure, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
struct Figures {
    schema: u32,
    cores: usize,
    seconds: u32,
    connections: u32,
    runs: Vec<Run>,
    memory: Vec<Memory>,
    misreports: Vec<Misreport>,
}

/// What every run is about.
#[derive(Debug)]
pub struct Stand {
    clients: Clients,
    /// Those that take part, in the order of their turns.
    turns: Vec<Client>,
    /// The binary of stage 10.
    server: String,
    connections: u32,
    seconds: u32,
}

/// Measures, prints tables, and says where the stress client was wrong.
pub fn run(repository: &Path, options: &Options) -> Vec<String> {
    match measure(repository, options) {
        Ok(faults) => faults,
        Err(error) => vec![error],
    }
}

fn measure(repository: &Path, options: &Options) -> Result<Vec<String>, String> {
    if !Path::new("/proc/self/stat").exists() {
        return Err("the bench reads /proc, which is Linux's alone".to_owned());
    }
    // Before anything is built, which takes longer.
    let turns = Client::installed(&options.only)?;
    let (clients, server) = Clients::build(repository)?;
    if turns.is_empty() {
        return Err("there is nothing left to measure".to_owned());
    }
    let Options { connections, seconds, .. } = *options;
    let stand = Stand { clients, turns, server, connections, seconds };
    let mut figures = Figures {
        schema: 1,
        cores: thread::available_parallelism().map_or(0, usize::from),
        seconds,
        connections,
        runs: Vec::new(),
        memory: Vec::new(),
        misreports: Vec::new(),
    };
    if !options.misreports {
        figures.runs = speed::measure(&stand, options.rounds)?;
        print!("{}", report::speed(&figures, &stand.turns));
    }
    if options.memory {
        figures.memory = memory::measure(&stand)?;
        print!("{}", report::memory(&figures.memory));
    }
    if !options.speed {
        figures.misreports = misreports::measure(&stand)?;
    }
    if let Some(file) = &options.json {
        let json = serde_json::to_vec(&figures).map_err(|error| error.to_string())?;
        fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let faults = figures.runs.iter().filter_map(Run::fault);
    Ok(faults.chain(figures.misreports.iter().filter_map(Misreport::fault)).collect())
}

/// An error, with the client that it happened to.
fn of(client: Client) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{}: {error}", client.name())
}
