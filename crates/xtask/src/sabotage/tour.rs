//! The known ways to break a stage, and the experiment whose verdict has to fail.

use super::How::Edit;
use super::Place::Experiment;
use super::Sabotage;

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
        place: Experiment(5),
        what: "a queue one too long",
        how: Edit {
            file: "main.rs",
            from: "mpsc::channel(args.queue)",
            to: "mpsc::channel(args.queue + 1)",
        },
        red: "capacity",
    },
    Sabotage {
        place: Experiment(6),
        what: "a worker missing",
        how: Edit { file: "worker.rs", from: "0..workers", to: "1..workers" },
        red: "workers",
    },
    Sabotage {
        place: Experiment(6),
        what: "a header in the curl spelling only",
        how: Edit { file: "args.rs", from: "\"any-case\"", to: "\"exact-case\"" },
        red: "workers",
    },
    Sabotage {
        place: Experiment(7),
        what: "a queue one too long",
        how: Edit {
            file: "main.rs",
            from: "let places = args.queue as usize +",
            to: "let places = 1 + args.queue as usize +",
        },
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
        how: Edit {
            file: "balances.rs",
            from: "Way::Entry => self.add_in_entry(event)",
            to: "Way::Entry => self.get_then_insert(event)",
        },
        red: "comparison",
    },
    Sabotage {
        place: Experiment(8),
        what: "a worker missing",
        how: Edit { file: "worker.rs", from: "0..workers", to: "1..workers" },
        red: "comparison",
    },
    Sabotage {
        place: Experiment(9),
        what: "a rejection that is not counted as received",
        how: Edit {
            file: "metrics.rs",
            from: "        self.received.add(1);\n        self.dropped.add(1);",
            to: "        self.received.add(0);\n        self.dropped.add(1);",
        },
        red: "counters",
    },
    Sabotage {
        place: Experiment(10),
        what: "a drain that waits for nobody",
        how: Edit {
            file: "shutdown.rs",
            from: "if self.shutdown.everybody_gone(deadline).await",
            to: "if self.shutdown.everybody_gone(Duration::ZERO).await",
        },
        red: "signal",
    },
    Sabotage {
        place: Experiment(10),
        what: "a queue one too short",
        how: Edit {
            file: "main.rs",
            from: "let places = args.queue as usize +",
            to: "let places = args.queue as usize - 1 +",
        },
        red: "signal",
    },
];
