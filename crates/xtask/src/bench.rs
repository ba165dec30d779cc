//! Compares stage 10 with servers that do the same work, each with one thread for its connections:
//! hyper, axum, and a loop that parses nothing, which is the upper limit.
//!
//! Background load changes all rates together, so the servers take turns and the report has the
//! ratios of neighbouring runs.

mod memory;
mod report;
mod run;

use std::path::{Path, PathBuf};
use std::{fs, io, thread};

use serde::Serialize;

use crate::wrk;
use harness::programs::{self, Built};
use memory::Memory;
use run::Run;

/// The servers, in the order of their turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Server {
    Static,
    Hyper,
    Axum,
    Stage10,
}

const SERVERS: [Server; 4] = [Server::Static, Server::Hyper, Server::Axum, Server::Stage10];

/// A load to run against every server.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Load {
    name: &'static str,
    connections: u32,
    /// The number of pipelined requests on each connection.
    depth: u32,
    /// Workers never finish a job, so that the queue is full and every event is rejected.
    full: bool,
    /// Overrides the number of workers of the command line.
    workers: Option<u16>,
}

const KEEP_ALIVE: Load =
    Load { name: "64 connections", connections: 64, depth: 1, full: false, workers: None };
const LOADS: [Load; 5] = [
    KEEP_ALIVE,
    Load { name: "256 connections", connections: 256, ..KEEP_ALIVE },
    Load { name: "16 deep", depth: 16, ..KEEP_ALIVE },
    Load { name: "queue full", connections: 256, full: true, ..KEEP_ALIVE },
    Load { name: "16 workers, 16 deep", depth: 16, workers: Some(16), ..KEEP_ALIVE },
];

/// Compare stage 10 with other servers that do the same work (needs wrk; Linux only)
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Runs of each server under each load
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Duration of each run in seconds
    #[arg(long, value_name = "N", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Workers of each server. Several workers hand the receiver on for every job, which costs more
    /// than a job without work or hold
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// Idle connections for the memory measurement; 0 skips it
    #[arg(long, value_name = "N", default_value_t = 2000)]
    idle: u32,
    /// Run only loads whose name contains this text, such as `64`
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    only: String,
    /// Write all figures as JSON to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Figures {
    schema: u32,
    cores: usize,
    seconds: u32,
    workers: u16,
    runs: Vec<Run>,
    memory: Vec<Memory>,
}

/// Builds the servers, measures them and prints tables.
///
/// # Errors
/// When wrk or /proc is missing, a server fails, or its counters do not match the client's.
pub fn run(repository: &Path, options: &Options) -> Result<(), String> {
    if !Path::new("/proc/self/smaps_rollup").exists() {
        return Err("the benchmark needs /proc, so it runs on Linux only".to_owned());
    }
    if !programs::is_installed("wrk") {
        return Err("the benchmark needs wrk: apt-get install wrk".to_owned());
    }
    let binaries = build(repository)?;
    let binary = |server: Server| binaries[server as usize].as_str();
    let script = repository.join("benches/load.lua");
    let mut figures = Figures {
        schema: 1,
        cores: thread::available_parallelism().map_or(0, usize::from),
        seconds: options.seconds,
        workers: options.workers,
        runs: Vec::new(),
        memory: Vec::new(),
    };
    for load in LOADS.iter().filter(|load| load.name.contains(&options.only)) {
        for round in 1..=options.rounds {
            for server in SERVERS {
                let workers = load.workers.unwrap_or(options.workers);
                let run = Run::measure(server, binary(server), load, workers, |address| {
                    wrk::run(&script, address, load.connections, load.depth, options.seconds)
                });
                let run = run.map_err(|error| format!("{server:?}, {}: {error}", load.name))?;
                eprintln!("{} {round}/{}: {run}", load.name, options.rounds);
                figures.runs.push(run);
            }
        }
    }
    if figures.runs.is_empty() {
        return Err(format!("no load's name contains `{}`", options.only));
    }
    if options.idle > 0 {
        for server in SERVERS {
            let memory = Memory::measure(server, binary(server), options.idle);
            figures.memory.push(memory.map_err(|error| format!("{server:?}: {error}"))?);
        }
    }
    print!("{}", report::tables(&figures));
    if let Some(file) = &options.json {
        let json = serde_json::to_vec(&figures).map_err(|error| error.to_string())?;
        fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

impl Server {
    /// Returns the name of the binary.
    fn name(self) -> &'static str {
        match self {
            Server::Static => "static_loop",
            Server::Hyper => "hyper",
            Server::Axum => "axum",
            Server::Stage10 => "stage10",
        }
    }

    /// Starts the server; with `full`, its workers never finish a job.
    fn start(self, binary: &str, workers: u16, full: bool) -> io::Result<harness::server::Server> {
        // Long enough that no event is rejected while a worker is preempted.
        let queue = if full { "1" } else { "100000" };
        let workers = if full { 1 } else { workers }.to_string();
        let mut arguments = vec!["--queue", queue, "--workers", &workers];
        match self {
            Server::Stage10 if full => arguments.extend(["--work", "1h", "--hold", "0s"]),
            Server::Stage10 => arguments.extend(["--work", "0s", "--hold", "0s"]),
            _ if full => arguments[3] = "0",
            _ => {}
        }
        harness::server::Server::start(binary, &arguments)
    }
}

/// Builds every server for release and returns the paths.
fn build(repository: &Path) -> Result<Vec<String>, String> {
    let mut built = Built::default();
    built.add(repository, &["build", "--release", "--package", "stage10"])?;
    let peers = SERVERS.iter().filter(|server| **server != Server::Stage10);
    let binaries: Vec<&str> = peers.flat_map(|server| ["--bin", server.name()]).collect();
    let arguments = [&["build", "--release"], &binaries[..]].concat();
    built.add(&repository.join("benches/peers"), &arguments)?;
    SERVERS.into_iter().map(|server| built.find(server.name())).collect()
}
