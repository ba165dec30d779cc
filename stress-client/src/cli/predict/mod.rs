//! `stress-client predict`: simulates a server under a load with the [`model`] crate.

mod draws;
mod plot;
mod predicted;
mod table;

pub use predicted::{Predicted, SCHEMA};

use super::json::{self, Destination};
use super::{FAILED, fail, refuse};
use load::duration;
use model::{Load, Placement, Server};
use std::process::ExitCode;
use std::time::Duration;

/// The longest run to simulate: 100 years. The model counts nanoseconds in 64 bits.
const SECONDS_MAX: f64 = 100.0 * 365.0 * 86_400.0;

/// A server and a load. The defaults are stage 7 and its documented run.
#[derive(clap::Args)]
pub struct Args {
    /// Number of workers.
    #[arg(long, default_value_t = 16, help_heading = "Server")]
    workers: u32,
    /// Capacity of the queue; a job that finds it full is rejected.
    #[arg(long, value_name = "COUNT|unbounded", default_value = "100", value_parser = parse_queue)]
    #[arg(help_heading = "Server")]
    queue: Queue,
    /// Number of locks: 1 for a mutex, more for a sharded map.
    #[arg(long, default_value_t = 1, help_heading = "Server")]
    shards: u32,
    /// Time that a job takes before it acquires its lock.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "100ms")]
    #[arg(help_heading = "Server")]
    work: Duration,
    /// Time that a job holds its lock.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "10ms")]
    #[arg(help_heading = "Server")]
    hold: Duration,
    /// Delay added to each sleep, as by a timer that rounds up; none for a time of zero.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0ms")]
    #[arg(help_heading = "Server")]
    timer_lag: Duration,
    /// Delay added to the hold in place of --timer-lag: from stage 7 on it is a thread's sleep.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, help_heading = "Server")]
    hold_lag: Option<Duration>,

    /// Requests per second, at even intervals.
    #[arg(long, default_value_t = 12_937.0, help_heading = "Load")]
    rate: f64,
    /// Number of requests.
    #[arg(long, value_name = "COUNT", default_value_t = 5_000, help_heading = "Load")]
    requests: u64,
    /// Number of users; requests are for each in turn.
    #[arg(long, value_name = "COUNT", default_value_t = 10, help_heading = "Load")]
    users: u64,
    /// Draw the shard of each user at random, as a map with a random hasher does, and report the
    /// median of several draws and their range. Without it, user u is in shard u mod SHARDS.
    #[arg(long, help_heading = "Load")]
    seed: Option<u64>,
    /// Number of draws [default: 101; fewer from 100,000 requests on, at least 5]
    #[arg(long, value_name = "COUNT", requires = "seed", help_heading = "Load")]
    draws: Option<u32>,

    /// Plot the counts over time and the states of the first workers.
    #[arg(long)]
    plot: bool,
    /// Write the prediction as one line of JSON to a file; `-` is standard output, and the table
    /// goes to standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

/// The capacity of a queue; `None` if it is unbounded.
type Queue = Option<u64>;

fn parse_queue(text: &str) -> Result<Queue, String> {
    match text {
        "unbounded" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| "write a number, or unbounded".to_owned()),
    }
}

impl Args {
    fn server(&self) -> Server {
        Server {
            workers: self.workers,
            queue: self.queue,
            shards: self.shards,
            work: self.work,
            hold: self.hold,
            timer_lag: self.timer_lag,
            hold_lag: self.hold_lag,
        }
    }

    fn load(&self) -> Load {
        Load { rate: self.rate, requests: self.requests, users: self.users }
    }

    /// Exits with an error if a value is out of range.
    fn check(&self) {
        for (name, value) in [
            ("workers", self.workers.into()),
            ("shards", self.shards.into()),
            ("requests", self.requests),
            ("users", self.users),
            ("draws", self.draws.unwrap_or(1).into()),
        ] {
            if value == 0 {
                refuse(format_args!("{name} must be above zero"));
            }
        }
        if !self.rate.is_finite() || self.rate <= 0.0 {
            refuse("the rate must be a finite number above zero");
        }
        if self.seconds_at_most() > SECONDS_MAX {
            refuse("the simulated run may take more than a hundred years");
        }
    }

    /// Returns an upper bound of the simulated time: the sending, and then the remaining jobs with
    /// a single lock for all.
    fn seconds_at_most(&self) -> f64 {
        let server = self.server();
        let queue = server.queue.map_or(f64::INFINITY, |queue| queue as f64);
        let left = (queue + f64::from(self.workers)).min(self.requests as f64);
        let [work, hold] = [server.work_time(), server.hold_time()].map(|time| time.as_secs_f64());
        self.requests as f64 / self.rate + work + left * (work / f64::from(self.workers) + hold)
    }
}

/// Runs the simulation and prints the prediction.
pub fn run(args: Args) -> ExitCode {
    args.check();
    let json = match args.json.clone().map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => refuse(error),
    };
    let (server, load) = (args.server(), args.load());
    let (placement, draws) = match args.seed {
        None => (Placement::InTurn, None),
        Some(seed) => {
            let (seed, draws) = draws::find_median(&server, &load, seed, args.draws);
            (Placement::Drawn { seed }, Some(draws))
        }
    };
    let prediction = model::predict(&server, &load, placement);
    let total = prediction.total;
    let predicted = Predicted::new(&server, &load, prediction, draws);
    let mut text = table::render(&server, &load, &predicted);
    if args.plot {
        text += &plot::render(&server, &load, placement, total);
    }
    match json::write_out(json, &predicted, &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}
