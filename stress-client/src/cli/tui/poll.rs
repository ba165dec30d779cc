//! Reads the server's metrics during a run, in a separate thread: a slow answer delays neither the
//! run nor the screen.

use load::metrics::{self, Metrics, MetricsError};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(500);

/// The result of one read.
pub type Reading = Result<Metrics, MetricsError>;

/// Starts the thread, which ends when the receiver is dropped or the server has no metrics.
pub fn start(url: &str) -> Receiver<Reading> {
    let (sender, readings) = mpsc::channel();
    let url = url.to_owned();
    let poll = move || {
        loop {
            let reading = metrics::read(&url);
            let has_none = matches!(reading, Err(MetricsError::None(_)));
            if sender.send(reading).is_err() || has_none {
                return;
            }
            thread::sleep(INTERVAL);
        }
    };
    // If no thread can be started, run without metrics.
    let _ = thread::Builder::new().name("metrics".to_owned()).spawn(poll);
    readings
}
