//! The log on standard error: standard output belongs to programs that read it.
//!
//! A thread of its own writes the lines, so that serving never waits for whoever reads them: a pipe that
//! nobody empties, a terminal that is stopped. (`tracing-appender` does the same, and panics where
//! that thread cannot be started.) Where it cannot be, lines are written as they come.

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

/// The target of what is logged whatever `RUST_LOG` says: what was lost. It waits for room among the lines
/// to be written, a second at most, where others would be dropped.
pub const LOST: &str = "lost";
/// Lines that may wait to be written; further ones are dropped.
const LINES: usize = 4096;
/// The longest time that the last lines of a process may take to be written.
const FLUSH: Duration = Duration::from_secs(1);

/// The log. Dropping it waits until all lines are written, a second at most.
#[derive(Debug)]
#[must_use = "without it, the last lines may not be written"]
pub struct Log(Lines);

#[derive(Debug, Clone)]
struct Lines {
    /// `None` where there is no thread to write them.
    queue: Option<SyncSender<Entry>>,
    dropped: Arc<AtomicU64>,
    /// The next line waits for room.
    waits: bool,
}

enum Entry {
    Line(Vec<u8>),
    /// Everything before it is written.
    Flush(SyncSender<()>),
}

/// Logs to standard error at `info`, or as `RUST_LOG` says (`debug`, `stage5=debug,connection=warn`). A
/// directive that means nothing here is named in a warning, and the rest holds. Panics are logged as well.
///
/// # Errors
/// When this process logs already.
#[track_caller]
pub fn log_to_stderr() -> io::Result<Log> {
    let program = crate_of(Location::caller().file());
    let (queue, entries) = sync_channel(LINES);
    let dropped = Arc::new(AtomicU64::new(0));
    let count = dropped.clone();
    let thread = thread::Builder::new().name("log".to_owned());
    let started = thread.spawn(move || write_all(&entries, &count));
    let lines = Lines { queue: started.is_ok().then_some(queue), dropped, waits: false };
    let wanted = env::var_os("RUST_LOG").unwrap_or_default();
    let (filter, refused) = filter(&wanted.to_string_lossy(), program);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_target(false)
        .with_ansi(false) // also where another crate of the same build asks for colours
        .log_internal_errors(false); // a log that nobody reads any more is no reason to panic
    let subscriber = tracing_subscriber::registry().with(layer).with(filter);
    subscriber.try_init().map_err(io::Error::other)?;
    // On one line, and as little in anybody's way as the others.
    panic::set_hook(Box::new(|panic| tracing::error!("{}", panic.to_string().replace('\n', " "))));
    if !refused.is_empty() {
        let refused = refused.join("`, `");
        tracing::warn!(
            target: LOST,
            "RUST_LOG: `{refused}` is neither a level (off, error, warn, info, debug, trace) nor a part \
            of this server ({program}, connection): info is used"
        );
    }
    Ok(Log(lines))
}

/// Writes the last line of standard output, and waits a second at most for whoever reads it: a server that is
/// to end does not wait for a pipe that nobody empties.
pub fn print_last_line(line: &str) {
    let (done, written) = sync_channel(1);
    let text = format!("{line}\n");
    let write = move || {
        // Ignore errors: standard output may be closed.
        let _ = io::stdout().write_all(text.as_bytes());
        let _ = done.send(());
    };
    match thread::Builder::new().name("stdout".to_owned()).spawn(write) {
        Ok(_) => drop(written.recv_timeout(FLUSH)),
        Err(_) => drop(writeln!(io::stdout(), "{line}")),
    }
}

/// Reads `RUST_LOG`, and returns the directives in it that mean nothing here as well. What it does not mention is
/// logged at `info`.
fn filter(wanted: &str, program: &str) -> (Targets, Vec<String>) {
    let is_part = |target: &str| {
        let part = target.split("::").next();
        part == Some(program) || part == Some("connection")
    };
    // A level that is given later takes the place of this one.
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

/// The crate that a source file belongs to, which is named as the folder of its `src`; empty where there
/// is none. (The program's file may have been given any name.)
fn crate_of(file: &str) -> &str {
    let mut folders = file.rsplit(['/', '\\']).skip_while(|folder| *folder != "src");
    folders.nth(1).unwrap_or("")
}

/// Writes lines as they come, until nobody can send any more.
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

/// Waits until there is room for an entry, or the time has come; then it is not sent.
fn send_by(until: Instant, queue: &SyncSender<Entry>, mut entry: Entry) -> bool {
    loop {
        match queue.try_send(entry) {
            Err(TrySendError::Full(back)) if Instant::now() < until => entry = back,
            sent => return sent.is_ok(),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let Some(queue) = &self.0.queue else { return };
        let until = Instant::now() + FLUSH;
        let (written, all_written) = sync_channel(1);
        if send_by(until, queue, Entry::Flush(written)) {
            let _ = all_written.recv_timeout(until.saturating_duration_since(Instant::now()));
        }
    }
}

/// Takes one line, which tracing writes at once.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let Some(queue) = &self.queue else { return io::stderr().write(line) };
        let until = Instant::now() + if self.waits { FLUSH } else { Duration::ZERO };
        if !send_by(until, queue, Entry::Line(line.to_vec())) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Lines;

    fn make_writer(&self) -> Lines {
        self.clone()
    }

    fn make_writer_for(&self, line: &Metadata<'_>) -> Lines {
        Lines { waits: line.target() == LOST, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_told_and_the_rest_holds() {
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
            let (filter, told) = filter(wanted, "stage5");
            assert_eq!(
                (filter.default_level(), &*told.join(" ")),
                (Some(level), refused),
                "{wanted}"
            );
            assert!(filter.would_enable(LOST, &tracing::Level::WARN), "{wanted}");
        }
    }

    #[test]
    fn what_was_lost_waits_for_room_and_the_rest_is_dropped() {
        let (queue, entries) = sync_channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let lines = Lines { queue: Some(queue), dropped: dropped.clone(), waits: false };
        let layer = tracing_subscriber::fmt::layer().with_writer(lines);
        let log = tracing_subscriber::registry().with(layer);
        let writer = thread::spawn(move || {
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
        writer.join().expect("it does not panic");
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_source_belongs_to_the_crate_that_its_folder_is_named_after() {
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
