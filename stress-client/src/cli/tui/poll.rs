//! The server's own metrics while it is under load, asked for from a thread of its own: a server that
//! is slow to answer holds up neither the run nor the screen.

use load::metrics::{self, Metrics, MetricsError};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

const EVERY: Duration = Duration::from_millis(500);

/// What the server said, or why it did not.
pub type Reading = Result<Metrics, MetricsError>;

/// Begins to ask, until nobody listens any more or the server is found to have no metrics.
pub fn start(url: &str) -> Receiver<Reading> {
    let (told, readings) = mpsc::channel();
    let url = url.to_owned();
    let poll = move || {
        loop {
            let reading = metrics::read(&url);
            let has_none = matches!(reading, Err(MetricsError::None(_)));
            if told.send(reading).is_err() || has_none {
                return;
            }
            thread::sleep(EVERY);
        }
    };
    // Without a thread to spare there are no metrics to see, and the run is as good.
    let _ = thread::Builder::new().name("metrics".to_owned()).spawn(poll);
    readings
}
