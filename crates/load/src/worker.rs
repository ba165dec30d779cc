//! The task of one connection: takes a due request, sends it, records the outcome, and repeats.

use super::events::Body;
use super::live::Live;
use super::outcome::{Cause, Outcome, Reader};
use super::plan::Plan;
use super::retry::RETRY_AFTER_MAX;
use super::rules::Outcomes;
use super::schedule::{Schedule, Slot};
use super::tally::{Exchange, Tally};
use super::time_limit::TimeLimit;
use super::transport::{Answer, Connect, Connects, Failure, Transport};
use std::error::Error;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The interval at which a waiting worker checks whether the run is over.
const TICK: Duration = Duration::from_millis(20);

/// The minimum number of first answers that decide whether the server was busy before the run.
const OPENING_MIN: u64 = 10;

/// The state that all connections share.
pub(crate) struct Shared {
    plan: Plan,
    schedule: Arc<Schedule>,
    live: Arc<Live>,
}

/// A request in flight. If the run is aborted, dropping it records an error of unknown fate.
struct InFlight<'a> {
    slot: Slot,
    free: Instant,
    sent: Instant,
    invalid: bool,
    url: usize,
    tally: Option<&'a Mutex<Tally>>,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let Some(tally) = self.tally else { return };
        let Self { slot, free, sent, invalid, url, .. } = *self;
        let (done, outcome) = (Instant::now(), Outcome::from_timeout(true));
        let exchange =
            Exchange { slot, free, sent, connect: Connect::Kept, done, outcome, invalid, url };
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.record(&exchange, false);
        tally.settled += 1;
    }
}

/// A connection and the record of its connects.
pub(crate) struct Link<T> {
    pub(crate) transport: T,
    pub(crate) connects: Connects,
}

/// The worker of one connection to each URL. It uses one of them at a time.
pub(crate) struct Worker<T> {
    /// One for each URL, used in turn.
    links: Vec<Link<T>>,
    reader: Reader,
    /// The time from the start of the run to its first request.
    delay: Duration,
}

impl Shared {
    pub(crate) fn new(plan: &Plan, schedule: Arc<Schedule>, live: Arc<Live>) -> Self {
        Self { plan: plan.clone(), schedule, live }
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.live.is_aborted()
    }
}

impl<T: Transport> Worker<T> {
    pub(crate) fn new(links: Vec<Link<T>>, delay: Duration) -> Self {
        Self { links, reader: Reader::default(), delay }
    }

    /// Sends one request after another until no slot is left.
    pub(crate) async fn work(mut self, shared: Arc<Shared>, tally: Arc<Mutex<Tally>>) {
        let begin = Instant::now() + self.delay;
        if !wait_until(begin, &shared.schedule).await {
            return;
        }
        let mut retry = None;
        let mut limit = TimeLimit::new(shared.plan.timeout);
        loop {
            let free = Instant::now();
            let slot = match retry.take() {
                Some(slot) => slot,
                None if shared.live.is_ended() => return,
                None => match shared.schedule.take().await {
                    Some(slot) => slot,
                    None => return,
                },
            };
            let delay = self.send(slot, free, &mut limit, &shared, &tally).await;
            let slot = delay.map(|delay| Slot {
                attempt: slot.attempt + 1,
                due: Instant::now() + delay,
                ..slot
            });
            match slot {
                None => shared.schedule.settle(),
                // In a closed loop the connection itself waits.
                Some(slot) if !shared.plan.is_open() => {
                    if !wait_until(slot.due, &shared.schedule).await {
                        return;
                    }
                    retry = Some(slot);
                }
                // In an open loop the connection sends other requests meanwhile.
                Some(slot) => {
                    let schedule = shared.schedule.clone();
                    tokio::spawn(async move {
                        sleep(slot.due.saturating_duration_since(Instant::now())).await;
                        schedule.send_again(slot);
                    });
                }
            }
        }
    }

    /// Sends one request and records the outcome. Returns the delay before its retry, if any.
    async fn send(
        &mut self,
        slot: Slot,
        free: Instant,
        limit: &mut TimeLimit,
        shared: &Shared,
        tally: &Mutex<Tally>,
    ) -> Option<Duration> {
        let plan = &shared.plan;
        let Body { bytes, invalid } = plan.events.body(slot.number);
        let echo = (plan.outcomes == Outcomes::Echo).then(|| bytes.clone());
        let url = (slot.number % self.links.len() as u64) as usize;
        let link = &mut self.links[url];
        let sent = Instant::now();
        let mut in_flight = InFlight { slot, free, sent, invalid, url, tally: Some(tally) };
        let result = limit.run(pin!(link.transport.exchange(bytes))).await;
        let done = Instant::now();
        let connect = link.connects.take();
        let is_connected = !matches!(connect, Connect::Unfinished { .. });
        let outcome = match &result {
            Some(Ok(answer)) => self.reader.read(answer, &plan.outcomes, echo.as_deref()),
            Some(Err(failure)) => Outcome::from_failure(failure.as_ref(), is_connected),
            None => Outcome::from_timeout(is_connected),
        };
        let answer = result.as_ref().and_then(|result| result.as_ref().ok());
        if answer.is_none_or(|answer| answer.closes) {
            link.connects.close();
        }
        let retry_after = answer.and_then(|answer| answer.retry_after);
        let seed = plan.events.request_seed(slot.number);
        let delay = plan.retry.delay(outcome, slot.attempt, retry_after, seed);

        in_flight.tally = None;
        let nth = shared.live.record(outcome, plan.errors_in_a_row);
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = nth < plan.concurrency.max(OPENING_MIN);
        tally
            .record(&Exchange { slot, free, sent, connect, done, outcome, invalid, url }, is_first);
        tally.settled += u64::from(delay.is_none());
        let is_shortened = retry_after > Some(RETRY_AFTER_MAX) && delay > Some(Duration::ZERO);
        tally.shortened_waits += u64::from(is_shortened);
        tally.exhausted += u64::from(delay.is_none() && plan.retry.would_retry(outcome));
        // The other causes need no example, nor do requests that were invalid on purpose.
        if tally.example.is_none()
            && !invalid
            && let Outcome::Error(Cause::Status | Cause::Body | Cause::Other, _) = outcome
        {
            tally.example = result.as_ref().map(describe);
        }
        delay
    }
}

/// Describes an answer, or the innermost error of a failure.
fn describe(result: &Result<Answer, Failure>) -> String {
    match result {
        Ok(answer) => answer.describe(),
        Err(failure) => {
            let mut innermost: &dyn Error = failure.as_ref();
            while let Some(source) = innermost.source() {
                innermost = source;
            }
            innermost.to_string()
        }
    }
}

/// Waits until `due`; returns false if the run is stopped first.
async fn wait_until(due: Instant, schedule: &Schedule) -> bool {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if schedule.is_stopped() || left.is_zero() {
            return !schedule.is_stopped();
        }
        sleep(left.min(TICK)).await;
    }
}
