//! The known ways to break stages and decoder, and the test that has to notice each.

use super::How::{Edit, StageBefore};
use super::Place::{Interleavings, Protocol, Service, Stage};
use super::{Sabotage, edits};

pub(super) const TABLE: &[Sabotage] = &[
    // Each other way, as if it were the default.
    Sabotage {
        place: Stage(5),
        what: "--queue unbounded",
        how: Edit {
            file: "main.rs",
            from: "mpsc::channel(args.queue)",
            to: "mpsc::channel(1 << 20)",
        },
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        place: Stage(5),
        what: "--when-full wait",
        how: Edit {
            file: "intake.rs",
            from: "self.queue.try_send(job).is_ok()",
            to: "self.queue.send(job).await.is_ok()",
        },
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        place: Stage(8),
        what: "--update get-then-insert",
        how: edits::GET_THEN_INSERT,
        red: "many_workers_lose_no_update",
    },
    Sabotage {
        place: Stage(9),
        what: "--counters load-store",
        how: Edit { file: "args.rs", from: "\"atomic\"", to: "\"load-store\"" },
        red: "metrics_agree_with_the_clients_books",
    },
    // The stage before, which has the very failure that this one mends.
    Sabotage {
        place: Stage(2),
        what: "stage 1",
        how: StageBefore(1),
        red: "silent_connections_do_not_freeze_it",
    },
    Sabotage {
        place: Stage(3),
        what: "stage 2",
        how: StageBefore(2),
        red: "every_request_of_a_load_is_accounted_for",
    },
    Sabotage {
        place: Stage(4),
        what: "stage 3",
        how: StageBefore(3),
        red: "balances_are_the_sums_accepted",
    },
    Sabotage {
        place: Stage(5),
        what: "stage 4",
        how: StageBefore(4),
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        place: Stage(6),
        what: "stage 5",
        how: StageBefore(5),
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        place: Stage(7),
        what: "stage 6",
        how: StageBefore(6),
        red: "one_lock_makes_workers_wait",
    },
    Sabotage {
        place: Stage(8),
        what: "stage 7",
        how: StageBefore(7),
        red: "shards_let_workers_pass",
    },
    Sabotage {
        place: Stage(9),
        what: "stage 8",
        how: StageBefore(8),
        red: "metrics_agree_with_the_clients_books",
    },
    Sabotage {
        place: Stage(10),
        what: "stage 9",
        how: StageBefore(9),
        red: "sigterm_drains_the_queue",
    },
    // Off by one.
    Sabotage {
        place: Stage(5),
        what: "a queue one too long",
        how: edits::BOUND_PLUS_ONE,
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        place: Stage(7),
        what: "a queue one too long",
        how: edits::CAPACITY_PLUS_ONE,
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        place: Stage(10),
        what: "a queue one too short",
        how: edits::CAPACITY_MINUS_ONE,
        red: "capacity_is_queue_and_workers",
    },
    Sabotage {
        place: Stage(6),
        what: "a worker missing",
        how: edits::WORKER_MISSING,
        red: "workers_are_threads_of_their_own",
    },
    Sabotage {
        place: Stage(10),
        what: "a worker missing",
        how: edits::WORKER_MISSING,
        red: "workers_are_threads_of_their_own",
    },
    Sabotage {
        place: Stage(6),
        what: "a receiver that stays locked while its worker works",
        how: Edit {
            file: "worker.rs",
            from: "= next(jobs).await {",
            to: "= jobs.lock().await.recv().await {",
        },
        red: "workers_work_at_the_same_time",
    },
    // A lost update.
    Sabotage {
        place: Stage(7),
        what: "an update that is lost when the amount is 7",
        how: Edit {
            file: "balances.rs",
            from: "*balance = sum.unwrap_or(*balance);",
            to: "if event.amount != 7 { *balance = sum.unwrap_or(*balance); }",
        },
        red: "many_workers_lose_no_update",
    },
    Sabotage {
        place: Stage(4),
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
        place: Stage(9),
        what: "a rejection that is not counted as received",
        how: edits::REJECTION_NOT_RECEIVED,
        red: "metrics_agree_with_the_clients_books",
    },
    // A drain that loses something.
    Sabotage {
        place: Stage(10),
        what: "a drain that drops one",
        how: Edit {
            file: "worker.rs",
            from: "while let Some(Job { event, queued, permit }) = next(jobs).await {",
            to: "while let Some(Job { event, queued, permit }) = next(jobs).await {\n            if number == 0 && jobs.try_lock().is_ok_and(|jobs| jobs.is_closed()) { break; }",
        },
        red: "sigterm_drains_the_queue",
    },
    Sabotage {
        place: Stage(10),
        what: "a drain that waits for nobody",
        how: edits::DRAIN_FOR_NOBODY,
        red: "sigterm_drains_the_queue",
    },
    Sabotage {
        place: Stage(10),
        what: "an intake that stays open",
        how: Edit { file: "shutdown.rs", from: "self.intake.close();", to: "" },
        red: "a_request_in_hand_is_answered_shutting_down",
    },
    Sabotage {
        place: Service,
        what: "a state that is not written",
        how: Edit {
            file: "state_file.rs",
            from: "Ok(Place::Own) => copy.persist(&self.path),",
            to: "Ok(Place::Own) => Ok(copy.into_file()),",
        },
        red: "state_survives_a_restart",
    },
    Sabotage {
        place: Service,
        what: "a state file that two servers may have",
        how: Edit { file: "state_file.rs", from: "file.try_lock()", to: "Ok(())" },
        red: "a_state_file_has_one_server_at_a_time",
    },
    Sabotage {
        place: Service,
        what: "another file that is overwritten",
        how: Edit {
            file: "state_file.rs",
            from: "Ok(_) => Ok(Place::Another),",
            to: "Ok(_) => Ok(Place::Own),",
        },
        red: "state_is_saved_where_its_file_has_moved",
    },
    Sabotage {
        place: Service,
        what: "one stop delivered twice ends it undrained",
        how: Edit {
            file: "signals.rs",
            from: "first.elapsed() > SAME_STOP",
            to: "first.elapsed() >= Duration::ZERO",
        },
        red: "one_stop_delivered_twice_is_one_stop",
    },
    Sabotage {
        place: Stage(10),
        what: "pooled connections that are not told of the drain",
        how: Edit { file: "main.rs", from: "connection.leave()", to: "{}" },
        red: "drain_delay_shows_in_health_and_ends_connections",
    },
    Sabotage {
        place: Stage(10),
        what: "a worker that dies of a panic",
        how: Edit {
            file: "worker.rs",
            from: "catch_unwind(AssertUnwindSafe(|| self.update(&event)))",
            to: "io::Result::Ok(self.update(&event))",
        },
        red: "a_panic_is_counted_and_the_pool_lives_on",
    },
    // A decoder that means well.
    Sabotage {
        place: Protocol,
        what: "a length beside a coding, and the coding counts",
        how: Edit {
            file: "framing.rs",
            from: "Err(Fault::LengthAndCoding)",
            to: "Ok(Framing::Chunked)",
        },
        red: "framing::the_two_fields_decide_together_in_every_version",
    },
    Sabotage {
        place: Protocol,
        what: "a length given twice, and none counts",
        how: Edit {
            file: "framing.rs",
            from: "Err(Fault::LengthRepeated)",
            to: "Ok(Framing::Length(0))",
        },
        red: "framing::the_two_fields_decide_together_in_every_version",
    },
    Sabotage {
        place: Protocol,
        what: "a length with a sign",
        how: Edit { file: "framing.rs", from: "digits.iter().all(u8::is_ascii_digit)", to: "true" },
        red: "framing::one_field_says_where_a_body_ends",
    },
    Sabotage {
        place: Protocol,
        what: "a line that ends in LF alone",
        how: Edit {
            file: "head.rs",
            from: "(Some(b'\\n'), _) => Err(Fault::BareLf),",
            to: "(Some(b'\\n'), _) => {\n                let line = self.start..self.at;\n                self.at += 1;\n                self.start = self.at;\n                Ok(Some(line))\n            }",
        },
        red: "head::every_line_ends_in_crlf_and_nothing_else",
    },
    Sabotage {
        place: Protocol,
        what: "a space before the colon",
        how: Edit { file: "head.rs", from: "match rest {", to: "match rest.trim_ascii_start() {" },
        red: "head::a_field_line_is_a_token_a_colon_and_a_value",
    },
    Sabotage {
        place: Protocol,
        what: "a chunk that ends in any two bytes",
        how: Edit {
            file: "body.rs",
            from: "(State::DataCr | State::DataLf, _) => Err(Fault::ChunkEnd),",
            to: "(State::DataCr, _) => Ok(State::DataLf),\n            (State::DataLf, _) => Ok(State::SizeFirst),",
        },
        red: "body::the_lines_of_a_chunk_end_in_crlf",
    },
    Sabotage {
        place: Protocol,
        what: "a limit for each chunk and none for all of them",
        how: Edit {
            file: "body.rs",
            from: "(limits::BODY - self.content.len()) as u64",
            to: "limits::BODY as u64",
        },
        red: "limits::a_chunked_body",
    },
    Sabotage {
        place: Protocol,
        what: "a request that is read after an error",
        how: Edit {
            file: "decoder.rs",
            from: "self.step().inspect_err(|_| self.close())",
            to: "self.step().inspect_err(|_| self.next_request())",
        },
        red: "head::a_field_line_is_a_token_a_colon_and_a_value",
    },
    // Counters that are in no order.
    Sabotage {
        place: Interleavings,
        what: "an add that publishes nothing",
        how: Edit { file: "counter.rs", from: "Ordering::Release", to: "Ordering::Relaxed" },
        red: "a_snapshot_is_of_one_moment",
    },
    Sabotage {
        place: Interleavings,
        what: "a snapshot that is read once",
        how: Edit { file: "metrics.rs", from: "if ended() == before {", to: "if true {" },
        red: "a_snapshot_is_of_one_moment",
    },
];
