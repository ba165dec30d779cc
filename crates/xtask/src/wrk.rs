//! wrk, the load generator: two threads that send as fast as they are answered.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

/// What the last line of `benches/load.lua` says.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// Answers that came.
    pub requests: u64,
    pub microseconds: u64,
    /// Answers with a status from 400 on; here, the rejections.
    pub not_2xx: u64,
    /// Requests without an answer.
    pub errors: u64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub max_us: u64,
}

/// Puts the load of the script on a server, to the end.
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
    let told = String::from_utf8_lossy(&output.stdout);
    let failed = || io::Error::other(format!("wrk failed ({}): {told}", output.status));
    outcome(&told).ok_or_else(failed)
}

/// The load, still without the URL and what the script is told.
pub fn command(connections: u32, seconds: u32, script: &Path) -> Command {
    let mut wrk = Command::new("wrk");
    let (connections, seconds) = (format!("-c{connections}"), format!("-d{seconds}s"));
    wrk.args(["-t2", "--timeout", "10s", &connections, &seconds, "-s"]).arg(script);
    wrk
}

/// What came of it.
pub fn outcome(told: &str) -> Option<Outcome> {
    serde_json::from_str(told.lines().last()?).ok()
}
