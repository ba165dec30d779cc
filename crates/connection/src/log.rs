//! The log on standard error: standard output belongs to programs that read it.
//!
//! A thread of its own writes the lines, so that serving never waits for whoever reads them: a pipe that
//! nobody empties, a terminal that is stopped. (`tracing-appender` does the same, and panics where
//! that thread cannot be started.)

use std::env;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target of errors that are logged whatever `RUST_LOG` says: what was lost.
pub const LOST: &str = "lost";
/// Lines that may wait to be written; further ones are dropped.
const LINES: usize = 4096;
/// How long the end of the process waits for the lines to be written.
const FLUSH: Duration = Duration::from_secs(1);

/// The log. Dropping it waits until all lines are written, a second at most.
#[derive(Debug)]
#[must_use = "without it, the last lines may not be written"]
pub struct Log(Lines);

#[derive(Debug, Clone)]
struct Lines {
    queue: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

enum Entry {
    Line(Vec<u8>),
    /// Everything before it is written.
    Flush(SyncSender<()>),
}

/// Logs to standard error at `info`, or as `RUST_LOG` says (`debug`, `stage5=debug,connection=warn`).
///
/// # Errors
/// When the thread that writes cannot be started.
pub fn log_to_stderr() -> io::Result<Log> {
    let (queue, entries) = sync_channel(LINES);
    let dropped = Arc::new(AtomicU64::new(0));
    let count = dropped.clone();
    let log = thread::Builder::new().name("log".to_owned());
    log.spawn(move || write_all(&entries, &count)).map_err(|error| {
        io::Error::other(format!("cannot start the thread that writes the log: {error}"))
    })?;
    let lines = Lines { queue, dropped };
    let (filter, refused) = filter(&env::var_os("RUST_LOG").unwrap_or_default().to_string_lossy());
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_target(false)
        .with_ansi(false) // also where another crate of the same build asks for colours
        .log_internal_errors(false); // a log that nobody reads any more is no reason to panic
    tracing_subscriber::registry().with(layer).with(filter).init();
    if !refused.is_empty() {
        let refused = refused.join("`, `");
        tracing::warn!("RUST_LOG: `{refused}` is neither a level nor a part of this server: info");
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

/// What `RUST_LOG` wants, and the directives in it that mean nothing here.
fn filter(wanted: &str) -> (Targets, Vec<String>) {
    let (mut known, mut refused) = (Vec::new(), Vec::new());
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
    let filter = match known.is_empty() || !refused.is_empty() && filter.default_level().is_none() {
        true => filter.with_default(LevelFilter::INFO),
        false => filter,
    };
    (filter.with_target(LOST, LevelFilter::ERROR), refused)
}

/// Whether something with this target is logged: by the program itself or a library of this project.
fn is_part(target: &str) -> bool {
    let program = env::current_exe().ok();
    let program = program.as_deref().and_then(|path| path.file_stem()?.to_str());
    let program = program.unwrap_or_default().replace('-', "_");
    let part = target.split("::").next().unwrap_or(target);
    part == program || ["connection", "protocol"].contains(&part)
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

impl Drop for Log {
    fn drop(&mut self) {
        let until = Instant::now() + FLUSH;
        let (written, all_written) = sync_channel(1);
        while let Err(TrySendError::Full(_)) = self.0.queue.try_send(Entry::Flush(written.clone()))
        {
            if Instant::now() > until {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = all_written.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

/// Takes one line, which tracing writes at once.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Entry::Line(line.to_vec())).is_err() {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_told_and_the_rest_holds() {
        let info = Some(LevelFilter::INFO);
        for (wanted, level, refused) in [
            ("", info, ""),
            ("debug", Some(LevelFilter::DEBUG), ""),
            ("WARN", Some(LevelFilter::WARN), ""),
            ("off", Some(LevelFilter::OFF), ""),
            (" info , connection=debug,", info, ""),
            ("connection=debug", None, ""),
            ("connection::listener", None, ""),
            ("warning", info, "warning"),
            ("verbose", info, "verbose"),
            ("myapp=debug", info, "myapp=debug"),
            ("connection=verbose", info, "connection=verbose"),
            ("debug,warning", Some(LevelFilter::DEBUG), "warning"),
            ("myapp,connection=debug,x=y=z", info, "myapp x=y=z"),
        ] {
            let (filter, told) = filter(wanted);
            assert_eq!((filter.default_level(), &*told.join(" ")), (level, refused), "{wanted}");
            assert!(filter.would_enable(LOST, &tracing::Level::ERROR), "{wanted}");
        }
    }
}
