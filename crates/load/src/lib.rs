//! A load generator that sends events in a closed or an open loop and accounts for every one.
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
//! A `plan` describes a run, `events` makes the bodies, `pacer` computes due times, `schedule`
//! hands out the requests and `retry` decides on another attempt. A `worker` sends them over a
//! `transport`, `outcome` classifies the answers, `tally` counts and measures. `limit` finds the
//! limiting factor (`machine` reads the CPU times); `report` and `remarks` are the result. `engine`
//! connects these, and `live` shows a run to other threads.
//!
//! On top of that, [`expect`] judges a report, [`compare`] compares two sets of reports,
//! [`find_rate`] searches for the highest rate that meets an objective, [`metrics`] and
//! [`reconcile`] compare a report with the server's counts, and [`silent`] opens silent
//! connections.

mod arrivals;
pub mod compare;
mod counts;
mod descriptors;
pub mod duration;
mod engine;
mod events;
pub mod expect;
pub mod find_rate;
mod latency;
mod limit;
mod live;
mod machine;
pub mod metrics;
mod outcome;

mod permits;
mod plan;
pub mod reconcile;
mod remarks;
mod report;
mod request;
mod retry;
mod rules;
mod schedule;
pub mod server;
mod shape;
pub mod silent;
pub mod statistics;
mod tally;
mod time_limit;
mod transport;
pub mod words;
mod worker;

pub use arrivals::Spacing;
pub use counts::{Errors, Invalid, Rejections};
pub use engine::{RunError, run};
pub use events::{Choice, Events, EventsError};
pub use latency::{Distributions, Histograms, Latencies, Latency};
pub use limit::{Limit, LimitedBy};
pub use live::{Counts, Live, Sample};
pub use machine::CpuWatch;
pub use plan::{Asked, Engine, Plan, PlanError};
pub use report::{Connections, Report, Retries, SCHEMA, UrlCounts, Warmup};
pub use request::{Request, RequestError};
pub use reqwest::Method;
pub use reqwest::header::{HeaderName, HeaderValue};
pub use retry::{Retry, RetryPace};
pub use rules::{Outcomes, Rule, RuleError};
pub use shape::{Shape, ShapeError};
pub use tally::Timings;
