//! An exchange on one connection as data, and its deliveries.
//!
//! The meaning of a byte stream must not depend on its segments, and after an error nothing may be
//! read as a request. So an exchange is run up to three times: sent whole, sent byte by byte, and
//! followed by another request.

use super::answer::{Answer, Then};
use super::dialect::Dialect;
use super::promise::Stop;
use super::response::{Bytes, Response, To};
use super::target::Target;
use super::wire::{Wire, WireError};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// The request after an exchange, answered with 404 if it is read as a request.
const FURTHER: &[u8] = b"GET /check-further HTTP/1.1\r\nHost: check\r\n\r\n";
/// The maximum length of an exchange that is also sent byte by byte.
const BYTEWISE_MAX: usize = 2048;
/// The maximum number of attempts to get an answer that is lost to a reset.
const ATTEMPTS: usize = 5;
const RESET: &str = "each answer is lost to a reset";

/// The bytes to send and the answers to expect, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange(Vec<Step>);

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<u8>),
    /// Closes the sending side.
    Finish,
    Get(Answer),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Whole,
    ByteByByte,
    WithFurtherRequest,
}

impl Exchange {
    pub(crate) fn sends(&mut self, bytes: Vec<u8>) {
        self.0.push(Step::Send(bytes));
    }

    pub(crate) fn and(&mut self, mut bytes: Vec<u8>) {
        if let Some(Step::Send(sent)) = self.0.last_mut() {
            sent.append(&mut bytes);
        }
    }

    pub(crate) fn finishes(&mut self) {
        self.0.push(Step::Finish);
    }

    pub(crate) fn gets(&mut self, answer: Answer) {
        self.0.push(Step::Get(answer));
    }

    /// Runs the exchange in each delivery that applies, each on a new connection, and judges it by
    /// the habits of the server.
    pub(crate) fn run(&self, target: &Target) -> Result<(), Stop> {
        let dialect = &target.dialect;
        if let Some(unmet) = self.answers().find_map(|answer| answer.unmet(dialect)) {
            return Err(Stop::NotAsked(format!("it needs {unmet}, which did not pass")));
        }
        let mut other_body = Ok(());
        for delivery in self.deliveries(target.stage, dialect) {
            let mut judged = self.deliver(delivery, target, dialect);
            for _ in 1..ATTEMPTS {
                if matches!(judged, Err(Stop::NotJudged(_))) {
                    judged = self.deliver(delivery, target, dialect);
                }
            }
            match judged {
                Err(Stop::NotJudged(got)) => return Err(Stop::Failed(got)),
                Err(Stop::Failed(got)) => return Err(Stop::Failed(format!("{delivery}: {got}"))),
                Err(stop) => other_body = Err(stop),
                Ok(()) => {}
            }
        }
        other_body
    }

    /// Runs the exchange sent whole, and judges it by the contract.
    pub(crate) fn run_strictly(&self, target: &Target) -> Result<(), Stop> {
        // Bodies have a check of their own.
        let foreign = target.dialect.foreign.clone();
        let dialect = Dialect { foreign, ..Dialect::contract(target.stage) };
        self.deliver(Delivery::Whole, target, &dialect)
    }

    fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.0
            .iter()
            .filter_map(|step| if let Step::Get(answer) = step { Some(answer) } else { None })
    }

    fn deliveries(&self, stage: u8, dialect: &Dialect) -> Vec<Delivery> {
        let mut deliveries = vec![Delivery::Whole];
        // An accepted event queues a job: one is enough.
        if self.answers().any(Answer::accepts_event) {
            return deliveries;
        }
        let sent: usize = self
            .0
            .iter()
            .map(|step| if let Step::Send(bytes) = step { bytes.len() } else { 0 })
            .sum();
        if sent <= BYTEWISE_MAX && dialect.joins_segments {
            deliveries.push(Delivery::ByteByByte);
        }
        // Stages 1 and 2 serve one request per connection and may do anything with what follows it.
        if stage >= 3
            && dialect.pipelines
            && !self.0.iter().any(|step| matches!(step, Step::Finish))
        {
            deliveries.push(Delivery::WithFurtherRequest);
        }
        deliveries
    }

    fn deliver(&self, delivery: Delivery, target: &Target, dialect: &Dialect) -> Result<(), Stop> {
        let mut wire = target.open()?;
        let last_send = self.0.iter().rposition(|step| matches!(step, Step::Send(_)));
        let (mut then, mut status) = (Then::Either, 0);
        // A body of another form hides nothing that comes after it.
        let mut other_body = Ok(());
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Send(bytes) => {
                    let further =
                        delivery == Delivery::WithFurtherRequest && last_send == Some(index);
                    send(&mut wire, bytes, delivery, further);
                }
                Step::Finish => wire.finish(),
                Step::Get(answer) => {
                    let first = wire.answer(answer.to);
                    // A server that refuses a request early may lose its answer to a reset if more
                    // bytes come; the checks of early errors tell that.
                    if answer.is_refusal() && matches!(first, Err(WireError::Reset)) {
                        return match delivery {
                            Delivery::Whole => Err(Stop::NotJudged(RESET.to_owned())),
                            _ => other_body,
                        };
                    }
                    let mut got = first?;
                    if got.status == 100 && answer.continued {
                        got = wire.answer(answer.to)?;
                    }
                    match answer.judge(&got, dialect, target.stage) {
                        Err(stop @ Stop::OtherBody(_)) => other_body = Err(stop),
                        judged => judged?,
                    }
                    (then, status) = (answer.then, got.status);
                }
            }
        }
        // One that goes on after an error may read anything as a request.
        if !dialect.closes && then == Then::Either && [400, 501].contains(&status) {
            return other_body;
        }
        check_end(&mut wire, then, delivery, dialect, target.closing()).map_err(Stop::Failed)?;
        other_body
    }
}

/// Sends bytes and ignores errors: the server may have answered early and closed the connection,
/// and that answer counts.
fn send(wire: &mut Wire, bytes: &[u8], delivery: Delivery, further: bool) {
    let _ = match delivery {
        Delivery::ByteByByte => bytes.iter().try_for_each(|byte| wire.send([*byte])),
        _ if further => wire.send([bytes, FURTHER].concat()),
        _ => wire.send(bytes),
    };
}

fn check_end(
    wire: &mut Wire,
    then: Then,
    delivery: Delivery,
    dialect: &Dialect,
    closing: Duration,
) -> Result<(), String> {
    let answered_further = |got: Result<Response, WireError>| match got {
        Ok(got) if got.status == dialect.not_found => Ok(()),
        Ok(got) => Err(format!("the right answer, but to another request: {got}")),
        Err(error) => Err(format!("the right answer, but to another request: {error}")),
    };
    match then {
        Then::Open if dialect.persists => {
            if delivery != Delivery::WithFurtherRequest {
                // Reading the answer shows whether the connection is closed.
                let _ = wire.send(FURTHER);
            }
            answered_further(wire.answer(To::Other))
        }
        Then::Closed | Then::Ended if dialect.closes || then == Then::Ended => {
            match wire.end_within(closing) {
                // A reset may lose an answer; the checks of early errors tell that.
                Ok(()) | Err(WireError::Reset) => Ok(()),
                Err(WireError::Surplus(bytes)) => {
                    Err(format!("the right answer, followed by: {}", Bytes(&bytes)))
                }
                Err(error) => Err(format!("the right answer, but not closed cleanly: {error}")),
            }
        }
        // The server may close the connection or answer the next request, but nothing else.
        Then::Either if delivery == Delivery::WithFurtherRequest => match wire.answer(To::Other) {
            Err(WireError::Closed) => Ok(()),
            got => answered_further(got),
        },
        _ => Ok(()),
    }
}

impl Display for Delivery {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole => "sent whole",
            Self::ByteByByte => "sent byte by byte",
            Self::WithFurtherRequest => "followed by another request",
        })
    }
}

impl Exchange {
    /// Describes what is sent.
    pub(crate) fn sent(&self) -> String {
        let parts = self.0.iter().filter_map(|step| match step {
            Step::Send(bytes) => Some(Bytes(bytes).to_string()),
            Step::Finish => Some("(the sending side is closed)".to_owned()),
            Step::Get(_) => None,
        });
        parts.collect::<Vec<_>>().join(" then ")
    }

    /// Describes the expected answers of a server of that stage.
    pub(crate) fn expected(&self, stage: u8) -> String {
        let answers: Vec<String> = self.answers().map(|answer| answer.describe(stage)).collect();
        let end = self.answers().last().map_or("", Answer::describe_end);
        answers.join(", then ") + end
    }
}
