//! Work that would block the thread that serves.

use std::thread;

use protocol::Fault;
use tokio::sync::{Semaphore, oneshot};

/// One thread at a time: clients that ask for a lot of work wait, and do not take a thread and its memory
/// each.
static ROOM: Semaphore = Semaphore::const_new(1);

/// Does something on a thread of its own, which lives no longer, and returns what came of it. Further
/// work waits until it is done.
///
/// # Errors
/// [`Fault::Unavailable`] when the system has no thread to spare, or the work panicked. (tokio's
/// `spawn_blocking` panics in the first case.)
pub async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let permit = ROOM.acquire().await.expect("it is never closed");
    let (done, result) = oneshot::channel();
    let work = move || {
        // Nobody waits for the result any more when the client has gone.
        drop(done.send(work()));
        drop(permit);
    };
    let started = thread::Builder::new().name("blocking".to_owned()).spawn(work);
    started.map_err(|_| Fault::Unavailable)?;
    result.await.map_err(|_| Fault::Unavailable)
}
