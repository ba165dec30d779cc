//! Conservation: each accepted event is counted exactly once.

use super::{Outcome, Stage};
use crate::books::{Books, event, wait_for_balances, wait_for_rest};
use std::collections::BTreeMap;
use std::thread;

pub(super) fn balances_are_the_sums(stage: Stage) -> Outcome {
    let server = stage.start(match stage.number {
        4 => "--hold 0s",
        // Enough work for some to be rejected on any machine.
        5 => "--work 50ms --queue 10",
        _ => "--work 200ms --hold 0s --queue 10 --workers 4",
    })?;
    let books = Books::keep(server.address(), 16, 800, 1, 7);
    assert_eq!((books.accepted + books.rejected, books.unknown), (800, 0));
    assert_eq!(books.rejected > 0, stage.number >= 5, "{books:?}");
    wait_for_balances(&server, &books.sums)
}

pub(super) fn no_lost_update(stage: Stage) -> Outcome {
    let hold = if stage.number < 7 { "" } else { "--hold 1ms" };
    let server = stage.start(&format!("--work 0s {hold} --queue 1000 --workers 16"))?;
    let books = Books::keep(server.address(), 8, 800, 100, 1);
    assert_eq!(books.accepted, 800, "{books:?}");
    wait_for_balances(&server, &books.sums)
}

pub(super) fn overflow(stage: Stage) -> Outcome {
    let server = stage.start(match stage.number {
        4 => "--hold 0s",
        5 => "--work 0s",
        _ => "--work 0s --hold 0s --workers 1",
    })?;
    for (user, amount) in
        [("rich", i64::MAX), ("rich", 1), ("poor", i64::MIN), ("poor", -1), ("other", 5)]
    {
        let got = server.request("POST", "/", &event(user, amount))?;
        assert!(got.says("status", "accepted"), "{got}");
    }
    let expected = [("rich", i64::MAX), ("poor", i64::MIN), ("other", 5)];
    wait_for_balances(&server, &expected.map(|(user, sum)| (user.to_owned(), sum)).into())?;
    if stage.number >= 9 {
        let metrics = wait_for_rest(&server)?;
        assert_eq!((metrics["processed"], metrics["failed"]), (5, 2), "{metrics:?}");
    }
    Ok(())
}

pub(super) fn metrics_agree(stage: Stage) -> Outcome {
    let server = stage.start("--work 200ms --hold 0s --queue 10 --workers 4")?;
    let books = Books::keep(server.address(), 16, 800, 1, 7);
    server.request("POST", "/", "{}")?;
    let metrics = wait_for_rest(&server)?;
    assert_eq!(metrics["received"], 800, "{metrics:?}");
    assert_eq!(metrics["dropped"], books.rejected, "{metrics:?}");
    assert_eq!(metrics["processed"], books.accepted, "{metrics:?}");
    assert_eq!(metrics["failed"], 0, "{metrics:?}");
    assert!(books.rejected > 0 && metrics["total_queue_wait_ns"] > 0, "{metrics:?}");
    Ok(())
}

pub(super) fn metrics_under_load(stage: Stage) -> Outcome {
    let server = stage.start("--work 1ms --hold 0s --queue 10 --workers 4")?;
    let address = server.address();
    thread::scope(|scope| {
        let load = scope.spawn(move || Books::keep(address, 8, 4000, 10, 7));
        let mut last = BTreeMap::new();
        while !load.is_finished() {
            let metrics = server.metrics()?;
            // One thread handles all requests, so the metrics are a consistent snapshot.
            assert!(metrics["pending"] <= 10 + 4, "{metrics:?}");
            let sum = metrics["processed"] + metrics["dropped"] + metrics["pending"];
            assert_eq!(metrics["received"], sum, "{metrics:?}");
            for name in ["received", "processed", "dropped"] {
                assert!(last.get(name) <= metrics.get(name), "{name}: {last:?}, then {metrics:?}");
            }
            last = metrics;
        }
        Ok(())
    })
}

pub(super) fn panic_user(stage: Stage) -> Outcome {
    let server = stage.start("--work 0s --hold 0s --queue 100 --workers 2 --panic-user boom")?;
    // More panics than workers.
    for user in ["boom"; 10].into_iter().chain(["fine"; 10]) {
        let got = server.request("POST", "/", &event(user, 1))?;
        assert_eq!(got.status, 202, "{got}");
    }
    let metrics = wait_for_rest(&server)?;
    assert_eq!((metrics["processed"], metrics["failed"]), (20, 10), "{metrics:?}");
    wait_for_balances(&server, &BTreeMap::from([("fine".to_owned(), 10)]))
}

pub(super) fn max_users(stage: Stage) -> Outcome {
    let server = stage.start("--work 0s --hold 0s --max-users 2")?;
    let mut outcomes = Vec::new();
    for user in ["a", "b", "c", "a", "c", "b"] {
        let got = server.request("POST", "/", &event(user, 1))?;
        let refused = got.status == 503 && got.says("reason", "too_many_users");
        assert!(got.status == 202 || refused, "{user}: {got}");
        outcomes.push(refused);
    }
    assert_eq!(outcomes, [false, false, true, false, true, false]);
    let metrics = wait_for_rest(&server)?;
    assert_eq!((metrics["received"], metrics["dropped"]), (6, 2), "{metrics:?}");
    Ok(())
}
