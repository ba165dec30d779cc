//! A client on a core of its own, as is the server: whichever has none of its core left held the run
//! back. If that was the client, its figures are about itself; who says so?

use std::fs;
use std::io;
use std::process::Command;

use harness::process::cpu_seconds;
use harness::server::Server;
use serde_json::Value;

use super::super::client::{Client, Load};
use super::super::running::{Ended, Running};
use super::super::server::OPEN;
use super::super::told::Told;
use super::{Judgement, Misreport, Stand};
use harness::programs;

/// A core of which this share is taken has nothing left.
const FULL: f64 = 0.95;
/// And one with less than this has something.
const SPARE: f64 = 0.85;

/// Words that a line about it would have one of.
const WORDS: [&str; 5] = ["held back", "bottleneck", "saturat", "overload", "cpu"];

pub fn bring(stand: &Stand, client: Client) -> io::Result<Vec<Misreport>> {
    let Some((first, last)) = cores()? else {
        eprintln!("{} is left out: this needs taskset and two cores", client.name());
        return Ok(Vec::new());
    };
    let pinned = ["taskset", "-c", &first, &stand.server];
    let server = Server::start_by(&pinned, &OPEN)?;
    let Stand { connections, seconds, .. } = *stand;
    let load = Load { url: &server.url(), connections, seconds, rate: None };
    let command = stand.clients.command(client, load);
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", &last]).arg(command.get_program()).args(command.get_args());
    let before = cpu_seconds(server.process_id())?;
    let ended = Running::start(pinned)?.end(seconds, |_| {})?;
    let server_seconds = cpu_seconds(server.process_id())? - before;
    let told = Told::read(client, &ended)?;

    let elapsed = ended.elapsed.as_secs_f64();
    let (own, servers) = (ended.cpu_seconds / elapsed, server_seconds / elapsed);
    let (said, blames_itself) = about_itself(client, &ended);
    let (judgement, verdict) = judge(own, servers, blames_itself);
    Ok(vec![Misreport {
        about: "own limit",
        client,
        flags: &[],
        said: format!(
            "{:.0} requests a second; of itself: {said}",
            told.answers as f64 / told.seconds
        ),
        truth: format!(
            "the client took {:.0} % of its core, the server {:.0} % of its own",
            own * 100.0,
            servers * 100.0
        ),
        judgement,
        verdict: verdict.to_owned(),
    }])
}

/// Whoever has left something of its core was waiting for the other.
fn judge(own: f64, servers: f64, blames_itself: bool) -> (Judgement, &'static str) {
    use Judgement::{Misreports, Right, Undecided};
    let (by_client, by_server) = (own >= FULL && servers < SPARE, servers >= FULL && own < SPARE);
    match (by_client, by_server, blames_itself) {
        (true, _, true) => (Right, "it held the run back, and says so"),
        (true, _, false) => (Misreports, "it held the run back, and does not say so"),
        (_, true, false) => (Right, "the server held the run back"),
        (_, true, true) => (Misreports, "the server held the run back, and it blames itself"),
        // On a machine that does other things as well, those may have had the rest of both cores.
        _ => (Undecided, "neither clearly held the run back"),
    }
}

/// What a client says of its own part in the figures, and whether it blames itself.
fn about_itself(client: Client, ended: &Ended) -> (String, bool) {
    let lines = ended.stdout.lines().chain(ended.stderr.lines()).map(str::trim);
    let about = lines.filter(|line| {
        let line = line.to_lowercase();
        !line.starts_with('{') && WORDS.iter().any(|word| line.contains(word))
    });
    let mut said: Vec<String> = about.map(str::to_owned).collect();
    let mut blames_itself = !said.is_empty();
    if client.is_ours() {
        let json: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let by = &json["limit"]["by"];
        blames_itself = by == "client";
        said.extend(by.as_str().map(|by| format!("limit.by is {by}")));
    }
    match said.is_empty() {
        true => ("nothing".to_owned(), blames_itself),
        false => (said.join("; "), blames_itself),
    }
}

/// Two cores, if this process may use as many and can give them away.
fn cores() -> io::Result<Option<(String, String)>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let two = ends(&status).filter(|(first, last)| first != last);
    Ok(two.filter(|_| programs::is_installed("taskset")))
}

/// The first and the last core of a list such as `0-3,8`.
fn ends(status: &str) -> Option<(String, String)> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?.trim();
    let mut cores = list.split([',', '-']);
    let first = cores.next()?;
    Some((first.to_owned(), cores.next_back().unwrap_or(first).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cores_are_those_that_are_allowed() {
        let of = |list: &str| ends(&format!("Name:\tx\nCpus_allowed_list:\t{list}\n")).unwrap();
        assert_eq!(of("0-3,8"), ("0".to_owned(), "8".to_owned()));
        assert_eq!(of("5"), ("5".to_owned(), "5".to_owned()));
    }

    #[test]
    fn whoever_has_nothing_left_held_the_run_back() {
        let judge = |own, servers, says| judge(own, servers, says).0;
        assert_eq!(judge(0.99, 0.4, false), Judgement::Misreports);
        assert_eq!(judge(0.99, 0.4, true), Judgement::Right);
        assert_eq!(judge(0.6, 0.99, false), Judgement::Right);
        assert_eq!(judge(0.6, 0.99, true), Judgement::Misreports);
        assert_eq!(judge(0.99, 0.99, false), Judgement::Undecided);
        assert_eq!(judge(0.5, 0.5, false), Judgement::Undecided);
    }
}
