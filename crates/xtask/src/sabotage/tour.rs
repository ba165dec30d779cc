//! Known faults of the stages, each with the experiment whose verdict must fail.

use super::Change::Edit;
use super::Target::Experiment;
use super::{Sabotage, edits};

pub(super) const TABLE: &[Sabotage] = &[
    Sabotage {
        target: Experiment(1),
        fault: "one thread per connection",
        change: Edit {
            file: "main.rs",
            from: "Connections::One => serve(),",
            to: "Connections::One => drop(thread::spawn(serve)),",
        },
        red: "freeze",
    },
    Sabotage {
        target: Experiment(2),
        fault: "one connection at a time",
        change: Edit {
            file: "main.rs",
            from: "tokio::spawn(async move {",
            to: "tokio::join!(async move {",
        },
        red: "no-freeze",
    },
    Sabotage {
        target: Experiment(3),
        fault: "invalid events are accepted",
        change: Edit {
            file: "main.rs",
            from: "Err(fault) => fault.reply(),",
            to: "Err(_) => Reply::accepted(Status::Ok),",
        },
        red: "contract",
    },
    Sabotage {
        target: Experiment(4),
        fault: "a hold before the lock",
        change: Edit {
            file: "balances.rs",
            from: "        let mut users = self.users.lock().await;\n        self.sleep.for_time(self.hold).await;",
            to: "        self.sleep.for_time(self.hold).await;\n        let mut users = self.users.lock().await;",
        },
        red: "staircase",
    },
    Sabotage {
        target: Experiment(4),
        fault: "--sleep blocking",
        change: Edit {
            file: "sleep.rs",
            from: "tokio::time::sleep(time).await",
            to: "thread::sleep(time)",
        },
        red: "blocking-sleep",
    },
    Sabotage {
        target: Experiment(5),
        fault: "a queue with one place too many",
        change: edits::BOUND_PLUS_ONE,
        red: "capacity",
    },
    Sabotage {
        target: Experiment(6),
        fault: "one worker too few",
        change: edits::WORKER_MISSING,
        red: "workers",
    },
    Sabotage {
        target: Experiment(6),
        fault: "a case-sensitive Content-Length",
        change: edits::EXACT_CASE,
        red: "workers",
    },
    Sabotage {
        target: Experiment(7),
        fault: "a queue with one place too many",
        change: edits::CAPACITY_PLUS_ONE,
        red: "plateau",
    },
    Sabotage {
        target: Experiment(7),
        fault: "a hold outside the lock",
        change: Edit {
            file: "balances.rs",
            from: "        let mut users = self.users.lock().await;\n        let locked = Instant::now();\n",
            to: "        let locked = Instant::now();\n        thread::sleep(self.hold);\n        let mut users = self.users.lock().await;\n",
        },
        red: "plateau",
    },
    Sabotage {
        target: Experiment(8),
        fault: "a global lock around the shards",
        change: Edit {
            file: "balances.rs",
            from: "        let mut balance = self.users.entry(event.user.clone()).or_insert(0);\n",
            to: "        static HOT: std::sync::Mutex<()> = std::sync::Mutex::new(());\n        let _hot = HOT.lock();\n        let mut balance = self.users.entry(event.user.clone()).or_insert(0);\n",
        },
        red: "comparison",
    },
    Sabotage {
        target: Experiment(8),
        fault: "lost updates",
        change: edits::GET_THEN_INSERT,
        red: "comparison",
    },
    Sabotage {
        target: Experiment(8),
        fault: "one worker too few",
        change: edits::WORKER_MISSING,
        red: "comparison",
    },
    Sabotage {
        target: Experiment(9),
        fault: "rejections are not counted as received",
        change: edits::REJECTION_NOT_RECEIVED,
        red: "counters",
    },
    Sabotage {
        target: Experiment(10),
        fault: "a drain with a deadline of zero",
        change: edits::DRAIN_FOR_NOBODY,
        red: "signal",
    },
    Sabotage {
        target: Experiment(10),
        fault: "a queue with one place too few",
        change: edits::CAPACITY_MINUS_ONE,
        red: "signal",
    },
];
