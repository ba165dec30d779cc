//! The end of a run, when every connection has a request in flight: some clients do not report
//! those.

use std::io;

use harness::server::Server;

use super::super::client::{Client, Load};
use super::super::client_process::ClientProcess;
use super::super::client_report::ClientReport;
use super::super::counters::{OPEN, ServerCounters};
use super::{Misreport, Setup};

pub fn measure(setup: &Setup, client: Client) -> io::Result<Vec<Misreport>> {
    let server = Server::start(&setup.server, &OPEN)?;
    let Setup { connections, seconds, .. } = *setup;
    let load = Load { url: &server.url(), connections, seconds, rate: None };
    let exit = ClientProcess::start(setup.clients.command(client, load))?.wait(seconds, |_| {})?;
    let report = ClientReport::parse(client, &exit)?;
    let counters = ServerCounters::read_stable(&server)?;
    let (misreports, verdict) = judge(client, &report, &counters);
    Ok(vec![Misreport {
        about: "last requests",
        client,
        flags: &[],
        said: report.summary,
        truth: counters.to_string(),
        judgement: misreports.into(),
        verdict,
    }])
}

fn judge(client: Client, report: &ClientReport, counters: &ServerCounters) -> (bool, String) {
    if report.agrees(counters) {
        return (false, "counts equal the server's".to_owned());
    }
    if client.is_ours() {
        return (true, "counts differ from the server's".to_owned());
    }
    let ClientReport { answers, unanswered, .. } = *report;
    if answers > counters.received {
        let excess = answers - counters.received;
        return (true, format!("{excess} more responses than requests"));
    }
    let missing = counters.received - answers;
    // The server may have received any number of the requests that the client gave up.
    match missing.checked_sub(unanswered) {
        Some(silent @ 1..) => (true, format!("{silent} requests received but not reported")),
        _ => (false, format!("{missing} requests received, and reported as unanswered")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_reported_as_unanswered_are_no_misreport() {
        let counters = ServerCounters { received: 100, accepted: 100, rejected: 0 };
        let judge = |answers, unanswered| {
            let report =
                ClientReport { answers, successes: answers, unanswered, ..ClientReport::default() };
            judge(Client::Oha, &report, &counters).0
        };
        assert!(!judge(100, 0) && !judge(98, 2) && !judge(98, 3));
        assert!(judge(98, 1) && judge(101, 0));
    }
}
