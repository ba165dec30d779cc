//! A server that rejects nearly everything: some clients count rejections as successes.

use std::io;

use harness::server::Server;

use super::super::client::{Client, Load};
use super::super::client_process::ClientProcess;
use super::super::client_report::ClientReport;
use super::super::counters::{FULL, ServerCounters};
use super::{Misreport, Setup};

/// The least share of rejections for this situation.
const REJECTED_MIN: f64 = 0.99;

pub fn measure(setup: &Setup, client: Client) -> io::Result<Vec<Misreport>> {
    let server = Server::start(&setup.server, &FULL)?;
    let Setup { connections, seconds, .. } = *setup;
    let load = Load { url: &server.url(), connections, seconds, rate: None };
    let mut command = setup.clients.command(client, load);
    // Only the stress client supports expectations.
    let flags: &[&str] = if client.is_ours() { &["--expect", "rejected=0"] } else { &[] };
    command.args(flags);
    let exit = ClientProcess::start(command)?.wait(seconds, |_| {})?;
    let report = ClientReport::parse(client, &exit)?;
    let counters = ServerCounters::read_stable(&server)?;
    if (counters.rejected as f64) < counters.received as f64 * REJECTED_MIN {
        return Err(io::Error::other(format!("the queue was not full: {counters}")));
    }
    let (misreports, verdict) = judge(client, &report, &counters, exit.status.success());
    let status = exit.status.code().map_or("none".to_owned(), |code| code.to_string());
    Ok(vec![Misreport {
        about: "rejections",
        client,
        flags,
        said: format!("{}; exit status {status}", report.summary),
        truth: counters.to_string(),
        judgement: misreports.into(),
        verdict,
    }])
}

fn judge(
    client: Client,
    report: &ClientReport,
    counters: &ServerCounters,
    succeeded: bool,
) -> (bool, String) {
    let excess = report.successes.saturating_sub(counters.accepted);
    if excess > 0 {
        return (true, format!("counts {excess} rejections as successes"));
    }
    let (misreports, verdict) = match (client.is_ours(), report.agrees(counters), succeeded) {
        (false, ..) => (false, "lists rejections separately, by status"),
        (true, false, _) => (true, "counts differ from the server's"),
        (true, true, true) => (true, "exit status 0 despite a failed expectation"),
        (true, true, false) => (false, "counts equal the server's, and the expectation failed"),
    };
    (misreports, verdict.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_are_no_successes_and_the_stress_client_is_exact() {
        let counters = ServerCounters { received: 100, accepted: 2, rejected: 98 };
        let judge = |client, answers, successes, succeeded| {
            let report = ClientReport { answers, successes, ..ClientReport::default() };
            judge(client, &report, &counters, succeeded).0
        };
        assert!(judge(Client::Oha, 100, 100, true) && !judge(Client::Hey, 90, 2, true));
        assert!(!judge(Client::Ours, 100, 2, false));
        assert!(judge(Client::Ours, 99, 2, false) && judge(Client::Ours, 100, 2, true));
    }
}
