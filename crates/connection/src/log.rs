//! The log on standard error: standard output belongs to programs that read it.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Logs to standard error at `info`, or as `RUST_LOG` says (`debug`, `stage5=debug,connection=warn`).
pub fn log_to_stderr() {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = match wanted.as_str() {
        "" => Ok(Targets::new().with_default(LevelFilter::INFO)),
        wanted => wanted.parse(),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false) // also where another crate of the same build asks for colours
        .log_internal_errors(false); // a log that nobody reads any more is no reason to panic
    let refused = filter.as_ref().err().map(ToString::to_string);
    let filter = filter.unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    tracing_subscriber::registry().with(lines).with(filter).init();
    if let Some(error) = refused {
        tracing::warn!("RUST_LOG={wanted} is no filter ({error}); logging at info");
    }
}
