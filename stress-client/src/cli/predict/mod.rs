//! `stress-client predict`: what the model says of a server and a load, before anything is measured.

mod draws;
mod plot;
mod predicted;
mod words;

pub use predicted::{Predicted, SCHEMA};

use super::json::{self, Destination};
use super::{FAILED, fail, refuse};
use load::duration;
use model::{Load, Placement, Server};
use std::process::ExitCode;
use std::time::Duration;

/// The model counts nanoseconds in 64 bits; nobody waits for as long as it can.
const SECONDS_MAX: f64 = 100.0 * 365.0 * 86_400.0;

/// A server, in the words of the stages' flags, and a load. The defaults are stage 7 and the run that
/// is documented for it.
#[derive(clap::Args)]
pub struct Args {
    /// How many jobs are worked on at a time.
    #[arg(long, default_value_t = 16, help_heading = "Server")]
    workers: u32,
    /// How many jobs wait for a worker before the next one is rejected.
    #[arg(long, value_name = "COUNT|unbounded", default_value = "100", value_parser = queue)]
    #[arg(help_heading = "Server")]
    queue: Queue,
    /// How many locks the users share: 1 for the mutex, and any number for a sharded map.
    #[arg(long, default_value_t = 1, help_heading = "Server")]
    shards: u32,
    /// The time that a job takes before it asks for its lock.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "100ms")]
    #[arg(help_heading = "Server")]
    work: Duration,
    /// The time that it then has the lock.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "10ms")]
    #[arg(help_heading = "Server")]
    hold: Duration,
    /// How much later than asked a sleep ends; a time of zero is not slept.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0ms")]
    #[arg(help_heading = "Server")]
    timer_lag: Duration,
    /// The same for the hold alone, which is another kind of sleep in stages 7 and up.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, help_heading = "Server")]
    hold_lag: Option<Duration>,

    /// Requests a second, at even distances.
    #[arg(long, default_value_t = 12_937.0, help_heading = "Load")]
    rate: f64,
    /// How many requests.
    #[arg(long, value_name = "COUNT", default_value_t = 5_000, help_heading = "Load")]
    requests: u64,
    /// How many users take turns.
    #[arg(long, value_name = "COUNT", default_value_t = 10, help_heading = "Load")]
    users: u64,
    /// Draw each user's shard, as a map with a random hasher does, and tell how far draws differ; the
    /// figures are those of the median draw. Without it user u is in shard u mod SHARDS.
    #[arg(long, help_heading = "Load")]
    seed: Option<u64>,
    /// How often to draw [default: 101, and fewer, but not below 5, from 100,000 requests on]
    #[arg(long, value_name = "COUNT", requires = "seed", help_heading = "Load")]
    draws: Option<u32>,

    /// Draw what happens over time, and what the first workers do.
    #[arg(long)]
    plot: bool,
    /// Write the prediction as JSON, on one line; `-` is standard output, and the table then goes to
    /// standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

/// The bound of a queue, if it has one.
type Queue = Option<u64>;

fn queue(text: &str) -> Result<Queue, String> {
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

    /// Refuses what has no answer.
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
            refuse("that would take more than a hundred years");
        }
    }

    /// No run is longer: the sending, and then whatever is left, with every lock the same one.
    fn seconds_at_most(&self) -> f64 {
        let server = self.server();
        let room = server.queue.map_or(f64::INFINITY, |queue| queue as f64);
        let left = (room + f64::from(self.workers)).min(self.requests as f64);
        let [work, hold] = [server.work_time(), server.hold_time()].map(|it| it.as_secs_f64());
        self.requests as f64 / self.rate + work + left * (work / f64::from(self.workers) + hold)
    }
}

/// Predicts, and tells.
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
            let (seed, draws) = draws::median(&server, &load, seed, args.draws);
            (Placement::Drawn { seed }, Some(draws))
        }
    };
    let prediction = model::predict(&server, &load, placement);
    let total = prediction.total;
    let predicted = Predicted::new(&server, &load, prediction, draws);
    let mut words = words::of(&server, &load, &predicted);
    if args.plot {
        words += &plot::of(&server, &load, placement, total);
    }
    match json::write_out(json, &predicted, &words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}
