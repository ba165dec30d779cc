//! Compares the stress client with other load generators: speed, and the accuracy of their reports.
//!
//! Every run has a fresh server, stage 10. The clients take turns, and the report has the ratios of
//! neighbouring runs. Reports are compared with the server's counters; an error of the stress
//! client is a fault.

mod client;
mod client_process;
mod client_report;
mod counters;
mod memory;
mod misreports;
mod report;
mod speed;

use std::path::{Path, PathBuf};
use std::{fs, io, thread};

use serde::Serialize;

use client::{Client, Clients};
use memory::Memory;
use misreports::Misreport;
use speed::Run;

/// Compare the stress client with other load generators: speed, and accuracy of the reports (Linux
/// only)
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Runs of each client
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Duration of each run in seconds
    #[arg(long, value_name = "N", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Connections of each client
    #[arg(long, value_name = "N", default_value_t = 200)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Run only clients whose name contains this text, such as `stress`
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    only: String,
    /// Measure only speed
    #[arg(long, conflicts_with = "misreports")]
    speed: bool,
    /// Check only the accuracy of the reports
    #[arg(long)]
    misreports: bool,
    /// Also measure the stress client's memory, in runs of one million and ten million requests
    #[arg(long)]
    memory: bool,
    /// Write all figures as JSON to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

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

/// The programs and parameters of all runs.
#[derive(Debug)]
pub struct Setup {
    clients: Clients,
    /// The clients to measure, in the order of their turns.
    turns: Vec<Client>,
    /// The path of stage 10's binary.
    server: String,
    connections: u32,
    seconds: u32,
}

/// Measures, prints tables, and returns the errors of the stress client.
pub fn run(repository: &Path, options: &Options) -> Vec<String> {
    match measure(repository, options) {
        Ok(faults) => faults,
        Err(error) => vec![error],
    }
}

fn measure(repository: &Path, options: &Options) -> Result<Vec<String>, String> {
    if !Path::new("/proc/self/stat").exists() {
        return Err("the benchmark needs /proc, so it runs on Linux only".to_owned());
    }
    // Before the build, which takes longer.
    let turns = Client::installed(&options.only)?;
    let (clients, server) = Clients::build(repository)?;
    if turns.is_empty() {
        return Err("no client to measure".to_owned());
    }
    let Options { connections, seconds, .. } = *options;
    let setup = Setup { clients, turns, server, connections, seconds };
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
        figures.runs = speed::measure(&setup, options.rounds)?;
        print!("{}", report::speed(&figures, &setup.turns));
    }
    if options.memory {
        figures.memory = memory::measure(&setup)?;
        print!("{}", report::memory(&figures.memory));
    }
    if !options.speed {
        figures.misreports = misreports::measure(&setup)?;
    }
    if let Some(file) = &options.json {
        let json = serde_json::to_vec(&figures).map_err(|error| error.to_string())?;
        fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let faults = figures.runs.iter().filter_map(Run::fault);
    Ok(faults.chain(figures.misreports.iter().filter_map(Misreport::fault)).collect())
}

/// Adds the name of the client to an error.
fn with_client(client: Client) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{}: {error}", client.name())
}
