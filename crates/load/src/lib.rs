//! The load generator: sends events in a closed or an open loop and accounts for every one.
//!
//! ```no_run
//! use std::sync::Arc;
//! use load::{Live, Plan, run};
//!
//! let plan = Plan { requests: Some(1000), ..Plan::default() };
//! let report = run(&plan, &Arc::new(Live::default()))?;
//! assert_eq!(report.sent, report.accepted + report.rejected + report.errors.total);
//! # Ok::<(), load::RunError>(())
//! ```
//!
//! `plan` says what to do, `events` what to send, `pacer` when each request is due, `schedule` which is
//! next and `retry` whether once more; a `worker` takes it from there and has a `transport` send it.
//! `outcome` reads what became of it, `tally` counts and measures, `limit` says what held the run back
//! (`machine` watches for it), `report` and `remarks` tell. `engine` puts these together; `live` lets others look on.
//!
//! Beside it: [`expect`] judges a report, [`compare`] holds two beside each other, [`find_rate`] searches the
//! highest rate that keeps an objective, [`metrics`] and [`reconcile`] ask the server for its own counts, and
//! [`silent`] opens connections that say nothing. Nothing here knows of a command line or a terminal.

pub mod compare;
mod counts;
mod descriptors;
pub mod duration;
mod engine;
mod events;
pub mod expect;
pub mod find_rate;
mod limit;
mod live;
mod machine;
pub mod metrics;
mod outcome;
mod pacer;
mod permits;
mod plan;
pub mod reconcile;
mod remarks;
mod report;
mod retry;
mod schedule;
pub mod server;
pub mod silent;
pub mod statistics;
mod tally;
mod transport;
pub mod words;
mod worker;

pub use counts::{Errors, Invalid, Rejections};
pub use engine::{RunError, run};
pub use events::{Choice, Events, EventsError};
pub use limit::{Limit, LimitedBy};
pub use live::{Counts, Live};
pub use machine::CpuWatch;
pub use pacer::Pacer;
pub use plan::{Asked, Engine, Plan, PlanError};
pub use report::{Connections, Distributions, Latencies, Latency, Report, Retries, SCHEMA, Warmup};
pub use retry::{Retry, RetryPace};
pub use tally::Timings;
