//! The load generators, and how each of them is told to send the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Serialize, Serializer};

use crate::wrk;
use harness::programs::{self, Built};

/// What they all send; the stress client and the naive one count their users up instead.
const EVENT: &str = include_str!("../../../../benches/event.json");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Wrk,
    Oha,
    Hey,
    Ab,
    Naive,
    Ours,
    /// The same with its other engine.
    OursHyper,
}

/// In the order in which they take turns.
const CLIENTS: [Client; 7] = [
    Client::Wrk,
    Client::Oha,
    Client::Hey,
    Client::Ab,
    Client::Naive,
    Client::Ours,
    Client::OursHyper,
];

/// What a client is to do.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    pub url: &'a str,
    pub connections: u32,
    pub seconds: u32,
    /// Requests a second; without it, and with the clients that cannot, as fast as answers come.
    pub rate: Option<u32>,
}

/// Where the clients are.
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
            Client::OursHyper => "stress-client --engine hyper",
        }
    }

    pub fn is_ours(self) -> bool {
        matches!(self, Client::Ours | Client::OursHyper)
    }

    /// Whether it can be told a rate.
    pub fn keeps_rate(self) -> bool {
        !matches!(self, Client::Wrk | Client::Ab | Client::Naive)
    }

    /// Those that are to be had, of those whose name contains this; the others are told.
    pub fn installed(only: &str) -> Result<Vec<Client>, String> {
        let mut clients: Vec<Client> = CLIENTS.into();
        clients.retain(|client| client.name().contains(only));
        if clients.is_empty() {
            return Err(format!("no client's name contains `{only}`"));
        }
        clients.retain(|client| {
            let Some(package) = client.package() else { return true };
            let is_installed = programs::is_installed(client.name());
            if !is_installed {
                eprintln!("{} is not installed and left out: {package}", client.name());
            }
            is_installed
        });
        Ok(clients)
    }

    /// How to install it, if it does not come with the project.
    fn package(self) -> Option<&'static str> {
        match self {
            Client::Wrk => Some("apt-get install wrk"),
            Client::Oha => Some("cargo install oha"),
            Client::Hey => Some("apt-get install hey"),
            Client::Ab => Some("apt-get install apache2-utils"),
            Client::Naive | Client::Ours | Client::OursHyper => None,
        }
    }
}

impl Serialize for Client {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl Clients {
    /// Builds what comes with the project, and stage 10, whose binary comes second.
    pub fn build(repository: &Path) -> Result<(Clients, String), String> {
        let mut built = Built::default();
        built.add(repository, &["build", "--release", "--package", "stage10"])?;
        // As the other clients were built by those who ship them.
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

    /// The command that puts a load on a server, to which flags may be added.
    pub fn command(&self, client: Client, load: Load<'_>) -> Command {
        let Load { url, connections, seconds, rate } = load;
        let all = connections.to_string();
        let lasting = format!("{seconds}s");
        let mut command = match client {
            Client::Wrk => wrk::command(connections, seconds, &self.script),
            Client::Naive => Command::new(&self.naive),
            Client::Ours | Client::OursHyper => Command::new(&self.ours),
            Client::Oha | Client::Hey | Client::Ab => Command::new(client.name()),
        };
        match client {
            Client::Wrk => {
                command.arg(format!("{url}/")).args(["--", "1", EVENT]);
            }
            Client::Oha => {
                command.args(["--no-tui", "--output-format", "json", "-m", "POST", "-D"]);
                command.arg(&self.body).args(["-T", "application/json", "-z", &lasting]);
                command.args(["-c", &all]).args(rate.map(|rate| format!("-q{rate}")));
                command.arg(format!("{url}/"));
            }
            Client::Hey => {
                command.args(["-m", "POST", "-D"]).arg(&self.body);
                command.args(["-T", "application/json", "-z", &lasting, "-c", &all]);
                // Its rate is that of each connection.
                let each =
                    rate.map(|rate| format!("-q={}", f64::from(rate) / f64::from(connections)));
                command.args(each).arg(format!("{url}/"));
            }
            Client::Ab => {
                // The time brings a number of its own, so ours comes after it, and is out of reach.
                // Answers may differ in length (-l), as accepted and rejected do.
                let most = (u64::from(seconds) * 1_000_000).to_string();
                command.args([
                    "-k",
                    "-l",
                    "-q",
                    "-c",
                    &all,
                    "-t",
                    &seconds.to_string(),
                    "-n",
                    &most,
                ]);
                command.arg("-p").arg(&self.body).args(["-T", "application/json"]);
                command.arg(format!("{url}/"));
            }
            Client::Naive => {
                let seconds = seconds.to_string();
                command.args(["--url", url, "--connections", &all, "--seconds", &seconds]);
            }
            Client::Ours | Client::OursHyper => {
                command.args(["run", "--url", url, "--concurrency", &all, "--json", "-"]);
                command.args(["--duration", &lasting]);
                command.args(rate.into_iter().flat_map(|rate| ["--rate".into(), rate.to_string()]));
                command.args(self.engine(client));
            }
        }
        command
    }

    /// The stress client with a number of requests instead of a time.
    pub fn ours(&self, client: Client, url: &str, connections: u32, requests: u64) -> Command {
        let mut command = Command::new(&self.ours);
        command.args(["run", "--url", url, "--concurrency", &connections.to_string()]);
        command.args(["--requests", &requests.to_string(), "--json", "-"]);
        command.args(self.engine(client));
        command
    }

    fn engine(&self, client: Client) -> &'static [&'static str] {
        match client {
            Client::OursHyper => &["--engine", "hyper"],
            _ => &[],
        }
    }
}
