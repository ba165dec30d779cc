//! Stage 5: a bounded queue. Connections put jobs in, a worker takes them out, and when the queue
//! is full the client is told so at once.

mod balances;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use connection::{BindError, Connection, Limits, Listener};
use protocol::{Event, Method, Rejection, Reply, Routes, Status};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Sender};
use tokio::time::Instant;

use crate::balances::Balances;
use crate::worker::Job;

/// Stage 5: a bounded queue and backpressure
#[derive(Debug, Parser)]
struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Time that a job takes before it needs the lock
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    #[arg(value_parser = humantime::parse_duration)]
    work: Duration,
    /// Time that a job takes while it has the lock
    #[arg(long, value_name = "TIME", default_value = "0s")]
    #[arg(value_parser = humantime::parse_duration)]
    hold: Duration,
    /// Jobs that may wait for the worker, from 1, or `unbounded`
    #[arg(long, value_name = "N", default_value = "100", value_parser = capacity)]
    queue: usize,
    /// What an event meets that finds the queue full
    #[arg(long, value_name = "WAY", default_value = "reject")]
    when_full: WhenFull,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WhenFull {
    Reject,
    Wait,
}

const ROUTES: Routes = Routes(&[("/", &[Method::Post]), ("/balances", &[Method::Get])]);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BindError> {
    let args = Args::parse();
    connection::log_to_stderr();
    let balances = Arc::new(Balances::new(args.hold));
    let (queue, jobs) = mpsc::channel(args.queue);
    tokio::spawn(worker::run(jobs, balances.clone(), args.work));

    let listener = Listener::bind(&args.listen, ROUTES, args.limits).await?;
    listener.announce();
    loop {
        let connection = listener.accept().await;
        tokio::spawn(serve(connection, queue.clone(), balances.clone(), args.when_full));
    }
}

async fn serve(
    mut connection: Connection,
    queue: Sender<Job>,
    balances: Arc<Balances>,
    when_full: WhenFull,
) {
    while let Some(request) = connection.next().await {
        let reply = match request.path {
            "/balances" => Reply::json(Status::Ok, &balances.all().await),
            _ => match Event::parse(request.body) {
                Ok(event) => enqueue(event, &queue, when_full).await,
                Err(fault) => fault.reply(),
            },
        };
        connection.reply(&reply);
    }
}

async fn enqueue(event: Event, queue: &Sender<Job>, when_full: WhenFull) -> Reply {
    let job = Job { event, queued: Instant::now() };
    let queued = match when_full {
        WhenFull::Reject => queue.try_send(job).is_ok(),
        // Another way: the client waits until there is room, and the wait is hidden in its latency.
        WhenFull::Wait => queue.send(job).await.is_ok(),
    };
    match queued {
        true => Reply::accepted(Status::Accepted),
        false => Reply::rejected(Rejection::ServerBusy),
    }
}

fn capacity(text: &str) -> Result<usize, String> {
    match (text, text.parse::<u32>()) {
        // Another way: a queue without a limit is one that is never seen to be full.
        ("unbounded", _) => Ok(Semaphore::MAX_PERMITS),
        (_, Ok(capacity @ 1..)) => Ok(capacity as usize),
        _ => Err("a queue has room for 1 job or more, or is `unbounded`".to_owned()),
    }
}
