//! A server that stands still for a second in the middle of a run. A client that waits for an answer
//! before it sends the next request sends hardly any in that second, and measures hardly any of it
//! (coordinated omission).

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use harness::server::{Server, Signal};

use super::super::client::{Client, Load};
use super::super::running::Running;
use super::super::server::OPEN;
use super::super::told::Told;
use super::{Misreport, Stand};

const SECONDS: u32 = 4;
/// Few connections for the rate, so that one request each is less than one in a hundred of all.
const CONNECTIONS: u32 = 20;
const RATE: u32 = 1000;
const BEFORE: Duration = Duration::from_millis(1500);
const STALL: Duration = Duration::from_secs(1);

/// A percentile below this share of what it was has not been seen.
const SEEN: f64 = 0.5;
/// Of the stress client, more is asked.
const SEEN_BY_OURS: f64 = 0.9;

pub fn bring(stand: &Stand, client: Client) -> io::Result<Vec<Misreport>> {
    let mut found = vec![stall(stand, client, &[])?];
    if client == Client::Oha {
        found.push(stall(stand, client, &["--latency-correction"])?);
    }
    Ok(found)
}

fn stall(stand: &Stand, client: Client, flags: &'static [&'static str]) -> io::Result<Misreport> {
    let server = Server::start(&stand.server, &OPEN)?;
    let rate = client.keeps_rate().then_some(RATE);
    let url = server.url();
    let load = Load { url: &url, connections: CONNECTIONS, seconds: SECONDS, rate };
    let mut command = stand.clients.command(client, load);
    command.args(flags);
    let running = Running::start(command)?;
    thread::sleep(BEFORE);
    let begin = Instant::now();
    server.signal(Signal::Stop);
    thread::sleep(STALL);
    server.signal(Signal::Continue);
    let stood = begin.elapsed().as_secs_f64();
    let told = Told::read(client, &running.end(SECONDS, |_| {})?)?;

    let due = |share| due(stood, told.seconds, share);
    let p999 = told.p999_ms.map(|p999| format!(", p99.9 {p999:.1} ms")).unwrap_or_default();
    let sent = match rate {
        Some(rate) => format!("{rate} requests a second"),
        None => "as fast as answers come".to_owned(),
    };
    let (misreports, verdict) = judge(client, &told, due);
    Ok(Misreport {
        about: "stall",
        client,
        flags,
        said: format!("p99 {:.1} ms{p999}, slowest {:.1} ms ({sent})", told.p99_ms, told.max_ms),
        truth: format!(
            "the server stood still for {:.0} ms of {:.2} s: of requests that come evenly, 1 % waits \
             {:.0} ms or longer, 0.1 % {:.0} ms",
            stood * 1000.0,
            told.seconds,
            due(0.01),
            due(0.001)
        ),
        judgement: misreports.into(),
        verdict,
    })
}

/// How many milliseconds this share of evenly spread requests waits or longer: the first that meets a
/// stall waits for all of it, and the last not at all.
fn due(stood: f64, seconds: f64, share: f64) -> f64 {
    (stood - share * seconds).max(0.0) * 1000.0
}

fn judge(client: Client, told: &Told, due: impl Fn(f64) -> f64) -> (bool, String) {
    let (p99, p999) = (told.p99_ms / due(0.01), told.p999_ms.unwrap_or(0.0) / due(0.001));
    if p99 < SEEN {
        return (true, "the stall is not in p99".to_owned());
    }
    if client.is_ours() && (p99 < SEEN_BY_OURS || p999 < SEEN_BY_OURS) {
        return (true, "part of the stall is missing".to_owned());
    }
    (false, "the stall is in p99".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_of_a_second_in_four_leaves_a_percent_that_waited_longest() {
        assert_eq!(due(1.0, 4.0, 0.01), 960.0);
        assert_eq!(due(1.0, 200.0, 0.01), 0.0);
    }

    #[test]
    fn the_stress_client_has_to_show_nearly_all_of_it() {
        let judge = |client, p99_ms, p999_ms| {
            let told = Told { p99_ms, p999_ms: Some(p999_ms), ..Told::default() };
            judge(client, &told, |share| due(1.0, 4.0, share)).0
        };
        assert!(judge(Client::Hey, 3.0, 990.0) && !judge(Client::Hey, 700.0, 700.0));
        assert!(!judge(Client::Ours, 950.0, 990.0));
        assert!(judge(Client::Ours, 700.0, 990.0) && judge(Client::Ours, 950.0, 700.0));
    }
}
