//! The workers: threads that share one queue. An idle worker takes the next job.

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
    /// Measures the wait in the queue, which the client cannot see: its 202 came before.
    pub queued: Instant,
    /// The job's share of the capacity, until it is done.
    pub permit: OwnedSemaphorePermit,
}

/// A receiver has one owner at a time, so the workers share it under a lock. An idle worker holds
/// the lock while it waits for a job. Nothing else could close the receiver, so the queue ends with
/// its senders.
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

/// Starts the workers. They run until the queue has no sender and is empty.
pub fn start(workers: u16, jobs: UnboundedReceiver<Job>, worker: Worker) -> io::Result<()> {
    let (jobs, worker): (Jobs, _) = (Arc::new(Mutex::new(jobs)), Arc::new(worker));
    for number in 0..workers {
        let (jobs, worker) = (jobs.clone(), worker.clone());
        let name = format!("worker-{number}");
        let begin = move || {
            // A runtime per worker: a slow job delays no other worker.
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
            // A panic costs one job, not a worker: the pool keeps its size.
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

/// Takes one job, and unlocks the receiver before the job is performed.
async fn next(jobs: &Jobs) -> Option<Job> {
    jobs.lock().await.recv().await
}
