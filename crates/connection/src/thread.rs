//! Runs blocking work outside the serving thread.

use std::thread;

use protocol::Fault;
use tokio::sync::{Semaphore, oneshot};

/// One permit, so that expensive requests wait instead of taking a thread and its memory each.
static ROOM: Semaphore = Semaphore::const_new(1);

/// Runs `work` on a new thread and returns its result. Only one call runs at a time; others wait.
///
/// # Errors
/// [`Fault::Unavailable`] if the system cannot start a thread or the work panics. (tokio's
/// `spawn_blocking` panics in the first case.)
pub async fn run_on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let permit = ROOM.acquire().await.expect("it is never closed");
    let (done, result) = oneshot::channel();
    let work = move || {
        // Ignore errors: the client may have disconnected.
        drop(done.send(work()));
        drop(permit);
    };
    let started = thread::Builder::new().name("blocking".to_owned()).spawn(work);
    started.map_err(|_| Fault::Unavailable)?;
    result.await.map_err(|_| Fault::Unavailable)
}
