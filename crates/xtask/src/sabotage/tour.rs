//! The known ways to break a stage, and the experiment whose verdict has to fail.

use super::How::Edit;
use super::Place::Experiment;
use super::{Sabotage, edits};

pub(super) const TABLE: &[Sabotage] = &[
    Sabotage {
        place: Experiment(1),
        what: "a thread for each connection",
        how: Edit {
            file: "main.rs",
            from: "Connections::One => serve(),",
            to: "Connections::One => drop(thread::spawn(serve)),",
        },
        red: "freeze",
    },
    Sabotage {
        place: Experiment(2),
        what: "one connection after the other",
        how: Edit {
            file: "main.rs",
            from: "tokio::spawn(async move {",
            to: "tokio::join!(async move {",
        },
        red: "no-freeze",
    },
    Sabotage {
        place: Experiment(3),
        what: "an invalid event that is accepted",
        how: Edit {
            file: "main.rs",
            from: "Err(fault) => fault.reply(),",
            to: "Err(_) => Reply::accepted(Status::Ok),",
        },
        red: "contract",
    },
    Sabotage {
        place: Experiment(4),
        what: "a hold before the lock",
        how: Edit {
            file: "balances.rs",
            from: "        let mut users = self.users.lock().await;\n        self.sleep.for_time(self.hold).await;",
            to: "        self.sleep.for_time(self.hold).await;\n        let mut users = self.users.lock().await;",
        },
        red: "staircase",
    },
    Sabotage {
        place: Experiment(4),
        what: "--sleep blocking",
        how: Edit {
            file: "sleep.rs",
            from: "tokio::time::sleep(time).await",
            to: "thread::sleep(time)",
        },
        red: "blocking-sleep",
    },
    Sabotage {
        place: Experiment(5),
        what: "a queue one too long",
        how: edits::BOUND_PLUS_ONE,
        red: "capacity",
    },
    Sabotage {
        place: Experiment(6),
        what: "a worker missing",
        how: edits::WORKER_MISSING,
        red: "workers",
    },
    Sabotage {
        place: Experiment(6),
        what: "a header in the curl spelling only",
        how: edits::EXACT_CASE,
        red: "workers",
    },
    Sabotage {
        place: Experiment(7),
        what: "a queue one too long",
        how: edits::CAPACITY_PLUS_ONE,
        red: "plateau",
    },
    Sabotage {
        place: Experiment(7),
        what: "a hold without the lock",
        how: Edit {
            file: "balances.rs",
            from: "        let mut users = self.users.lock().await;\n        let locked = Instant::now();\n",
            to: "        let locked = Instant::now();\n        thread::sleep(self.hold);\n        let mut users = self.users.lock().await;\n",
        },
        red: "plateau",
    },
    Sabotage {
        place: Experiment(8),
        what: "one hot shard instead of many",
        how: Edit {
            file: "balances.rs",
            from: "        let mut balance = self.users.entry(event.user.clone()).or_insert(0);\n",
            to: "        static HOT: std::sync::Mutex<()> = std::sync::Mutex::new(());\n        let _hot = HOT.lock();\n        let mut balance = self.users.entry(event.user.clone()).or_insert(0);\n",
        },
        red: "comparison",
    },
    Sabotage {
        place: Experiment(8),
        what: "a lost update",
        how: edits::GET_THEN_INSERT,
        red: "comparison",
    },
    Sabotage {
        place: Experiment(8),
        what: "a worker missing",
        how: edits::WORKER_MISSING,
        red: "comparison",
    },
    Sabotage {
        place: Experiment(9),
        what: "a rejection that is not counted as received",
        how: edits::REJECTION_NOT_RECEIVED,
        red: "counters",
    },
    Sabotage {
        place: Experiment(10),
        what: "a drain that waits for nobody",
        how: edits::DRAIN_FOR_NOBODY,
        red: "signal",
    },
    Sabotage {
        place: Experiment(10),
        what: "a queue one too short",
        how: edits::CAPACITY_MINUS_ONE,
        red: "signal",
    },
];
