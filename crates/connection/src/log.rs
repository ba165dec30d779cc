//! The log on standard error; standard output is for programs that read it.
//!
//! A separate thread writes the lines, so that a full pipe or a stopped terminal never blocks the
//! server. (`tracing-appender` does the same, but panics if it cannot start its thread.) Without
//! that thread, lines are written directly.

use std::env;
use std::io::{self, Write};
use std::panic::{self, Location};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target for reports of lost data, which are logged whatever `RUST_LOG` says. When the queue
/// is full, its lines wait for room, a second at most, where others are dropped.
pub const LOST: &str = "lost";
/// The number of lines that may wait to be written; further ones are dropped.
const QUEUE_CAPACITY: usize = 4096;
/// The time limit for writing the last lines of a process.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The log. Dropping it waits until all lines are written, a second at most.
#[derive(Debug)]
#[must_use = "without it, the last lines may not be written"]
pub struct Log(LineWriter);

#[derive(Debug, Clone)]
struct LineWriter {
    /// `None` if the writing thread could not be started.
    queue: Option<SyncSender<Entry>>,
    dropped: Arc<AtomicU64>,
    /// The next line waits for room.
    waits: bool,
}

enum Entry {
    Line(Vec<u8>),
    /// Is answered once every earlier entry is written.
    Flush(SyncSender<()>),
}

/// Logs to standard error at `info`, or as `RUST_LOG` says (`debug`,
/// `stage5=debug,connection=warn`). Unknown directives are reported in a warning and ignored. Panics
/// are logged as well.
///
/// # Errors
/// If a logger is already set.
#[track_caller]
pub fn log_to_stderr() -> io::Result<Log> {
    let program = crate_of(Location::caller().file());
    let (queue, entries) = sync_channel(QUEUE_CAPACITY);
    let dropped = Arc::new(AtomicU64::new(0));
    let count = dropped.clone();
    let thread = thread::Builder::new().name("log".to_owned());
    let started = thread.spawn(move || write_all(&entries, &count));
    let writer = LineWriter { queue: started.is_ok().then_some(queue), dropped, waits: false };
    let wanted = env::var_os("RUST_LOG").unwrap_or_default();
    let (filter, refused) = parse_filter(&wanted.to_string_lossy(), program);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(writer.clone())
        .with_target(false)
        .with_ansi(false) // feature unification may have enabled colours
        .log_internal_errors(false); // reporting a write error to closed stderr would panic
    let subscriber = tracing_subscriber::registry().with(layer).with(filter);
    subscriber.try_init().map_err(io::Error::other)?;
    // On one line, through the same thread.
    panic::set_hook(Box::new(|panic| tracing::error!("{}", panic.to_string().replace('\n', " "))));
    if !refused.is_empty() {
        let refused = refused.join("`, `");
        tracing::warn!(
            target: LOST,
            "RUST_LOG: `{refused}` is neither a level (off, error, warn, info, debug, trace) nor a \
            part of this server ({program}, connection): info is used"
        );
    }
    Ok(Log(writer))
}

/// Writes the last line of standard output, waiting a second at most: a full pipe must not keep a
/// server from ending.
pub fn print_last_line(line: &str) {
    let (done, written) = sync_channel(1);
    let text = format!("{line}\n");
    let write = move || {
        // Ignore errors: standard output may be closed.
        let _ = io::stdout().write_all(text.as_bytes());
        let _ = done.send(());
    };
    match thread::Builder::new().name("stdout".to_owned()).spawn(write) {
        Ok(_) => drop(written.recv_timeout(FLUSH_TIMEOUT)),
        Err(_) => drop(writeln!(io::stdout(), "{line}")),
    }
}

/// Parses `RUST_LOG`. Returns the filter, with `info` as the default level, and the unknown
/// directives.
fn parse_filter(wanted: &str, program: &str) -> (Targets, Vec<String>) {
    let is_part = |target: &str| {
        let part = target.split("::").next();
        part == Some(program) || part == Some("connection")
    };
    // A later level overrides this one.
    let (mut known, mut refused) = (vec!["info"], Vec::new());
    let directives = wanted.split(',').map(str::trim).filter(|directive| !directive.is_empty());
    for directive in directives {
        match directive.parse::<Targets>() {
            Ok(targets) if targets.iter().all(|(target, _)| is_part(target)) => {
                known.push(directive)
            }
            _ => refused.push(directive.to_owned()),
        }
    }
    let filter: Targets = known.join(",").parse().expect("each directive was parsed before");
    (filter.with_target(LOST, LevelFilter::WARN), refused)
}

/// Returns the crate of a source file: the name of the folder around `src`, or an empty string.
/// (The executable may have been renamed.)
fn crate_of(file: &str) -> &str {
    let mut folders = file.rsplit(['/', '\\']).skip_while(|folder| *folder != "src");
    folders.nth(1).unwrap_or("")
}

/// Writes entries until all senders are dropped.
fn write_all(entries: &Receiver<Entry>, dropped: &AtomicU64) {
    let mut stderr = io::stderr();
    for entry in entries {
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = writeln!(stderr, "{lost} lines of the log were dropped: nobody read them");
        }
        match entry {
            // Ignore errors: standard error may be closed.
            Entry::Line(line) => drop(stderr.write_all(&line)),
            Entry::Flush(written) => drop(written.try_send(())),
        }
    }
}

/// Sends an entry, waiting for room until `deadline`. Returns false if it was not sent.
fn send_by(deadline: Instant, queue: &SyncSender<Entry>, mut entry: Entry) -> bool {
    loop {
        match queue.try_send(entry) {
            Err(TrySendError::Full(back)) if Instant::now() < deadline => entry = back,
            sent => return sent.is_ok(),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let Some(queue) = &self.0.queue else { return };
        let deadline = Instant::now() + FLUSH_TIMEOUT;
        let (written, all_written) = sync_channel(1);
        if send_by(deadline, queue, Entry::Flush(written)) {
            let _ = all_written.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

/// Each call receives one whole line from tracing.
impl Write for LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let Some(queue) = &self.queue else { return io::stderr().write(line) };
        let time = if self.waits { FLUSH_TIMEOUT } else { Duration::ZERO };
        if !send_by(Instant::now() + time, queue, Entry::Line(line.to_vec())) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LineWriter {
    type Writer = LineWriter;

    fn make_writer(&self) -> LineWriter {
        self.clone()
    }

    fn make_writer_for(&self, line: &Metadata<'_>) -> LineWriter {
        LineWriter { waits: line.target() == LOST, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_directives_are_returned_and_the_others_apply() {
        let info = LevelFilter::INFO;
        for (wanted, level, refused) in [
            ("", info, ""),
            ("debug", LevelFilter::DEBUG, ""),
            ("WARN", LevelFilter::WARN, ""),
            ("off", LevelFilter::OFF, ""),
            (" info , connection=debug,", info, ""),
            ("stage5=debug", info, ""),
            ("connection::listener", info, ""),
            ("warning", info, "warning"),
            ("verbose", info, "verbose"),
            ("myapp=debug", info, "myapp=debug"),
            ("protocol=debug", info, "protocol=debug"),
            ("stage4=debug", info, "stage4=debug"),
            ("=debug", info, "=debug"),
            ("connection=verbose", info, "connection=verbose"),
            ("error,warning", LevelFilter::ERROR, "warning"),
            ("debug,warning", LevelFilter::DEBUG, "warning"),
            ("myapp,connection=debug,x=y=z", info, "myapp x=y=z"),
        ] {
            let (filter, unknown) = parse_filter(wanted, "stage5");
            assert_eq!(filter.default_level(), Some(level), "{wanted}");
            assert_eq!(unknown.join(" "), refused, "{wanted}");
            assert!(filter.would_enable(LOST, &tracing::Level::WARN), "{wanted}");
        }
    }

    #[test]
    fn a_report_of_lost_data_waits_for_room_and_other_lines_are_dropped() {
        let (queue, entries) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = LineWriter { queue: Some(queue), dropped: dropped.clone(), waits: false };
        let layer = tracing_subscriber::fmt::layer().with_writer(writer);
        let log = tracing_subscriber::registry().with(layer);
        let logging = thread::spawn(move || {
            tracing::subscriber::with_default(log, || {
                tracing::warn!("the first takes the only place");
                tracing::warn!("the second is dropped");
                tracing::warn!(target: LOST, "the third waits");
            });
        });
        while dropped.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        let next = || match entries.recv() {
            Ok(Entry::Line(line)) => String::from_utf8_lossy(&line).into_owned(),
            _ => String::new(),
        };
        assert!(next().contains("the first"));
        assert!(next().contains("the third"));
        logging.join().expect("the thread does not panic");
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_crate_of_a_source_is_the_folder_around_src() {
        for (file, name) in [
            ("crates/stage5/src/main.rs", "stage5"),
            ("crates\\stage5\\src\\main.rs", "stage5"),
            ("/usr/src/course/crates/stage10/src/main.rs", "stage10"),
            ("src/main.rs", ""),
            ("main.rs", ""),
        ] {
            assert_eq!(crate_of(file), name, "{file}");
        }
    }
}
