//! The parts that all peers share: flags, listener and work. An event is parsed with serde and
//! offered to a bounded queue; workers take it from there, change a balance and count it.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use axum::body::Bytes;
use clap::Parser;
use dashmap::DashMap;
use hyper::StatusCode;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Server to compare with stage 10
#[derive(Debug, Parser)]
pub struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Jobs that may wait for a worker
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub queue: u32,
    /// Threads that do jobs; with 0 the queue fills, and every further event is rejected
    #[arg(long, default_value_t = 1)]
    pub workers: u16,
}

/// Listens as stage 10 does, and prints the address.
///
/// # Errors
/// If the address is in use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(address)?;
    let listener = socket.listen(1024)?;
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    Ok(listener)
}

#[derive(Debug, Deserialize)]
struct Event {
    user: String,
    #[serde(rename = "action")]
    _action: String,
    amount: i64,
}

#[derive(Debug, Default)]
struct Counts {
    received: AtomicU64,
    processed: AtomicU64,
    dropped: AtomicU64,
}

/// Decides about each event, and queues it.
#[derive(Debug, Clone)]
pub struct Intake {
    queue: Sender<Event>,
    counts: Arc<Counts>,
}

/// A status and a JSON body.
pub type Answer = (StatusCode, Bytes);

impl Intake {
    /// Starts the workers, threads that share one receiver, as in stage 10.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn start(args: &Args) -> io::Result<Intake> {
        let (queue, jobs) = mpsc::channel(args.queue as usize);
        let jobs = Arc::new(Mutex::new(jobs));
        let counts = Arc::new(Counts::default());
        let balances = Arc::new(DashMap::new());
        for _ in 0..args.workers {
            let runtime = Builder::new_current_thread().build()?;
            let work = work(jobs.clone(), balances.clone(), counts.clone());
            thread::Builder::new().spawn(move || runtime.block_on(work))?;
        }
        if args.workers == 0 {
            thread::spawn(move || {
                let _open = jobs; // without a receiver the queue would be closed instead of full
                loop {
                    thread::park();
                }
            });
        }
        Ok(Intake { queue, counts })
    }

    /// Queues or rejects an event, or answers another body.
    pub fn offer(&self, body: &[u8]) -> Answer {
        let Ok(event) = serde_json::from_slice(body) else { return self.answer_other(body) };
        self.counts.received.fetch_add(1, Ordering::Release);
        if self.queue.try_send(event).is_ok() {
            return (StatusCode::ACCEPTED, Bytes::from_static(br#"{"status":"accepted"}"#));
        }
        self.counts.dropped.fetch_add(1, Ordering::Release);
        let body = br#"{"status":"rejected","reason":"server_busy"}"#;
        (StatusCode::SERVICE_UNAVAILABLE, Bytes::from_static(body))
    }

    /// Answers `{"type":"metrics"}` with the counts, and anything else with 400.
    fn answer_other(&self, body: &[u8]) -> Answer {
        let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        if value["type"] != "metrics" {
            let body = br#"{"status":"error","reason":"invalid_json"}"#;
            return (StatusCode::BAD_REQUEST, Bytes::from_static(body));
        }
        let get = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let Counts { received, processed, dropped } = &*self.counts;
        let counts = serde_json::json!({
            "processed": get(processed), "dropped": get(dropped), "received": get(received)
        });
        (StatusCode::OK, Bytes::from(counts.to_string()))
    }
}

async fn work(
    jobs: Arc<Mutex<Receiver<Event>>>,
    balances: Arc<DashMap<String, i64>>,
    counts: Arc<Counts>,
) {
    while let Some(event) = next(&jobs).await {
        let mut balance = balances.entry(event.user).or_insert(0);
        *balance = balance.saturating_add(event.amount);
        drop(balance);
        counts.processed.fetch_add(1, Ordering::Release);
    }
}

async fn next(jobs: &Mutex<Receiver<Event>>) -> Option<Event> {
    let mut jobs = jobs.lock().await;
    if jobs.is_empty() {
        thread::yield_now();
    }
    jobs.recv().await
}
