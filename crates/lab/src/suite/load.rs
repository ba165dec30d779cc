//! The load generator's account, and a sleep that stops everybody.

use super::{Outcome, Stage};
use std::sync::Arc;
use std::time::Duration;
use stress_client::check::To;
use stress_client::load::{Live, Plan, run};

pub(super) fn accounted_for(stage: Stage) -> Outcome {
    let server = stage.start(match stage.number {
        1..=3 => "",
        4 => "--hold 0s",
        // Work enough for some to be rejected and some to be accepted.
        5 => "--work 5ms --queue 20",
        _ => "--work 5ms --hold 0s --queue 20 --workers 2",
    })?;
    let plan = Plan {
        url: server.url(),
        requests: Some(600),
        concurrency: 30,
        echo: stage.number < 3,
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

pub(super) fn blocking_sleep(stage: Stage) -> Outcome {
    const EVENT: &str = "POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 44\r\n\r\n\
        {\"user\":\"alice\",\"action\":\"buy\",\"amount\":100}";
    // The answer to the event has come or not when the invalid request's has: that is the order.
    for (sleep, event_first) in [("blocking", true), ("async", false)] {
        let server = stage.start(&format!("--work 1s --hold 0s --sleep {sleep}"))?;
        let (mut event, mut invalid) = (server.connect()?, server.connect()?);
        event.send(EVENT)?;
        // Whether the event is being worked on shows to nobody; a round trip on another
        // connection gives the server the chance to begin.
        let _ = server.request("GET", "/nothing", "");
        invalid.send("POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 2\r\n\r\n{}")?;
        assert_eq!(invalid.answer(To::Other)?.status, 400);
        let event_answered = event.stirs_within(Duration::from_millis(1))?;
        assert_eq!(event_answered, event_first, "--sleep {sleep}");
        assert_eq!(event.answer(To::Other)?.status, 200);
    }
    Ok(())
}
