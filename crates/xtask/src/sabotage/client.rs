//! Known faults of the stress client's measurements, each with the test that must catch it.

use super::Change::Edit;
use super::Sabotage;
use super::Target::{Client, Load};

pub(super) const TABLE: &[Sabotage] = &[
    Sabotage {
        target: Load,
        fault: "response time from sending, not from the due time",
        change: Edit {
            file: "tally.rs",
            from: "microseconds(done, slot.due)",
            to: "microseconds(done, sent)",
        },
        red: "truth::a_stall_shows_in_the_response_time_of_every_request_due_in_it",
    },
    Sabotage {
        target: Load,
        fault: "service time from the due time",
        change: Edit {
            file: "tally.rs",
            from: "microseconds(done, ready)",
            to: "microseconds(done, slot.due)",
        },
        red: "truth::a_stall_shows_in_the_response_time_of_every_request_due_in_it",
    },
    Sabotage {
        target: Load,
        fault: "slow connects are not counted",
        change: Edit {
            file: "tally.rs",
            from: "Duration::from_millis(900)",
            to: "Duration::from_secs(900)",
        },
        red: "truth::a_full_accept_queue_is_reported",
    },
    Sabotage {
        target: Load,
        fault: "the warm-up is in the figures",
        change: Edit { file: "tally.rs", from: "if slot.warm {", to: "if false {" },
        red: "truth::a_warm_up_is_sent_and_not_measured",
    },
    Sabotage {
        target: Load,
        fault: "no limit on consecutive errors",
        change: Edit { file: "live.rs", from: "self.gave_up.store(true, Relaxed);", to: "" },
        red: "truth::consecutive_errors_end_a_run_with_their_cause",
    },
    Sabotage {
        target: Load,
        fault: "answers do not reset consecutive errors",
        change: Edit { file: "live.rs", from: "self.errors_in_a_row.store(0, Relaxed);", to: "" },
        red: "truth::an_answer_interrupts_consecutive_errors",
    },
    Sabotage {
        target: Load,
        fault: "a retry of an event that may have been accepted",
        change: Edit {
            file: "retry.rs",
            from: "Outcome::Error(_, Fate::NotSent)",
            to: "Outcome::Error(..)",
        },
        red: "events::a_request_of_unknown_fate_is_not_retried",
    },
    Sabotage {
        target: Load,
        fault: "Retry-After is ignored",
        change: Edit {
            file: "retry.rs",
            from: "retry_after.unwrap_or_default().min(RETRY_AFTER_MAX)",
            to: "Duration::ZERO",
        },
        red: "events::a_backoff_honours_retry_after",
    },
    Sabotage {
        target: Load,
        fault: "an open loop that ends before its retries",
        change: Edit {
            file: "worker.rs",
            from: "None => shared.schedule.settle(),",
            to: "None => shared.schedule.stop(),",
        },
        red: "events::every_attempt_is_a_request_and_counts_as_one",
    },
    Sabotage {
        target: Load,
        fault: "the seed is not used",
        change: Edit {
            file: "events.rs",
            from: "seed_from_u64(self.request_seed(number))",
            to: "seed_from_u64(number)",
        },
        red: "events::a_seed_reproduces_a_run_and_another_does_not",
    },
    Sabotage {
        target: Load,
        fault: "only the first body of a file is sent",
        change: Edit { file: "events.rs", from: "number % bodies.len() as u64", to: "0 * number" },
        red: "events::the_lines_of_a_file_are_sent_as_they_are",
    },
    Sabotage {
        target: Load,
        fault: "the reason of a rejection is not read",
        change: Edit {
            file: "outcome.rs",
            from: "Some(r#\"\"shutting_down\"\"#)",
            to: "Some(r#\"\"stopping\"\"#)",
        },
        red: "truth::rejections_are_counted_by_reason",
    },
    Sabotage {
        target: Load,
        fault: "a reconciliation that tolerates one",
        change: Edit {
            file: "reconcile.rs",
            from: "_ if counted < low =>",
            to: "_ if counted + 1 < low =>",
        },
        red: "reconcile::matching_and_contradictory_counts",
    },
    Sabotage {
        target: Load,
        fault: "connections are opened concurrently",
        change: Edit {
            file: "transport/reqwest.rs",
            from: "tokio::task::yield_now().await;",
            to: "",
        },
        red: "books_with_reqwest::an_answer_in_pieces_opens_no_second_connection",
    },
    Sabotage {
        target: Client,
        fault: "expectations of the first two runs are skipped",
        change: Edit {
            file: "cli/run.rs",
            from: ".map(|(nth, run)| judge_run(",
            to: ".skip(2).map(|(nth, run)| judge_run(",
        },
        red: "repeat::every_run_has_to_meet_the_expectations",
    },
];
