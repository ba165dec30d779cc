//! The counts of the load generator.

use super::{Outcome, Stage};
use load::{Live, Outcomes, Plan, run};
use std::sync::Arc;

pub(super) fn accounted_for(stage: Stage) -> Outcome {
    let server = stage.start(match stage.number {
        1..=3 => "",
        4 => "--hold 0s",
        // Enough work for some to be rejected.
        5 => "--work 1s --queue 20",
        _ => "--work 1s --hold 0s --queue 20 --workers 2",
    })?;
    let plan = Plan {
        url: server.url(),
        requests: Some(600),
        concurrency: 30,
        outcomes: if stage.number < 3 { Outcomes::Echo } else { Outcomes::Contract },
        ..Plan::default()
    };
    let report = run(&plan, &Arc::new(Live::default()))?;
    assert_eq!(report.errors.total, 0, "{report:?}");
    assert_eq!(report.sent, 600);
    assert_eq!(report.sent, report.accepted + report.rejected);
    match stage.number {
        1..=4 => assert_eq!(report.rejected, 0),
        _ => assert!(report.accepted >= 20 && report.rejected > 0, "{report:?}"),
    }
    Ok(())
}
