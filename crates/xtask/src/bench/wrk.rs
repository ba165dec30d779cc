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
}

pub fn is_installed() -> Result<(), String> {
    // It has no flag that ends well; what counts is that it starts.
    let trial = Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let missing = "the bench needs wrk: install the package `wrk` (apt-get install wrk)";
    trial.map(drop).map_err(|_| missing.to_owned())
}

pub fn run(
    script: &Path,
    address: SocketAddr,
    connections: u32,
    depth: u32,
    seconds: u32,
) -> io::Result<Outcome> {
    let mut wrk = Command::new("wrk");
    wrk.args([
        "-t2",
        "--timeout",
        "10s",
        &format!("-c{connections}"),
        &format!("-d{seconds}s"),
        "-s",
    ])
    .arg(script);
    wrk.args([&format!("http://{address}/"), "--", &depth.to_string()]);
    let output = wrk.stderr(Stdio::inherit()).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    let outcome = told.lines().last().and_then(|line| serde_json::from_str(line).ok());
    outcome.ok_or_else(|| io::Error::other(format!("wrk failed ({}): {told}", output.status)))
}
