//! More clients than there is room for.

use super::crowd::{self, Client};
use super::{Outcome, Stand, exactly, finding, within};
use contract::Response;
use harness::server::Server;
use http_body_util::BodyExt as _;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

const REQUEST: &[u8] = b"GET /health HTTP/1.1\r\nHost: abuse\r\n\r\n";

pub(super) fn descriptors(stand: &Stand) -> Outcome {
    let shell = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh", &stand.binary];
    let server = Server::start_by(&shell, &[])?;
    let mut clients = crowd::open(server.address(), 150)?;
    crowd::send(&mut clients, REQUEST);
    sleep(Duration::from_secs(2));
    clients.iter_mut().for_each(Client::read);
    let served = clients.iter().filter(|client| client.got(200)).count();
    let freed = Instant::now();
    drop(clients);
    let got = server.request("GET", "/health", "")?;
    let after = freed.elapsed();
    Ok(vec![
        finding("served of 150", served, "some, not all", (1..150).contains(&served)),
        exactly("status for a client that comes then", got.status.into(), 200),
        within("its answer, from when the others left", after, Duration::ZERO, ms(200)),
    ])
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(super) fn connections(stand: &Stand) -> Outcome {
    const INSIDE: usize = 50;
    const OUTSIDE: usize = 100;
    let server = stand.start(&format!("--max-connections {INSIDE}"))?;
    let served = |client: &Client| client.got(200);
    let mut inside = crowd::open(server.address(), INSIDE)?;
    crowd::send(&mut inside, REQUEST);
    crowd::read_until(&mut inside, Duration::from_secs(5), served);
    let mut outside = crowd::open(server.address(), OUTSIDE)?;
    crowd::send(&mut outside, REQUEST);
    crowd::read_until(&mut outside, Duration::from_secs(5), |client| client.ended.is_some());
    let told = |client: &&Client| {
        client.got(503) && String::from_utf8_lossy(&client.received).contains(REASON)
    };
    let mut findings = vec![
        exactly("served inside", inside.iter().filter(|it| served(it)).count(), INSIDE),
        exactly("told outside, by raw socket", outside.iter().filter(told).count(), OUTSIDE),
    ];
    for (client, got) in
        [("curl", curl(&server)?), ("reqwest", reqwest(&server)?), ("hyper", hyper(&server)?)]
    {
        let holds = got.starts_with("503 ") && got.contains(REASON);
        findings.push(finding(&format!("told outside, by {client}"), got, "503 and why", holds));
    }
    for client in &mut inside {
        client.received.clear();
        client.send(REQUEST);
    }
    crowd::read_until(&mut inside, Duration::from_secs(5), served);
    findings.push(exactly("still served", inside.iter().filter(|it| served(it)).count(), INSIDE));
    drop(inside);
    let until = Instant::now() + Duration::from_secs(5);
    let outside = |got: &Response| got.status == 503 && Instant::now() < until;
    let mut got = server.request("GET", "/health", "")?;
    while outside(&got) {
        got = server.request("GET", "/health", "")?;
    }
    findings.push(exactly("status once there is room", got.status.into(), 200));
    Ok(findings)
}

const REASON: &str = "too_many_connections";

/// Status and body, as curl gets them.
fn curl(server: &Server) -> Result<String, Box<dyn std::error::Error>> {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-w", "%{stderr}%{http_code}", "-d", "{}", &server.url()]);
    let output = curl.output().map_err(|error| format!("curl: {error}"))?;
    let [code, body] =
        [output.stderr, output.stdout].map(|it| String::from_utf8_lossy(&it).into_owned());
    Ok(format!("{code} {body}"))
}

fn block_on<F: Future>(future: F) -> std::io::Result<F::Output> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

fn reqwest(server: &Server) -> Result<String, Box<dyn std::error::Error>> {
    block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let got = client.post(server.url()).body("{}").send().await?;
        Ok(format!("{} {}", got.status().as_u16(), got.text().await?))
    })?
}

fn hyper(server: &Server) -> Result<String, Box<dyn std::error::Error>> {
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
