//! An exchange on one connection as data, and its deliveries.
//!
//! The meaning of a byte stream must not depend on its segments, and after an error nothing may be
//! read as a request. So an exchange is run up to three times: sent whole, sent byte by byte, and
//! followed by another request.

use super::answer::{Answer, Then};
use super::response::{Bytes, To};
use super::wire::{Wire, WireError};
use super::{Stop, Target};
use std::fmt::{self, Display, Formatter};

/// The request after an exchange, answered with 404 if it is read as a request.
const FURTHER: &[u8] = b"GET /check-further HTTP/1.1\r\nHost: check\r\n\r\n";
/// The maximum length of an exchange that is also sent byte by byte.
const BYTEWISE_MAX: usize = 2048;

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

    /// Runs the exchange in each delivery that applies, each on a new connection.
    pub(crate) fn run(&self, target: &Target) -> Result<(), Stop> {
        for delivery in self.deliveries(target.stage) {
            self.deliver(delivery, target)
                .map_err(|got| Stop::Failed(format!("{delivery}: {got}")))?;
        }
        Ok(())
    }

    fn deliveries(&self, stage: u8) -> Vec<Delivery> {
        let mut deliveries = vec![Delivery::Whole];
        // An accepted event queues a job: one is enough.
        if self.0.iter().any(|step| matches!(step, Step::Get(answer) if answer.accepts_event())) {
            return deliveries;
        }
        let sent: usize = self
            .0
            .iter()
            .map(|step| if let Step::Send(bytes) = step { bytes.len() } else { 0 })
            .sum();
        if sent <= BYTEWISE_MAX {
            deliveries.push(Delivery::ByteByByte);
        }
        // Stages 1 and 2 serve one request per connection and may do anything with what follows it.
        if stage >= 3 && !self.0.iter().any(|step| matches!(step, Step::Finish)) {
            deliveries.push(Delivery::WithFurtherRequest);
        }
        deliveries
    }

    fn deliver(&self, delivery: Delivery, target: &Target) -> Result<(), String> {
        let mut wire =
            Wire::open(target.address, target.patience).map_err(|error| error.to_string())?;
        let last_send = self.0.iter().rposition(|step| matches!(step, Step::Send(_)));
        let mut then = Then::Either;
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Send(bytes) => {
                    let further =
                        delivery == Delivery::WithFurtherRequest && last_send == Some(index);
                    send(&mut wire, bytes, delivery, further);
                }
                Step::Finish => wire.finish(),
                Step::Get(answer) => {
                    get(&mut wire, answer, target.stage)?;
                    then = answer.then;
                }
            }
        }
        check_end(&mut wire, then, delivery)
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

fn get(wire: &mut Wire, expected: &Answer, stage: u8) -> Result<(), String> {
    let mut got = wire.answer(expected.to).map_err(|error| error.to_string())?;
    if got.status == 100 && expected.continued {
        got = wire.answer(expected.to).map_err(|error| error.to_string())?;
    }
    expected.judge(&got, stage).map_err(|wrong| format!("{got} ({wrong})"))
}

fn check_end(wire: &mut Wire, then: Then, delivery: Delivery) -> Result<(), String> {
    if then == Then::Open {
        if delivery != Delivery::WithFurtherRequest {
            // Reading the answer shows whether the connection is closed.
            let _ = wire.send(FURTHER);
        }
        return match wire.answer(To::Other) {
            Ok(got) if got.status == 404 => Ok(()),
            Ok(got) => Err(format!("the right answer, but to another request: {got}")),
            Err(error) => Err(format!("the right answer, but to another request: {error}")),
        };
    }
    if then == Then::Closed {
        return match wire.end() {
            Ok(()) => Ok(()),
            Err(WireError::Surplus(bytes)) => {
                Err(format!("the right answer, followed by: {}", Bytes(&bytes)))
            }
            Err(error) => Err(format!("the right answer, but not closed cleanly: {error}")),
        };
    }
    // The server may close the connection or answer the next request, but nothing else.
    if delivery == Delivery::WithFurtherRequest {
        return match wire.answer(To::Other) {
            Ok(got) if got.status == 404 => Ok(()),
            Err(WireError::Closed) => Ok(()),
            Ok(got) => Err(format!("the right answer, but to another request: {got}")),
            Err(error) => Err(format!("the right answer, but to another request: {error}")),
        };
    }
    Ok(())
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

    /// Describes the expected answers.
    pub(crate) fn expected(&self) -> String {
        let parts = self.0.iter().filter_map(|step| match step {
            Step::Get(answer) => Some(answer.to_string()),
            _ => None,
        });
        parts.collect::<Vec<_>>().join(", then ")
    }
}
