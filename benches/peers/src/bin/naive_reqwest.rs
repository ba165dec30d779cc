//! A typical first load generator: one reqwest client, a task for each connection, and a vector of
//! latencies behind a lock. The stress client is compared with it.

use std::error::Error;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use reqwest::Client;
use serde_json::json;

/// Simple load generator to compare with the stress client
#[derive(Debug, Parser)]
struct Args {
    /// URL to send events to
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Number of tasks, each with one request at a time
    #[arg(long, default_value_t = 200)]
    connections: u32,
    /// Time to send requests, in seconds
    #[arg(long, default_value_t = 3)]
    seconds: u64,
}

#[derive(Debug, Default)]
struct Results {
    ok: u64,
    failed: u64,
    errors: u64,
    latencies: Vec<Duration>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let client = Client::new();
    let results = Arc::new(Mutex::new(Results::default()));
    let begin = Instant::now();
    let end = begin + Duration::from_secs(args.seconds);
    let tasks: Vec<_> = (0..args.connections)
        .map(|task| {
            tokio::spawn(send(client.clone(), args.url.clone(), task, end, results.clone()))
        })
        .collect();
    for task in tasks {
        task.await?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
    results.latencies.sort_unstable();
    let at = |share: f64| {
        let index = (results.latencies.len() as f64 * share) as usize;
        let latency = results.latencies.get(index).or(results.latencies.last());
        latency.map(|latency| latency.as_secs_f64() * 1000.0)
    };
    let report = json!({
        "ok": results.ok, "failed": results.failed, "errors": results.errors, "seconds": seconds,
        "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0),
    });
    writeln!(io::stdout(), "{report}")?;
    Ok(())
}

async fn send(client: Client, url: String, task: u32, end: Instant, results: Arc<Mutex<Results>>) {
    for n in u64::from(task).. {
        let sent = Instant::now();
        if sent >= end {
            return;
        }
        let event = json!({ "user": format!("user{}", n % 10), "action": "buy", "amount": 1 });
        let answer = async {
            let response = client.post(&url).json(&event).send().await?;
            let status = response.status();
            response.bytes().await?;
            reqwest::Result::Ok(status)
        };
        let answer = answer.await;
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(status) if status.is_success() => results.ok += 1,
            Ok(_) => results.failed += 1,
            Err(_) => results.errors += 1,
        }
        results.latencies.push(sent.elapsed());
    }
}
