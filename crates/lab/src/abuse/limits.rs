//! More clients than there is room for.

use super::crowd::{self, Client};
use super::{count, milliseconds, time, yes};
use crate::experiments::figure::Figure;
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use contract::Response;
use harness::server::Server;
use http_body_util::BodyExt as _;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

const REQUEST: &[u8] = b"GET /health HTTP/1.1\r\nHost: abuse\r\n\r\n";
/// The limit of file descriptors, and the number of clients that need more.
const DESCRIPTORS: u32 = 64;
const CROWD: usize = 150;
/// The number of clients within `--max-connections`, and the number beyond.
const INSIDE: usize = 50;
const OUTSIDE: usize = 100;
const REASON: &str = "too_many_connections";
/// HTTP clients of others, which have to be able to read the rejection.
const CLIENTS: [&str; 3] = ["curl", "reqwest", "hyper"];

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "descriptors",
            stage: 10,
            title: "150 clients for a server with 64 file descriptors",
            watch: [
                "The process may open 64 files, and 150 clients connect.",
                "Some have to be served, and after they leave the next client has to be, at once.",
            ],
            figures: |_| {
                vec![
                    count("served", format!("served of {CROWD}: some, not all"))
                        .range(1.0, CROWD as f64 - 1.0),
                    count("status", "status for a client after they left").exactly(200.0),
                    time("after", "time until its answer, since they left").at_most(200.0),
                ]
            },
            measure: measure_descriptors,
            why: "A failed accept is retried after a short pause; it ends neither loop nor \
                  process.",
            read: "crates/connection/src/listener.rs",
        },
        Experiment {
            name: "connections",
            stage: 10,
            title: "more clients than --max-connections",
            watch: [
                "Fifty connections are allowed and open; more clients come, of different kinds.",
                "Each has to get a 503 with the reason, and the fifty have to be served as before.",
            ],
            figures: |_| {
                let mut figures = vec![
                    count("served", "served within the limit").exactly(INSIDE as f64),
                    count("rejected", "rejected beyond it, by raw socket").exactly(OUTSIDE as f64),
                ];
                figures.extend(CLIENTS.map(rejected_by));
                figures.extend([
                    count("still", "still served within the limit").exactly(INSIDE as f64),
                    count("status", "status once there is room").exactly(200.0),
                ]);
                figures
            },
            measure: measure_connections,
            why: "A rejected connection is read before it is answered and closed, so that the \
                  answer is not lost to a reset.",
            read: "crates/connection/src/listener.rs",
        },
    ]
}

fn rejected_by(client: &str) -> Figure {
    yes(client, format!("rejected beyond it with 503 and the reason, by {client}"))
}

fn measure_descriptors(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start_with_descriptors(DESCRIPTORS, "")?;
    let mut clients = crowd::open(server.address(), CROWD)?;
    crowd::send(&mut clients, REQUEST);
    sleep(Duration::from_secs(2));
    clients.iter_mut().for_each(Client::read);
    trial.record_count("served", clients.iter().filter(|client| client.got(200)).count() as u64);
    let freed = Instant::now();
    drop(clients);
    let got = server.request("GET", "/health", "")?;
    trial.record("after", milliseconds(freed.elapsed()));
    trial.record_count("status", got.status.into());
    Ok(())
}

fn measure_connections(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start(&format!("--max-connections {INSIDE}"))?;
    let is_served = |client: &Client| client.got(200);
    let served = |clients: &[Client]| clients.iter().filter(|client| is_served(client)).count();
    let mut inside = crowd::open(server.address(), INSIDE)?;
    crowd::send(&mut inside, REQUEST);
    crowd::read_until(&mut inside, Duration::from_secs(5), is_served);
    let mut outside = crowd::open(server.address(), OUTSIDE)?;
    crowd::send(&mut outside, REQUEST);
    crowd::read_until(&mut outside, Duration::from_secs(5), |client| client.ended.is_some());
    let is_rejected = |client: &&Client| {
        client.got(503) && String::from_utf8_lossy(&client.received).contains(REASON)
    };
    trial.record_count("served", served(&inside) as u64);
    trial.record_count("rejected", outside.iter().filter(is_rejected).count() as u64);
    let answers = [ask_with_curl(&server)?, ask_with_reqwest(&server)?, ask_with_hyper(&server)?];
    for (client, got) in CLIENTS.into_iter().zip(answers) {
        let is_rejected = got.starts_with("503 ") && got.contains(REASON);
        trial.record_bool(client, is_rejected);
        if !is_rejected {
            trial.note(format!("{client} got {got}"));
        }
    }
    for client in &mut inside {
        client.received.clear();
        client.send(REQUEST);
    }
    crowd::read_until(&mut inside, Duration::from_secs(5), is_served);
    trial.record_count("still", served(&inside) as u64);
    drop(inside);
    let until = Instant::now() + Duration::from_secs(5);
    let is_full = |got: &Response| got.status == 503 && Instant::now() < until;
    let mut got = server.request("GET", "/health", "")?;
    while is_full(&got) {
        got = server.request("GET", "/health", "")?;
    }
    trial.record_count("status", got.status.into());
    Ok(())
}

/// Returns status and body of an answer to curl.
fn ask_with_curl(server: &Server) -> Result<String, Failure> {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-w", "%{stderr}%{http_code}", "-d", "{}", &server.url()]);
    let output = curl.output().map_err(|error| format!("cannot run curl: {error}"))?;
    let [code, body] =
        [output.stderr, output.stdout].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(format!("{code} {body}"))
}

fn block_on<F: Future>(future: F) -> std::io::Result<F::Output> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

fn ask_with_reqwest(server: &Server) -> Result<String, Failure> {
    block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let got = client.post(server.url()).body("{}").send().await?;
        Ok(format!("{} {}", got.status().as_u16(), got.text().await?))
    })?
}

fn ask_with_hyper(server: &Server) -> Result<String, Failure> {
    block_on(async {
        let stream = tokio::net::TcpStream::connect(server.address()).await?;
        let io = hyper_util::rt::TokioIo::new(stream);
        let (mut client, connection) = hyper::client::conn::http1::handshake(io).await?;
        tokio::spawn(connection);
        let request = hyper::Request::post("/").header("Host", "abuse").body(String::from("{}"))?;
        let got = client.send_request(request).await?;
        let status = got.status().as_u16();
        let body = got.into_body().collect().await?.to_bytes();
        Ok(format!("{status} {}", String::from_utf8_lossy(&body)))
    })?
}
