//! Known faults of the stages and the decoder, each with the test that must catch it.

use super::Change::{Edit, PreviousStage};
use super::Target::{Interleavings, Protocol, Service, Stage};
use super::{Sabotage, edits};

pub(super) const TABLE: &[Sabotage] = &[
    // An alternative flag as the default.
    Sabotage {
        target: Stage(5),
        fault: "--queue unbounded",
        change: Edit {
            file: "main.rs",
            from: "mpsc::channel(args.queue)",
            to: "mpsc::channel(1 << 20)",
        },
        red: "capacity",
    },
    Sabotage {
        target: Stage(5),
        fault: "--when-full wait",
        change: Edit {
            file: "intake.rs",
            from: "self.queue.try_send(job).is_ok()",
            to: "self.queue.send(job).await.is_ok()",
        },
        red: "capacity",
    },
    Sabotage {
        target: Stage(8),
        fault: "--update get-then-insert",
        change: edits::GET_THEN_INSERT,
        red: "workers-lose-no-update",
    },
    Sabotage {
        target: Stage(9),
        fault: "--counters load-store",
        change: Edit { file: "args.rs", from: "\"atomic\"", to: "\"load-store\"" },
        red: "metrics-agree-with-the-client",
    },
    // The previous stage, which has the failure that this one corrects.
    Sabotage {
        target: Stage(2),
        fault: "stage 1",
        change: PreviousStage(1),
        red: "silent-connections",
    },
    Sabotage {
        target: Stage(3),
        fault: "stage 2",
        change: PreviousStage(2),
        red: "every_request_of_a_load_is_accounted_for",
    },
    Sabotage {
        target: Stage(4),
        fault: "stage 3",
        change: PreviousStage(3),
        red: "balances-are-the-sums",
    },
    Sabotage { target: Stage(5), fault: "stage 4", change: PreviousStage(4), red: "capacity" },
    Sabotage { target: Stage(6), fault: "stage 5", change: PreviousStage(5), red: "capacity" },
    Sabotage {
        target: Stage(7),
        fault: "stage 6",
        change: PreviousStage(6),
        red: "one_lock_makes_workers_wait",
    },
    Sabotage {
        target: Stage(8),
        fault: "stage 7",
        change: PreviousStage(7),
        red: "shards_let_workers_pass",
    },
    Sabotage {
        target: Stage(9),
        fault: "stage 8",
        change: PreviousStage(8),
        red: "metrics-agree-with-the-client",
    },
    Sabotage {
        target: Stage(10),
        fault: "stage 9",
        change: PreviousStage(9),
        red: "sigterm-drains",
    },
    // Off-by-one errors.
    Sabotage {
        target: Stage(5),
        fault: "a queue with one place too many",
        change: edits::BOUND_PLUS_ONE,
        red: "capacity",
    },
    Sabotage {
        target: Stage(7),
        fault: "a queue with one place too many",
        change: edits::CAPACITY_PLUS_ONE,
        red: "capacity",
    },
    Sabotage {
        target: Stage(10),
        fault: "a queue with one place too few",
        change: edits::CAPACITY_MINUS_ONE,
        red: "capacity",
    },
    Sabotage {
        target: Stage(6),
        fault: "one worker too few",
        change: edits::WORKER_MISSING,
        red: "workers_are_threads_of_their_own",
    },
    Sabotage {
        target: Stage(10),
        fault: "one worker too few",
        change: edits::WORKER_MISSING,
        red: "workers_are_threads_of_their_own",
    },
    Sabotage {
        target: Stage(6),
        fault: "a receiver that stays locked during the work",
        change: Edit {
            file: "worker.rs",
            from: "= next(jobs).await {",
            to: "= jobs.lock().await.recv().await {",
        },
        red: "workers-at-the-same-time",
    },
    // Balances.
    Sabotage {
        target: Stage(7),
        fault: "updates with the amount 7 are lost",
        change: Edit {
            file: "balances.rs",
            from: "*balance = sum.unwrap_or(*balance);",
            to: "if event.amount != 7 { *balance = sum.unwrap_or(*balance); }",
        },
        red: "workers-lose-no-update",
    },
    Sabotage {
        target: Stage(4),
        fault: "balances wrap on overflow",
        change: Edit {
            file: "balances.rs",
            from: "balance.checked_add(event.amount)?",
            to: "balance.wrapping_add(event.amount)",
        },
        red: "overflow",
    },
    // Metrics.
    Sabotage {
        target: Stage(9),
        fault: "rejections are not counted as received",
        change: edits::REJECTION_NOT_RECEIVED,
        red: "metrics-agree-with-the-client",
    },
    // Shutdown.
    Sabotage {
        target: Stage(10),
        fault: "a drain that loses a job",
        change: Edit {
            file: "worker.rs",
            from: "while let Some(Job { event, queued, permit }) = next(jobs).await {",
            to: "while let Some(Job { event, queued, permit }) = next(jobs).await {\n            if number == 0 && jobs.try_lock().is_ok_and(|jobs| jobs.is_closed()) { break; }",
        },
        red: "sigterm-drains",
    },
    Sabotage {
        target: Stage(10),
        fault: "a drain with a deadline of zero",
        change: edits::DRAIN_FOR_NOBODY,
        red: "sigterm-drains",
    },
    Sabotage {
        target: Stage(10),
        fault: "an intake that is not closed",
        change: Edit { file: "shutdown.rs", from: "self.intake.close();", to: "" },
        red: "closing-rejects",
    },
    Sabotage {
        target: Service,
        fault: "a state file that is not replaced",
        change: Edit {
            file: "state_file.rs",
            from: "Ok(Place::Own) => copy.persist(&self.path),",
            to: "Ok(Place::Own) => Ok(copy.into_file()),",
        },
        red: "state-is-written",
    },
    Sabotage {
        target: Service,
        fault: "a state file that is not locked",
        change: Edit { file: "state_file.rs", from: "file.try_lock()", to: "Ok(())" },
        red: "a_state_file_has_one_server_at_a_time",
    },
    Sabotage {
        target: Service,
        fault: "a different file at the state file's path is overwritten",
        change: Edit {
            file: "state_file.rs",
            from: "Ok(_) => Ok(Place::Another),",
            to: "Ok(_) => Ok(Place::Own),",
        },
        red: "state_is_saved_where_its_file_has_moved",
    },
    Sabotage {
        target: Service,
        fault: "a signal delivered twice skips the drain",
        change: Edit {
            file: "signals.rs",
            from: "first.elapsed() > SAME_STOP",
            to: "first.elapsed() >= Duration::ZERO",
        },
        red: "one_stop_delivered_twice_is_one_stop",
    },
    Sabotage {
        target: Stage(10),
        fault: "connections that stay alive during a drain",
        change: Edit { file: "main.rs", from: "connection.leave()", to: "{}" },
        red: "pooled-connections-leave",
    },
    Sabotage {
        target: Stage(10),
        fault: "a worker that ends after a panic",
        change: Edit {
            file: "worker.rs",
            from: "catch_unwind(AssertUnwindSafe(|| self.update(&event)))",
            to: "io::Result::Ok(self.update(&event))",
        },
        red: "panics-end-no-worker",
    },
    // A lenient decoder.
    Sabotage {
        target: Protocol,
        fault: "Transfer-Encoding overrides Content-Length",
        change: Edit {
            file: "framing.rs",
            from: "Err(Fault::LengthAndCoding)",
            to: "Ok(Framing::Chunked)",
        },
        red: "framing::the_two_fields_decide_together_in_every_version",
    },
    Sabotage {
        target: Protocol,
        fault: "a repeated Content-Length counts as zero",
        change: Edit {
            file: "framing.rs",
            from: "Err(Fault::LengthRepeated)",
            to: "Ok(Framing::Length(0))",
        },
        red: "framing::the_two_fields_decide_together_in_every_version",
    },
    Sabotage {
        target: Protocol,
        fault: "a Content-Length with a sign",
        change: Edit {
            file: "framing.rs",
            from: "digits.iter().all(u8::is_ascii_digit)",
            to: "true",
        },
        red: "framing::one_field_says_where_a_body_ends",
    },
    Sabotage {
        target: Protocol,
        fault: "a line that ends in a bare LF",
        change: Edit {
            file: "head.rs",
            from: "(Some(b'\\n'), _) => Err(Fault::BareLf),",
            to: "(Some(b'\\n'), _) => {\n                let line = self.start..self.at;\n                self.at += 1;\n                self.start = self.at;\n                Ok(Some(line))\n            }",
        },
        red: "head::every_line_ends_in_crlf_and_nothing_else",
    },
    Sabotage {
        target: Protocol,
        fault: "a space before the colon",
        change: Edit {
            file: "head.rs",
            from: "match rest {",
            to: "match rest.trim_ascii_start() {",
        },
        red: "head::a_field_line_is_a_token_a_colon_and_a_value",
    },
    Sabotage {
        target: Protocol,
        fault: "a chunk that ends in any two bytes",
        change: Edit {
            file: "body.rs",
            from: "(State::DataCr | State::DataLf, _) => Err(Fault::ChunkEnd),",
            to: "(State::DataCr, _) => Ok(State::DataLf),\n            (State::DataLf, _) => Ok(State::SizeFirst),",
        },
        red: "body::the_lines_of_a_chunk_end_in_crlf",
    },
    Sabotage {
        target: Protocol,
        fault: "a limit per chunk instead of per body",
        change: Edit {
            file: "body.rs",
            from: "(limits::BODY - self.content.len()) as u64",
            to: "limits::BODY as u64",
        },
        red: "limits::a_chunked_body",
    },
    Sabotage {
        target: Protocol,
        fault: "requests are read after an error",
        change: Edit {
            file: "decoder.rs",
            from: "self.step().inspect_err(|_| self.close())",
            to: "self.step().inspect_err(|_| self.next_request())",
        },
        red: "head::a_field_line_is_a_token_a_colon_and_a_value",
    },
    // Memory ordering.
    Sabotage {
        target: Interleavings,
        fault: "relaxed instead of release ordering",
        change: Edit { file: "counter.rs", from: "Ordering::Release", to: "Ordering::Relaxed" },
        red: "a_snapshot_is_of_one_moment",
    },
    Sabotage {
        target: Interleavings,
        fault: "a snapshot without a second read",
        change: Edit { file: "metrics.rs", from: "if ended() == before {", to: "if true {" },
        red: "a_snapshot_is_of_one_moment",
    },
];
