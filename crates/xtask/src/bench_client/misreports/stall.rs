//! A server that is stopped for a second during a run. A closed-loop client sends hardly any
//! requests in that second, and so its latencies hardly show it (coordinated omission).

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use harness::server::{Server, Signal};

use super::super::client::{Client, Load};
use super::super::client_process::ClientProcess;
use super::super::client_report::ClientReport;
use super::super::counters::OPEN;
use super::{Misreport, Setup};

const SECONDS: u32 = 4;
/// Few enough that one request per connection is less than 1 % of all.
const CONNECTIONS: u32 = 20;
const RATE: u32 = 1000;
const BEFORE: Duration = Duration::from_millis(1500);
const STALL: Duration = Duration::from_secs(1);

/// The least share of the true percentile that counts as shown.
const SHOWN_MIN: f64 = 0.5;
/// The same for the stress client.
const SHOWN_MIN_OURS: f64 = 0.9;

pub fn measure(setup: &Setup, client: Client) -> io::Result<Vec<Misreport>> {
    let mut found = vec![measure_with(setup, client, &[])?];
    if client == Client::Oha {
        found.push(measure_with(setup, client, &["--latency-correction"])?);
    }
    Ok(found)
}

fn measure_with(
    setup: &Setup,
    client: Client,
    flags: &'static [&'static str],
) -> io::Result<Misreport> {
    let server = Server::start(&setup.server, &OPEN)?;
    let rate = client.supports_rate().then_some(RATE);
    let url = server.url();
    let load = Load { url: &url, connections: CONNECTIONS, seconds: SECONDS, rate };
    let mut command = setup.clients.command(client, load);
    command.args(flags);
    let process = ClientProcess::start(command)?;
    thread::sleep(BEFORE);
    let begin = Instant::now();
    server.signal(Signal::Stop);
    thread::sleep(STALL);
    server.signal(Signal::Continue);
    let stopped = begin.elapsed().as_secs_f64();
    let report = ClientReport::parse(client, &process.wait(SECONDS, |_| {})?)?;

    let expected_ms = |share| expected_wait_ms(stopped, report.seconds, share);
    let p999 = report.p999_ms.map(|p999| format!(", p99.9 {p999:.1} ms")).unwrap_or_default();
    let sent = match rate {
        Some(rate) => format!("{rate} requests/s"),
        None => "closed loop".to_owned(),
    };
    let (misreports, verdict) = judge(client, &report, expected_ms);
    Ok(Misreport {
        about: "stall",
        client,
        flags,
        said: format!(
            "p99 {:.1} ms{p999}, slowest {:.1} ms ({sent})",
            report.p99_ms, report.max_ms
        ),
        truth: format!(
            "the server was stopped for {:.0} ms of {:.2} s: of evenly spaced requests, 1 % wait at \
             least {:.0} ms and 0.1 % at least {:.0} ms",
            stopped * 1000.0,
            report.seconds,
            expected_ms(0.01),
            expected_ms(0.001)
        ),
        judgement: misreports.into(),
        verdict,
    })
}

/// Returns the time in milliseconds that a share of evenly spaced requests waits at least: the
/// first request in a stall waits for all of it, the last not at all.
fn expected_wait_ms(stopped: f64, seconds: f64, share: f64) -> f64 {
    (stopped - share * seconds).max(0.0) * 1000.0
}

fn judge(
    client: Client,
    report: &ClientReport,
    expected_ms: impl Fn(f64) -> f64,
) -> (bool, String) {
    let p99 = report.p99_ms / expected_ms(0.01);
    let p999 = report.p999_ms.unwrap_or(0.0) / expected_ms(0.001);
    if p99 < SHOWN_MIN {
        return (true, "p99 does not show the stall".to_owned());
    }
    if client.is_ours() && (p99 < SHOWN_MIN_OURS || p999 < SHOWN_MIN_OURS) {
        return (true, "p99 or p99.9 shows only part of the stall".to_owned());
    }
    (false, "p99 shows the stall".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expected_wait_is_the_stall_less_the_share_of_the_run() {
        assert_eq!(expected_wait_ms(1.0, 4.0, 0.01), 960.0);
        assert_eq!(expected_wait_ms(1.0, 200.0, 0.01), 0.0);
    }

    #[test]
    fn the_stress_client_must_show_nearly_all_of_it() {
        let judge = |client, p99_ms, p999_ms| {
            let report = ClientReport { p99_ms, p999_ms: Some(p999_ms), ..ClientReport::default() };
            judge(client, &report, |share| expected_wait_ms(1.0, 4.0, share)).0
        };
        assert!(judge(Client::Hey, 3.0, 990.0) && !judge(Client::Hey, 700.0, 700.0));
        assert!(!judge(Client::Ours, 950.0, 990.0));
        assert!(judge(Client::Ours, 700.0, 990.0) && judge(Client::Ours, 950.0, 700.0));
    }
}
