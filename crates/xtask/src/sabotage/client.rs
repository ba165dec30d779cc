//! The known ways in which the stress client could tell less than the truth, and the test that has to
//! notice each.

use super::How::Edit;
use super::Place::{Client, Load};
use super::Sabotage;

pub(super) const TABLE: &[Sabotage] = &[
    Sabotage {
        place: Load,
        what: "a response time that begins when the request is sent",
        how: Edit {
            file: "tally.rs",
            from: "microseconds(done, slot.due)",
            to: "microseconds(done, sent)",
        },
        red: "truth::a_stall_shows_in_the_response_time_of_every_request_that_was_due_in_it",
    },
    Sabotage {
        place: Load,
        what: "a service time that begins when the request is due",
        how: Edit {
            file: "tally.rs",
            from: "microseconds(done, ready)",
            to: "microseconds(done, slot.due)",
        },
        red: "truth::a_stall_shows_in_the_response_time_of_every_request_that_was_due_in_it",
    },
    Sabotage {
        place: Load,
        what: "slow connects that nobody counts",
        how: Edit {
            file: "tally.rs",
            from: "Duration::from_millis(900)",
            to: "Duration::from_secs(900)",
        },
        red: "truth::a_full_accept_queue_is_told_apart_from_the_server",
    },
    Sabotage {
        place: Load,
        what: "a warm-up that counts",
        how: Edit { file: "tally.rs", from: "if slot.warm {", to: "if false {" },
        red: "truth::a_warm_up_is_sent_and_is_in_no_figure",
    },
    Sabotage {
        place: Load,
        what: "errors that are never too many",
        how: Edit { file: "live.rs", from: "self.gave_up.store(true, Relaxed);", to: "" },
        red: "truth::errors_in_a_row_end_a_run_with_what_went_wrong",
    },
    Sabotage {
        place: Load,
        what: "answers in between that do not count",
        how: Edit { file: "live.rs", from: "self.errors_in_a_row.store(0, Relaxed);", to: "" },
        red: "truth::answers_in_between_are_no_errors_in_a_row",
    },
    Sabotage {
        place: Load,
        what: "a retry of what may have been done",
        how: Edit {
            file: "retry.rs",
            from: "Outcome::Error(_, Fate::NotSent)",
            to: "Outcome::Error(..)",
        },
        red: "events::what_may_have_been_done_is_not_sent_again",
    },
    Sabotage {
        place: Load,
        what: "a Retry-After that is not honoured",
        how: Edit {
            file: "retry.rs",
            from: "retry_after.unwrap_or_default().min(RETRY_AFTER_MAX)",
            to: "Duration::ZERO",
        },
        red: "events::a_backoff_honours_what_the_server_asks_for",
    },
    Sabotage {
        place: Load,
        what: "an open loop that ends before its retries",
        how: Edit {
            file: "worker.rs",
            from: "None => shared.schedule.settle(),",
            to: "None => shared.schedule.stop(),",
        },
        red: "events::every_attempt_is_a_request_and_counts_as_one",
    },
    Sabotage {
        place: Load,
        what: "a seed that is not used",
        how: Edit { file: "events.rs", from: "self.seed_of(number)", to: "number" },
        red: "events::a_seed_repeats_a_run_and_another_does_not",
    },
    Sabotage {
        place: Load,
        what: "a file of bodies of which only the first is sent",
        how: Edit { file: "events.rs", from: "number % bodies.len() as u64", to: "0 * number" },
        red: "events::the_lines_of_a_file_are_sent_as_they_are",
    },
    Sabotage {
        place: Load,
        what: "a rejection whose reason is not read",
        how: Edit {
            file: "outcome.rs",
            from: "Some(r#\"\"shutting_down\"\"#)",
            to: "Some(r#\"\"stopping\"\"#)",
        },
        red: "truth::rejections_are_told_by_reason",
    },
    Sabotage {
        place: Load,
        what: "books that may differ by one",
        how: Edit {
            file: "reconcile.rs",
            from: "_ if counted < low =>",
            to: "_ if counted + 1 < low =>",
        },
        red: "reconcile::books_that_agree_and_books_that_do_not",
    },
    Sabotage {
        place: Load,
        what: "connections that are opened side by side",
        how: Edit { file: "transport/reqwest.rs", from: "tokio::task::yield_now().await;", to: "" },
        red: "books_with_reqwest::an_answer_in_pieces_opens_no_second_connection",
    },
    Sabotage {
        place: Client,
        what: "expectations of the last run alone",
        how: Edit {
            file: "cli/run.rs",
            from: "runs.iter().enumerate().map",
            to: "runs.iter().enumerate().skip(2).map",
        },
        red: "repeat::every_run_has_to_be_as_expected",
    },
];
