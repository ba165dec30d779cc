//! Breaks a copy of the stages in known ways, and looks whether the test that should notice does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One way to break a stage, and the test of its suite that has to go red.
struct Sabotage {
    stage: u8,
    what: &'static str,
    how: How,
    red: &'static str,
}

enum How {
    /// In a file of the stage, `from` (which is there once) becomes `to`.
    Edit { file: &'static str, from: &'static str, to: &'static str },
    /// The binary of the stage before takes this stage's place.
    StageBefore,
}

use How::{Edit, StageBefore};

const TABLE: &[Sabotage] = &[
    // Each other way, as if it were the default.
    Sabotage {
        stage: 4,
        what: "--sleep blocking",
        how: Edit {
            file: "sleep.rs",
            from: "tokio::time::sleep(time).await",
            to: "thread::sleep(time)",
        },
        red: "blocking_sleep_stops_invalid_requests_too",
    },
    Sabotage {
        stage: 5,
        what: "--queue unbounded",
        how: Edit {
            file: "main.rs",
            from: "mpsc::channel(args.queue)",
            to: "mpsc::channel(1 << 20)",
        },
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        stage: 5,
        what: "--when-full wait",
        how: Edit {
            file: "main.rs",
            from: "self.queue.try_send(job).is_ok()",
            to: "self.queue.send(job).await.is_ok()",
        },
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        stage: 6,
        what: "--content-length exact-case",
        how: Edit { file: "args.rs", from: "\"any-case\"", to: "\"exact-case\"" },
        red: "any_case_keeps_every_body",
    },
    Sabotage {
        stage: 8,
        what: "--update get-then-insert",
        how: Edit {
            file: "balances.rs",
            from: "Way::Entry => self.add_in_entry(event)",
            to: "Way::Entry => self.get_then_insert(event)",
        },
        red: "many_workers_lose_no_update",
    },
    Sabotage {
        stage: 9,
        what: "--counters load-store",
        how: Edit { file: "args.rs", from: "\"atomic\"", to: "\"load-store\"" },
        red: "metrics_agree_with_the_clients_books",
    },
    // The stage before, which has the very failure that this one mends.
    Sabotage {
        stage: 2,
        what: "stage 1",
        how: StageBefore,
        red: "silent_connections_do_not_freeze_it",
    },
    Sabotage {
        stage: 3,
        what: "stage 2",
        how: StageBefore,
        red: "every_request_of_a_load_is_accounted_for",
    },
    Sabotage { stage: 4, what: "stage 3", how: StageBefore, red: "balances_are_the_sums_accepted" },
    Sabotage { stage: 5, what: "stage 4", how: StageBefore, red: "capacity_is_queue_and_workers" },
    Sabotage { stage: 6, what: "stage 5", how: StageBefore, red: "capacity_is_queue_and_workers" },
    Sabotage { stage: 7, what: "stage 6", how: StageBefore, red: "one_lock_makes_workers_wait" },
    Sabotage { stage: 8, what: "stage 7", how: StageBefore, red: "shards_let_workers_pass" },
    Sabotage {
        stage: 9,
        what: "stage 8",
        how: StageBefore,
        red: "metrics_agree_with_the_clients_books",
    },
    Sabotage { stage: 10, what: "stage 9", how: StageBefore, red: "sigterm_drains_the_queue" },
    // Off by one.
    Sabotage {
        stage: 5,
        what: "a queue one too long",
        how: Edit {
            file: "main.rs",
            from: "mpsc::channel(args.queue)",
            to: "mpsc::channel(args.queue + 1)",
        },
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        stage: 7,
        what: "a queue one too long",
        how: Edit {
            file: "main.rs",
            from: "let places = args.queue as usize +",
            to: "let places = 1 + args.queue as usize +",
        },
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        stage: 10,
        what: "a queue one too short",
        how: Edit {
            file: "main.rs",
            from: "let places = args.queue as usize +",
            to: "let places = args.queue as usize - 1 +",
        },
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        stage: 6,
        what: "a worker missing",
        how: Edit { file: "worker.rs", from: "0..workers", to: "1..workers" },
        red: "workers_are_threads_of_their_own",
    },
    Sabotage {
        stage: 10,
        what: "a worker missing",
        how: Edit { file: "worker.rs", from: "(0..workers)", to: "(1..workers)" },
        red: "workers_are_threads_of_their_own",
    },
    Sabotage {
        stage: 6,
        what: "a receiver that stays locked while its worker works",
        how: Edit {
            file: "worker.rs",
            from: "= next(&jobs).await {",
            to: "= jobs.lock().await.recv().await {",
        },
        red: "workers_work_at_the_same_time",
    },
    // A lost update.
    Sabotage {
        stage: 7,
        what: "an update that is lost when the amount is 7",
        how: Edit {
            file: "balances.rs",
            from: "*balance = sum.unwrap_or(*balance);",
            to: "if event.amount != 7 { *balance = sum.unwrap_or(*balance); }",
        },
        red: "many_workers_lose_no_update",
    },
    Sabotage {
        stage: 4,
        what: "an overflow that wraps",
        how: Edit {
            file: "balances.rs",
            from: "balance.checked_add(event.amount)?",
            to: "balance.wrapping_add(event.amount)",
        },
        red: "an_overflow_changes_nothing_and_ends_nothing",
    },
    // Metrics that do not add up.
    Sabotage {
        stage: 9,
        what: "a rejection that is not counted as received",
        how: Edit {
            file: "metrics.rs",
            from: "        self.received.add(1);\n        self.dropped.add(1);",
            to: "        self.received.add(0);\n        self.dropped.add(1);",
        },
        red: "metrics_agree_with_the_clients_books",
    },
    // A drain that loses something.
    Sabotage {
        stage: 10,
        what: "a drain that drops one",
        how: Edit {
            file: "worker.rs",
            from: "while let Some(Job { event, queued, place }) = next(jobs).await {",
            to: "while let Some(Job { event, queued, place }) = next(jobs).await {\n            if number == 0 && jobs.try_lock().is_ok_and(|jobs| jobs.is_closed()) { break; }",
        },
        red: "sigterm_drains_the_queue",
    },
    Sabotage {
        stage: 10,
        what: "a drain that waits for nobody",
        how: Edit {
            file: "shutdown.rs",
            from: "if self.shutdown.everybody_gone(deadline).await",
            to: "if self.shutdown.everybody_gone(Duration::ZERO).await",
        },
        red: "sigterm_drains_the_queue",
    },
    Sabotage {
        stage: 10,
        what: "an intake that stays open",
        how: Edit { file: "shutdown.rs", from: "self.intake.close();", to: "" },
        red: "a_request_in_hand_is_answered_shutting_down",
    },
    Sabotage {
        stage: 10,
        what: "a state that is not written",
        how: Edit { file: "state.rs", from: "fs::rename(name, &self.path)?;", to: "let _ = name;" },
        red: "state_survives_a_restart",
    },
    Sabotage {
        stage: 10,
        what: "a worker that dies of a panic",
        how: Edit {
            file: "worker.rs",
            from: "catch_unwind(AssertUnwindSafe(|| self.update(&event)))",
            to: "io::Result::Ok(self.update(&event))",
        },
        red: "a_panic_is_counted_and_the_pool_lives_on",
    },
];

/// Runs the rows whose description contains `only`, and says which tests did not notice.
pub fn run(repository: &Path, only: &str) -> Result<(), String> {
    let yard = Yard::lay_out(repository).map_err(|error| format!("cannot copy: {error}"))?;
    let rows = TABLE.iter().filter(|row| row.describe().contains(only));
    let mut unnoticed = Vec::new();
    let mut count = 0;
    for row in rows {
        count += 1;
        let noticed = yard.try_row(row).map_err(|error| format!("{}: {error}", row.describe()))?;
        println!("{} {}", if noticed { "red  " } else { "GREEN" }, row.describe());
        if !noticed {
            unnoticed.push(row.describe());
        }
    }
    match (count, unnoticed.len()) {
        (0, _) => Err(format!("no sabotage is described by `{only}`")),
        (_, 0) => {
            println!("{count} sabotages, each noticed");
            Ok(())
        }
        _ => Err(format!("not noticed: {}", unnoticed.join("; "))),
    }
}

impl Sabotage {
    fn describe(&self) -> String {
        format!("stage {}: {} -> {}", self.stage, self.what, self.red)
    }
}

/// A copy of the repository to break, with a target folder of its own.
struct Yard {
    tree: PathBuf,
    target: PathBuf,
}

impl Yard {
    fn lay_out(repository: &Path) -> io::Result<Yard> {
        let yard = repository.join("target/sabotage");
        let (tree, target) = (yard.join("tree"), yard.join("target"));
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(repository)
            .output()?;
        for name in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
            let Ok(now) = fs::read(repository.join(name)) else { continue }; // listed, but deleted
            let to = tree.join(name);
            // Written only where it differs, so that cargo builds no more than it has to.
            if fs::read(&to).ok().as_ref() != Some(&now) {
                fs::create_dir_all(to.parent().unwrap_or(&tree))?;
                fs::write(to, now)?;
            }
        }
        Ok(Yard { tree, target })
    }

    /// Whether the row's test passes on the stage as it is and fails on the broken one.
    fn try_row(&self, row: &Sabotage) -> Result<bool, String> {
        if !self.passes(row, None)? {
            return Err("the test fails on the stage as it is".to_owned());
        }
        match row.how {
            StageBefore => {
                let before = format!("stage{}", row.stage - 1);
                let build = self.cargo().args(["build", "-q", "-p", &before]).status();
                if !build.is_ok_and(|status| status.success()) {
                    return Err(format!("{before} does not build"));
                }
                Ok(!self.passes(row, Some(&self.target.join("debug").join(before)))?)
            }
            Edit { file, from, to } => {
                let path = self.tree.join(format!("crates/stage{}/src/{file}", row.stage));
                let source = fs::read_to_string(&path).map_err(|error| error.to_string())?;
                if source.matches(from).count() != 1 {
                    return Err(format!("`{from}` is not in {file} exactly once"));
                }
                let write = |text: &str| fs::write(&path, text).map_err(|error| error.to_string());
                write(&source.replace(from, to))?;
                let passes = self.passes(row, None);
                write(&source)?;
                Ok(!passes?)
            }
        }
    }

    /// Runs the row's test; an error when it did not run at all, as when it does not compile.
    fn passes(&self, row: &Sabotage, binary: Option<&Path>) -> Result<bool, String> {
        let mut test = self.cargo();
        test.args(["test", "-q", "-p", &format!("stage{}", row.stage), "--test", "stage"]);
        test.args(["--", "--exact", row.red]);
        if let Some(binary) = binary {
            test.env("STAGE_BINARY", binary);
        }
        let output = test.output().map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&output.stdout);
        match (told.contains("test result: ok. 1 passed"), told.contains("0 passed; 1 failed")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(format!("the test did not run: {}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}
