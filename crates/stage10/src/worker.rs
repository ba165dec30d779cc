//! The workers: each a thread of its own, all of them on one queue. Whoever is idle takes the next
//! job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::{io, thread};

use protocol::Event;
use tokio::runtime::Builder;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Mutex, OwnedSemaphorePermit};
use tokio::time::Instant;

use crate::balances::{Balances, Update};
use crate::members::Member;
use crate::metrics::Metrics;
use crate::state::State;
use crate::work::Work;

/// An accepted event on its way to the balances.
pub struct Job {
    pub event: Event,
    /// How long it waits is seen here alone: after its 202 the client hears no more of it.
    pub queued: Instant,
    /// What it takes of the server's capacity, until it is done.
    pub permit: OwnedSemaphorePermit,
}

/// A receiver has one owner at a time, so the workers pass it round. An idle worker keeps it locked
/// while it waits for a job: nobody else could close it, and the queue ends with its senders.
type Jobs = Arc<Mutex<UnboundedReceiver<Job>>>;

/// The parts of a server that do not vary by job.
pub struct Worker {
    pub balances: Arc<Balances>,
    pub work: Work,
    pub metrics: Arc<Metrics>,
    pub state: Arc<State>,
    /// Fault injection: a job of this user panics.
    pub panic_user: Option<String>,
    /// Dropped with the last worker.
    pub _member: Member,
}

/// Starts the workers. They run until the queue has no sender any more.
pub fn start(workers: u16, jobs: UnboundedReceiver<Job>, worker: Worker) -> io::Result<()> {
    let (jobs, worker): (Jobs, _) = (Arc::new(Mutex::new(jobs)), Arc::new(worker));
    for number in 0..workers {
        let (jobs, worker) = (jobs.clone(), worker.clone());
        let name = format!("worker-{number}");
        let begin = move || {
            // The worker's own runtime: a slow job delays nothing but the worker that has it.
            let runtime = Builder::new_current_thread().enable_time().build();
            let runtime = runtime.expect("a clock alone needs nothing of the system");
            runtime.block_on(worker.run(number, &jobs));
        };
        thread::Builder::new().name(name.clone()).spawn(begin).map_err(|error| {
            io::Error::other(format!("cannot start the thread of {name}: {error}"))
        })?;
    }
    Ok(())
}

impl Worker {
    async fn run(&self, number: u16, jobs: &Jobs) {
        while let Some(Job { event, queued, permit }) = next(jobs).await {
            let waited = queued.elapsed();
            self.work.perform().await;
            // A job that panics is one job lost, not a worker: the pool keeps its size.
            let update = catch_unwind(AssertUnwindSafe(|| self.update(&event)));
            let Update { balance, wait, hold } = update.unwrap_or_default();
            let user = event.user.escape_debug();
            tracing::debug!(worker = number, %user, balance, ?waited, ?wait, ?hold, "done");
            let is_applied = balance.is_some();
            self.state.enter(&event, is_applied, || self.metrics.done(is_applied, waited, wait));
            drop(permit);
        }
    }

    fn update(&self, event: &Event) -> Update {
        if self.panic_user.as_ref() == Some(&event.user) {
            panic!("a job of {}, as --panic-user asked", event.user);
        }
        self.balances.add(event)
    }
}

/// Takes one job, and gives the receiver back before the job is done.
async fn next(jobs: &Jobs) -> Option<Job> {
    jobs.lock().await.recv().await
}
