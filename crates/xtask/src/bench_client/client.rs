//! The load generators, and the command lines that give them the same load.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Serialize, Serializer};

use crate::wrk;
use harness::programs::{self, Built};

/// The event that they send; the stress client and the naive client vary the user instead.
const EVENT: &str = include_str!("../../../../benches/event.json");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Wrk,
    Oha,
    Hey,
    Ab,
    Naive,
    /// The stress client with its default engine.
    Ours,
    /// The stress client with `--engine raw`.
    OursRaw,
}

/// All clients, in the order of their turns.
const CLIENTS: [Client; 7] = [
    Client::Wrk,
    Client::Oha,
    Client::Hey,
    Client::Ab,
    Client::Naive,
    Client::Ours,
    Client::OursRaw,
];

/// The load that a client generates.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    pub url: &'a str,
    pub connections: u32,
    pub seconds: u32,
    /// Requests per second; `None` for a closed loop.
    pub rate: Option<u32>,
}

/// The paths of the clients and their input files.
#[derive(Debug)]
pub struct Clients {
    script: PathBuf,
    body: PathBuf,
    naive: String,
    ours: String,
}

impl Client {
    pub fn name(self) -> &'static str {
        match self {
            Client::Wrk => "wrk",
            Client::Oha => "oha",
            Client::Hey => "hey",
            Client::Ab => "ab",
            Client::Naive => "naive-reqwest",
            Client::Ours => "stress-client",
            Client::OursRaw => "stress-client --engine raw",
        }
    }

    pub fn is_ours(self) -> bool {
        matches!(self, Client::Ours | Client::OursRaw)
    }

    /// Returns true if the client can send at a fixed rate.
    pub fn supports_rate(self) -> bool {
        !matches!(self, Client::Wrk | Client::Ab | Client::Naive)
    }

    /// Returns the installed clients whose name contains `only`, and prints the others.
    pub fn installed(only: &str) -> Result<Vec<Client>, String> {
        let mut clients: Vec<Client> = CLIENTS.into();
        clients.retain(|client| client.name().contains(only));
        if clients.is_empty() {
            return Err(format!("no client's name contains `{only}`"));
        }
        clients.retain(|client| {
            let Some(command) = client.install_command() else { return true };
            let is_installed = programs::is_installed(client.name());
            if !is_installed {
                eprintln!("skipping {}, which is not installed: {command}", client.name());
            }
            is_installed
        });
        Ok(clients)
    }

    /// Returns the command that installs the client, unless it comes with the project.
    fn install_command(self) -> Option<&'static str> {
        match self {
            Client::Wrk => Some("apt-get install wrk"),
            Client::Oha => Some("cargo install oha"),
            Client::Hey => Some("apt-get install hey"),
            Client::Ab => Some("apt-get install apache2-utils"),
            Client::Naive | Client::Ours | Client::OursRaw => None,
        }
    }
}

impl Serialize for Client {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl Clients {
    /// Builds the project's clients, and stage 10, and returns them in that order.
    pub fn build(repository: &Path) -> Result<(Clients, String), String> {
        let mut built = Built::default();
        built.add(repository, &["build", "--release", "--package", "stage10"])?;
        // The optimisation level of the other clients' releases.
        let dist = ["build", "--profile", "dist"];
        built.add(repository, &[&dist[..], &["--package", "stress-client"]].concat())?;
        let naive = [&dist[..], &["--bin", "naive_reqwest"]].concat();
        built.add(&repository.join("benches/peers"), &naive)?;
        let clients = Clients {
            script: repository.join("benches/load.lua"),
            body: repository.join("benches/event.json"),
            naive: built.find("naive_reqwest")?,
            ours: built.find("stress-client")?,
        };
        Ok((clients, built.find("stage10")?))
    }

    /// Returns the command that runs a load against a server; flags may be appended.
    pub fn command(&self, client: Client, load: Load<'_>) -> Command {
        let Load { url, connections, seconds, rate } = load;
        let connections_text = connections.to_string();
        let duration = format!("{seconds}s");
        let mut command = match client {
            Client::Wrk => wrk::command(connections, seconds, &self.script),
            Client::Naive => Command::new(&self.naive),
            Client::Ours | Client::OursRaw => Command::new(&self.ours),
            Client::Oha | Client::Hey | Client::Ab => Command::new(client.name()),
        };
        match client {
            Client::Wrk => {
                command.arg(format!("{url}/")).args(["--", "1", EVENT]);
            }
            Client::Oha => {
                command.args(["--no-tui", "--output-format", "json", "-m", "POST", "-D"]);
                command.arg(&self.body).args(["-T", "application/json", "-z", &duration]);
                command.args(["-c", &connections_text]).args(rate.map(|rate| format!("-q{rate}")));
                command.arg(format!("{url}/"));
            }
            Client::Hey => {
                command.args(["-m", "POST", "-D"]).arg(&self.body);
                command.args(["-T", "application/json", "-z", &duration, "-c", &connections_text]);
                // hey takes the rate of each connection.
                let rate =
                    rate.map(|rate| format!("-q={}", f64::from(rate) / f64::from(connections)));
                command.args(rate).arg(format!("{url}/"));
            }
            Client::Ab => {
                // -t implies a low -n, so a number out of reach follows it. Responses differ in
                // length (-l): accepted and rejected.
                let requests = (u64::from(seconds) * 1_000_000).to_string();
                command.args([
                    "-k",
                    "-l",
                    "-q",
                    "-c",
                    &connections_text,
                    "-t",
                    &seconds.to_string(),
                    "-n",
                    &requests,
                ]);
                command.arg("-p").arg(&self.body).args(["-T", "application/json"]);
                command.arg(format!("{url}/"));
            }
            Client::Naive => {
                let seconds = seconds.to_string();
                command.args([
                    "--url",
                    url,
                    "--connections",
                    &connections_text,
                    "--seconds",
                    &seconds,
                ]);
            }
            Client::Ours | Client::OursRaw => {
                command.args([
                    "run",
                    "--url",
                    url,
                    "--concurrency",
                    &connections_text,
                    "--json",
                    "-",
                ]);
                command.args(["--duration", &duration]);
                command.args(rate.into_iter().flat_map(|rate| ["--rate".into(), rate.to_string()]));
                command.args(self.engine(client));
            }
        }
        command
    }

    /// Returns the stress client's command for a number of requests.
    pub fn ours(&self, client: Client, url: &str, connections: u32, requests: u64) -> Command {
        let mut command = Command::new(&self.ours);
        command.args(["run", "--url", url, "--concurrency", &connections.to_string()]);
        command.args(["--requests", &requests.to_string(), "--json", "-"]);
        command.args(self.engine(client));
        command
    }

    fn engine(&self, client: Client) -> &'static [&'static str] {
        match client {
            Client::OursRaw => &["--engine", "raw"],
            _ => &[],
        }
    }
}
