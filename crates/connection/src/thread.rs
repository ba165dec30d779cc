//! Work that would block the thread that serves.

use std::thread;

use protocol::Fault;
use tokio::sync::oneshot;

/// Does something on a thread of its own, which lives no longer, and returns what came of it.
///
/// # Errors
/// [`Fault::Unavailable`] when the system has no thread to spare, or the work panicked. (tokio's
/// `spawn_blocking` panics in the first case.)
pub async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let (done, result) = oneshot::channel();
    // Nobody waits for the result any more when the client has gone.
    let work = move || drop(done.send(work()));
    let started = thread::Builder::new().name("blocking".to_owned()).spawn(work);
    started.map_err(|_| Fault::Unavailable)?;
    result.await.map_err(|_| Fault::Unavailable)
}
