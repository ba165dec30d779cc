//! One connection's work: take what is due, send it, see what came of it, and again.

use super::events::Body;
use super::live::Live;
use super::outcome::{Cause, Outcome};
use super::plan::Plan;
use super::retry::RETRY_AFTER_MAX;
use super::schedule::{Schedule, Slot};
use super::tally::{Exchange, Tally};
use super::transport::{Answer, Connect, Connects, Failure, Transport};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// How soon a client that waits before it tries again notices that the run is over.
const TICK: Duration = Duration::from_millis(20);

/// So many of a run's first answers, and one from each connection, say whether the server was busy
/// before it: they may come in any order.
const OPENING_MIN: u64 = 10;

/// What all connections share.
pub(crate) struct Shared {
    plan: Plan,
    schedule: Arc<Schedule>,
    live: Arc<Live>,
}

/// A request that was sent and has not come out yet. When it is dropped before it has, because the run does not
/// wait for it any more, it is entered as an error of unknown fate.
struct InFlight<'a> {
    slot: Slot,
    free: Instant,
    sent: Instant,
    invalid: bool,
    tally: Option<&'a Mutex<Tally>>,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let Some(tally) = self.tally else { return };
        let Self { slot, free, sent, invalid, .. } = *self;
        let (done, outcome) = (Instant::now(), Outcome::of_timeout(true));
        let exchange =
            Exchange { slot, free, sent, connect: Connect::Kept, done, outcome, invalid };
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.record(&exchange, false);
        tally.settled += 1;
    }
}

/// One connection, and when it begins.
pub(crate) struct Worker<T> {
    transport: T,
    connects: Connects,
    /// From the start of the run.
    begins: Duration,
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
    pub(crate) fn new(transport: T, connects: Connects, begins: Duration) -> Self {
        Self { transport, connects, begins }
    }

    /// Sends one request after another until no slot is left.
    pub(crate) async fn work(mut self, shared: Arc<Shared>, tally: Arc<Mutex<Tally>>) {
        let begin = Instant::now() + self.begins;
        if !wait_until(begin, &shared.schedule).await {
            return;
        }
        let mut again = None;
        loop {
            let free = Instant::now();
            let slot = match again.take() {
                Some(slot) => slot,
                None if shared.live.is_ended() => return,
                None => match shared.schedule.take().await {
                    Some(slot) => slot,
                    None => return,
                },
            };
            let pause = self.send(slot, free, &shared, &tally).await;
            let slot = pause.map(|pause| Slot {
                attempt: slot.attempt + 1,
                due: Instant::now() + pause,
                ..slot
            });
            match slot {
                None => shared.schedule.settle(),
                // A closed loop's client waits itself.
                Some(slot) if shared.plan.rate.is_none() => {
                    if !wait_until(slot.due, &shared.schedule).await {
                        return;
                    }
                    again = Some(slot);
                }
                // An open loop's lets the connection go meanwhile.
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

    /// Sends one request and records what came of it. Returns after how long it is to be sent again,
    /// if it is.
    async fn send(
        &mut self,
        slot: Slot,
        free: Instant,
        shared: &Shared,
        tally: &Mutex<Tally>,
    ) -> Option<Duration> {
        let plan = &shared.plan;
        let Body { bytes, invalid } = plan.events.body(slot.number);
        let echo = plan.echo.then(|| bytes.clone());
        let sent = Instant::now();
        let mut in_flight = InFlight { slot, free, sent, invalid, tally: Some(tally) };
        let result = timeout(plan.timeout, self.transport.exchange(bytes)).await;
        let done = Instant::now();
        let connect = self.connects.take();
        let outcome = outcome(&result, echo.as_deref(), connect);
        let answer = result.as_ref().ok().and_then(|result| result.as_ref().ok());
        if answer.is_none_or(|answer| answer.closes) {
            self.connects.close();
        }
        let retry_after = answer.and_then(|answer| answer.retry_after);
        let seed = plan.events.seed_of(slot.number);
        let pause = plan.retry.pause(outcome, slot.attempt, retry_after, seed);

        in_flight.tally = None;
        let nth = shared.live.record(outcome, plan.errors_in_a_row);
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = nth < plan.concurrency.max(OPENING_MIN);
        tally.record(&Exchange { slot, free, sent, connect, done, outcome, invalid }, is_first);
        tally.settled += u64::from(pause.is_none());
        let is_cut = retry_after > Some(RETRY_AFTER_MAX) && pause > Some(Duration::ZERO);
        tally.waits_cut += u64::from(is_cut);
        tally.exhausted += u64::from(pause.is_none() && plan.retry.would_retry(outcome));
        // The other causes say all there is to say, and what was to be refused needs no example.
        if tally.example.is_none()
            && !invalid
            && let Outcome::Error(Cause::Status | Cause::Body | Cause::Other, _) = outcome
        {
            tally.example = words(&result);
        }
        pause
    }
}

/// A result of the transport, or none in time.
type Timely = Result<Result<Answer, Failure>, tokio::time::error::Elapsed>;

fn outcome(result: &Timely, echo: Option<&[u8]>, connect: Connect) -> Outcome {
    let connected = !matches!(connect, Connect::Unfinished { .. });
    match (result, echo) {
        (Ok(Ok(answer)), Some(sent)) => Outcome::of_echo(answer, sent),
        (Ok(Ok(answer)), None) => Outcome::of_answer(answer),
        (Ok(Err(failure)), _) => Outcome::of_failure(failure.as_ref(), connected),
        (Err(_), _) => Outcome::of_timeout(connected),
    }
}

/// An answer's own words, or a failure's innermost ones, which say most.
fn words(result: &Timely) -> Option<String> {
    match result.as_ref().ok()? {
        Ok(answer) => Some(answer.words()),
        Err(failure) => {
            let mut innermost: &dyn Error = failure.as_ref();
            while let Some(source) = innermost.source() {
                innermost = source;
            }
            Some(innermost.to_string())
        }
    }
}

/// Waits, and says whether there is still something to be done then.
async fn wait_until(due: Instant, schedule: &Schedule) -> bool {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if schedule.is_stopped() || left.is_zero() {
            return !schedule.is_stopped();
        }
        sleep(left.min(TICK)).await;
    }
}
