//! Work that would block the thread that serves.

use std::thread;

use protocol::Fault;
use tokio::sync::{Semaphore, oneshot};

/// Threads that there may be at a time; further work waits for one to end. As many as tokio's
/// `spawn_blocking` has.
static ROOM: Semaphore = Semaphore::const_new(512);

/// Does something on a thread of its own, which lives no longer, and returns what came of it.
///
/// # Errors
/// [`Fault::Unavailable`] when the system has no thread to spare, or the work panicked. (tokio's
/// `spawn_blocking` panics in the first case.)
pub async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let place = ROOM.acquire().await.expect("it is never closed");
    let (done, result) = oneshot::channel();
    let work = move || {
        // Nobody waits for the result any more when the client has gone.
        drop(done.send(work()));
        drop(place);
    };
    let started = thread::Builder::new().name("blocking".to_owned()).spawn(work);
    started.map_err(|_| Fault::Unavailable)?;
    result.await.map_err(|_| Fault::Unavailable)
}
