//! Client and server on a core each: the one that uses all of its core is the bottleneck. If that
//! is the client, its figures describe itself, and it should report that.

use std::fs;
use std::io;
use std::process::Command;

use harness::process::cpu_seconds;
use harness::server::Server;
use serde_json::Value;

use super::super::client::{Client, Load};
use super::super::client_process::{ClientExit, ClientProcess};
use super::super::client_report::ClientReport;
use super::super::counters::OPEN;
use super::{Judgement, Misreport, Setup};
use harness::programs;

/// The share of a core from which it counts as fully used.
const FULL_MIN: f64 = 0.95;
/// The share of a core below which it counts as not fully used.
const SPARE_MAX: f64 = 0.85;

/// Words that mark a line about the client's own limit.
const WORDS: [&str; 5] = ["held back", "bottleneck", "saturat", "overload", "cpu"];

pub fn measure(setup: &Setup, client: Client) -> io::Result<Vec<Misreport>> {
    let Some((first, last)) = cores()? else {
        eprintln!("skipping {}: needs taskset and two cores", client.name());
        return Ok(Vec::new());
    };
    let pinned = ["taskset", "-c", &first, &setup.server];
    let server = Server::start_by(&pinned, &OPEN)?;
    let Setup { connections, seconds, .. } = *setup;
    let load = Load { url: &server.url(), connections, seconds, rate: None };
    let command = setup.clients.command(client, load);
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", &last]).arg(command.get_program()).args(command.get_args());
    let before = cpu_seconds(server.process_id())?;
    let exit = ClientProcess::start(pinned)?.wait(seconds, |_| {})?;
    let server_seconds = cpu_seconds(server.process_id())? - before;
    let report = ClientReport::parse(client, &exit)?;

    let elapsed = exit.elapsed.as_secs_f64();
    let (client_share, server_share) = (exit.cpu_seconds / elapsed, server_seconds / elapsed);
    let (said, reports_own_limit) = read_own_limit(client, &exit);
    let (judgement, verdict) = judge(client_share, server_share, reports_own_limit);
    Ok(vec![Misreport {
        about: "own limit",
        client,
        flags: &[],
        said: format!(
            "{:.0} requests/s; own limit: {said}",
            report.answers as f64 / report.seconds
        ),
        truth: format!(
            "the client used {:.0} % of its core, the server {:.0} %",
            client_share * 100.0,
            server_share * 100.0
        ),
        judgement,
        verdict: verdict.to_owned(),
    }])
}

/// Compares a report with the shares of a core that client and server used.
fn judge(client: f64, server: f64, reports_own_limit: bool) -> (Judgement, &'static str) {
    use Judgement::{Misreports, Right, Undecided};
    let by_client = client >= FULL_MIN && server < SPARE_MAX;
    let by_server = server >= FULL_MIN && client < SPARE_MAX;
    match (by_client, by_server, reports_own_limit) {
        (true, _, true) => (Right, "the client was the bottleneck, and reports it"),
        (true, _, false) => (Misreports, "the client was the bottleneck, and does not report it"),
        (_, true, false) => (Right, "the server was the bottleneck"),
        (_, true, true) => {
            (Misreports, "the server was the bottleneck, but the client reports itself")
        }
        // Other processes may have used the rest of both cores.
        _ => (Undecided, "neither was clearly the bottleneck"),
    }
}

/// Returns a client's lines about its own limit, and whether it reports that it was the bottleneck.
fn read_own_limit(client: Client, exit: &ClientExit) -> (String, bool) {
    let lines = exit.stdout.lines().chain(exit.stderr.lines()).map(str::trim);
    let about = lines.filter(|line| {
        let line = line.to_lowercase();
        !line.starts_with('{') && WORDS.iter().any(|word| line.contains(word))
    });
    let mut said: Vec<String> = about.map(str::to_owned).collect();
    let mut reports_own_limit = !said.is_empty();
    if client.is_ours() {
        let json: Value = serde_json::from_str(&exit.stdout).unwrap_or_default();
        let by = &json["limit"]["by"];
        reports_own_limit = by == "client";
        said.extend(by.as_str().map(|by| format!("limit.by is {by}")));
    }
    let said = if said.is_empty() { "not mentioned".to_owned() } else { said.join("; ") };
    (said, reports_own_limit)
}

/// Returns two cores, if this process may use two and taskset is installed.
fn cores() -> io::Result<Option<(String, String)>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let two = first_and_last(&status).filter(|(first, last)| first != last);
    Ok(two.filter(|_| programs::is_installed("taskset")))
}

/// Returns the first and the last core of a list such as `0-3,8`.
fn first_and_last(status: &str) -> Option<(String, String)> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?.trim();
    let mut cores = list.split([',', '-']);
    let first = cores.next()?;
    Some((first.to_owned(), cores.next_back().unwrap_or(first).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_among_the_allowed_ones() {
        let cores = |list: &str| {
            first_and_last(&format!("Name:\tx\nCpus_allowed_list:\t{list}\n")).unwrap()
        };
        assert_eq!(cores("0-3,8"), ("0".to_owned(), "8".to_owned()));
        assert_eq!(cores("5"), ("5".to_owned(), "5".to_owned()));
    }

    #[test]
    fn a_full_core_is_the_bottleneck() {
        let judge = |client, server, reports| judge(client, server, reports).0;
        assert_eq!(judge(0.99, 0.4, false), Judgement::Misreports);
        assert_eq!(judge(0.99, 0.4, true), Judgement::Right);
        assert_eq!(judge(0.6, 0.99, false), Judgement::Right);
        assert_eq!(judge(0.6, 0.99, true), Judgement::Misreports);
        assert_eq!(judge(0.99, 0.99, false), Judgement::Undecided);
        assert_eq!(judge(0.5, 0.5, false), Judgement::Undecided);
    }
}
