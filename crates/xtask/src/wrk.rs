//! Runs the load generator wrk, with two threads in closed loop.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

/// The last line of output of `benches/load.lua`.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// Responses received.
    pub requests: u64,
    pub microseconds: u64,
    /// Responses with a status from 400 on, which are the rejections.
    pub not_2xx: u64,
    /// Requests without a response.
    pub errors: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub max_us: u64,
}

/// Runs the load of the script against a server.
pub fn run(
    script: &Path,
    address: SocketAddr,
    connections: u32,
    depth: u32,
    seconds: u32,
) -> io::Result<Outcome> {
    let mut wrk = command(connections, seconds, script);
    wrk.args([&format!("http://{address}/"), "--", &depth.to_string()]);
    let output = wrk.stderr(Stdio::inherit()).output()?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let failed = || io::Error::other(format!("wrk failed ({}): {stdout}", output.status));
    parse_outcome(&stdout).ok_or_else(failed)
}

/// Returns the command without the URL and the script's arguments.
pub fn command(connections: u32, seconds: u32, script: &Path) -> Command {
    let mut wrk = Command::new("wrk");
    let (connections, seconds) = (format!("-c{connections}"), format!("-d{seconds}s"));
    wrk.args(["-t2", "--timeout", "10s", &connections, &seconds, "-s"]).arg(script);
    wrk
}

/// Parses the output of the script.
pub fn parse_outcome(stdout: &str) -> Option<Outcome> {
    serde_json::from_str(stdout.lines().last()?).ok()
}
