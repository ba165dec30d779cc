//! Records a run second by second: `--series` as rows of figures, `--hdr` as HdrHistogram's log.

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use load::{Latency, Live, Sample};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

const INTERVAL: Duration = Duration::from_secs(1);

/// The flags that choose the records.
#[derive(Default, clap::Args)]
pub struct RecordArgs {
    /// Write a row for each second: requests, outcomes, open connections, and percentiles of the
    /// accepted ones in ms. CSV if the name ends in .csv, otherwise JSON lines.
    #[arg(long, value_name = "FILE", help_heading = "Result", hide_short_help = true)]
    #[arg(conflicts_with = "repeat")]
    series: Option<PathBuf>,
    /// Write the latency histogram of each second and outcome in HdrHistogram's log format, which
    /// its plotters read.
    #[arg(long, value_name = "FILE", help_heading = "Result", hide_short_help = true)]
    #[arg(conflicts_with = "repeat")]
    hdr: Option<PathBuf>,
}

/// A second of a run, or its last part.
struct Interval {
    start: Duration,
    end: Duration,
    part: Sample,
    /// True if response times are recorded (open loop), false for service times.
    is_open: bool,
}

/// A recording in progress.
pub struct Recording {
    finished: Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl RecordArgs {
    /// Creates the files and starts to record; `None` if nothing is to be recorded.
    ///
    /// # Errors
    /// If a file cannot be created, with its name.
    pub fn start(&self, live: &Arc<Live>, is_open: bool) -> Result<Option<Recording>, String> {
        let create = |path: &PathBuf| {
            let file = File::create(path);
            file.map_err(|error| format!("cannot write {}: {error}", path.display()))
        };
        let series = self.series.as_ref().map(create).transpose()?;
        let hdr = self.hdr.as_ref().map(create).transpose()?;
        if series.is_none() && hdr.is_none() {
            return Ok(None);
        }
        let is_csv =
            self.series.as_deref().and_then(Path::extension).is_some_and(|end| end == "csv");
        let (finished, wait) = mpsc::channel();
        let live = live.clone();
        let record = move || {
            let (intervals, received) = mpsc::channel();
            let writer = thread::spawn(move || write(received, series, is_csv, hdr));
            let mut before: Option<(Duration, Sample)> = None;
            loop {
                let is_over = wait.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout);
                if let (Some(end), Some(sample)) = (live.elapsed(), live.sample()) {
                    let (start, part) = match &before {
                        Some((start, before)) => (*start, sample.since(before)),
                        None => (Duration::ZERO, sample.clone()),
                    };
                    // An error of the writer is returned by its thread.
                    let _ = intervals.send(Interval { start, end, part, is_open });
                    before = Some((end, sample));
                }
                if is_over {
                    break;
                }
            }
            drop(intervals);
            writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer panicked")))
        };
        Ok(Some(Recording { finished, thread: thread::spawn(record) }))
    }
}

impl Recording {
    /// Ends the recording.
    ///
    /// # Errors
    /// If a file could not be written.
    pub fn finish(self) -> io::Result<()> {
        drop(self.finished);
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the recorder panicked")))
    }
}

/// Writes the intervals until there are no more.
fn write(
    intervals: mpsc::Receiver<Interval>,
    series: Option<File>,
    is_csv: bool,
    hdr: Option<File>,
) -> io::Result<()> {
    let mut series = series.map(BufWriter::new);
    if let Some(series) = series.as_mut().filter(|_| is_csv) {
        writeln!(series, "{}", COLUMNS.map(|(name, _)| name).join(","))?;
    }
    let mut hdr = hdr.map(BufWriter::new);
    let mut serializer = V2DeflateSerializer::new();
    let mut log = match &mut hdr {
        Some(file) => Some(
            IntervalLogWriterBuilder::new()
                .add_comment("latencies in microseconds, tagged with their outcome; maxima in ms")
                .with_start_time(SystemTime::now())
                .with_base_time(SystemTime::now())
                .with_max_value_divisor(1000.0)
                .begin_log_with(file, &mut serializer)?,
        ),
        None => None,
    };
    for interval in intervals {
        if let Some(series) = &mut series {
            let row = COLUMNS.map(|(name, value)| (name, value(&interval)));
            if is_csv {
                writeln!(series, "{}", row.map(|(_, value)| value.to_string()).join(","))?;
            } else {
                let number = |value: f64| match value.fract() {
                    0.0 => json!(value as u64),
                    _ => json!(value),
                };
                let fields = row.into_iter().map(|(name, value)| (name.to_owned(), number(value)));
                let object: serde_json::Map<_, _> = fields.collect();
                writeln!(series, "{}", serde_json::Value::from(object))?;
            }
            series.flush()?;
        }
        if let Some(log) = &mut log {
            let times = &interval.part.times;
            for (tag, timings) in [
                ("accepted", &times.accepted),
                ("rejected", &times.rejected),
                ("error", &times.error),
            ] {
                let histogram = if interval.is_open { &timings.response } else { &timings.service };
                let length = interval.end.saturating_sub(interval.start);
                log.write_histogram(histogram, interval.start, length, Tag::new(tag))
                    .map_err(|error| io::Error::other(format!("{error:?}")))?;
            }
        }
    }
    Ok(())
}

/// Reads a figure of an interval.
type Figure = fn(&Interval) -> f64;

/// The columns of a series.
const COLUMNS: [(&str, Figure); 13] = [
    ("seconds", |interval| (interval.end.as_secs_f64() * 1000.0).round() / 1000.0),
    ("sent", |interval| interval.part.sent as f64),
    ("accepted", |interval| interval.part.accepted as f64),
    ("rejected", |interval| interval.part.rejected as f64),
    ("errors", |interval| interval.part.errors as f64),
    ("connections", |interval| interval.part.connections as f64),
    ("mean_ms", |interval| latency(interval).mean),
    ("p50_ms", |interval| latency(interval).p50),
    ("p90_ms", |interval| latency(interval).p90),
    ("p95_ms", |interval| latency(interval).p95),
    ("p99_ms", |interval| latency(interval).p99),
    ("p999_ms", |interval| latency(interval).p999),
    ("max_ms", |interval| latency(interval).max),
];

/// Returns the latency of the accepted requests; zeros without any.
fn latency(interval: &Interval) -> Latency {
    let accepted = &interval.part.times.accepted;
    let times = if interval.is_open { &accepted.response } else { &accepted.service };
    Latency::from_histogram(times).unwrap_or_default()
}
