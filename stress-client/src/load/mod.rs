//! The load generator: sends events in a closed or an open loop and accounts for every one.
//!
//! ```no_run
//! use std::sync::Arc;
//! use stress_client::load::{Live, Plan, run};
//!
//! let plan = Plan { requests: Some(1000), ..Plan::default() };
//! let report = run(&plan, &Arc::new(Live::default()))?;
//! assert_eq!(report.sent, report.accepted + report.rejected + report.errors.total);
//! # Ok::<(), stress_client::load::RunError>(())
//! ```
//!
//! `plan` says what to send, `pacer` when each request is due, `schedule` which is next, and
//! `connection` sends it; `outcome` reads what became of it, `tally` counts and measures, `report`
//! and `remarks` tell. `engine` puts these together; `live` lets others look on.

mod connection;
mod engine;
mod live;
mod outcome;
mod pacer;
mod plan;
mod remarks;
mod report;
mod schedule;
mod tally;

pub use engine::{RunError, run};
pub use live::{Counts, Live};
pub use pacer::Pacer;
pub use plan::{Plan, PlanError};
pub use report::{Latencies, Latency, Report};
pub use tally::Errors;
