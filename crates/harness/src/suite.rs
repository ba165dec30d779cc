//! The tests of every stage against its binary: what any server of that stage promises, as the
//! grader asks it, and a list of cases about how these servers keep it.
//!
//! A case asserts counts, order and sums, and never a wall-clock time: it waits for lines, answers
//! and states, and sets the stage's timeouts by flag.

mod bounds;
mod contention;
mod contract;
mod freeze;
mod load;
#[cfg(target_os = "linux")]
mod pool;
mod queue;
mod start;
mod state;
mod stopping;

use crate::grade::{self, Subject};
use crate::server::Server;
use ::contract::Outcome as Graded;
use libtest_mimic::{Arguments, Failed, Trial};
use std::env;
use std::error::Error;
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The time limit for a check of the grader.
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// The number of concurrent cases, whatever the number of cores: most cases wait most of the time.
const CONCURRENCY: usize = 8;

/// Runs the checks and the cases of a stage against its binary, or against the one in `STAGE_BINARY`, with the
/// options of `cargo test`.
#[must_use]
pub fn run(stage: u8, binary: &'static str) -> ExitCode {
    let other = env::var("STAGE_BINARY").ok().map(|other| &*other.leak());
    let stage = Stage { number: stage, binary: other.unwrap_or(binary) };
    let applies = |case: &Case| case.stages.contains(&stage.number);
    let trial =
        |case: Case| Trial::test(case.name, move || (case.run)(stage).map_err(Failed::from));
    let graded = grade::names(stage.number).into_iter();
    let graded = graded.map(|name| Trial::test(name, move || stage.grade(name)));
    let own = cases().into_iter().filter(applies).map(trial);
    let trials: Vec<Trial> = own.chain(graded).collect();
    assert!(!trials.is_empty(), "no case of the suite holds for stage {}", stage.number);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(CONCURRENCY);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test and the stages that it applies to.
struct Case {
    name: &'static str,
    stages: RangeInclusive<u8>,
    run: fn(Stage) -> Outcome,
}

/// The result of a case. A failed assertion panics; an error means that the case could not run.
type Outcome = Result<(), Box<dyn Error>>;

/// A stage under test.
#[derive(Debug, Clone, Copy)]
struct Stage {
    number: u8,
    binary: &'static str,
}

impl Stage {
    fn start(self, flags: &str) -> Result<Server, Box<dyn Error>> {
        let flags: Vec<&str> = flags.split_whitespace().collect();
        Ok(Server::start(self.binary, &flags)?)
    }

    /// Returns the stage as any server is graded.
    fn subject(self) -> Subject {
        let until = Instant::now() + TIME_LIMIT;
        Subject { stage: self.number, command: vec![self.binary.to_owned()], until }
    }

    /// Makes one check of the grader. One that was not judged has told nothing.
    fn grade(self, name: &str) -> Result<(), Failed> {
        let verdict = grade::ask_one(&self.subject(), name).ok_or("no such check")?;
        match verdict.outcome {
            Graded::Passed => Ok(()),
            Graded::NotJudged(_) | Graded::NotAsked(_) => {
                eprintln!("{verdict}");
                Ok(())
            }
            Graded::Failed { .. } | Graded::CutOff => Err(verdict.to_string().into()),
        }
    }
}

fn case(name: &'static str, stages: RangeInclusive<u8>, run: fn(Stage) -> Outcome) -> Case {
    Case { name, stages, run }
}

fn cases() -> Vec<Case> {
    vec![
        // The longest first, so that the others run concurrently.
        case("contract_checks", 1..=10, contract::checks),
        case("silent_connections_freeze_it", 1..=1, freeze::freezes),
        case("a_thread_per_connection_does_not_freeze", 1..=1, freeze::thread_per_connection),
        case("every_request_of_a_load_is_accounted_for", 1..=10, load::accounted_for),
        case("one_lock_makes_workers_wait", 7..=7, contention::one_lock),
        case("shards_let_workers_pass", 8..=8, contention::shards),
        #[cfg(target_os = "linux")]
        case("workers_are_threads_of_their_own", 6..=10, pool::threads),
        case("unbounded_queue_accepts_everything", 5..=5, queue::unbounded),
        case("waiting_when_full_rejects_nothing", 5..=5, queue::waiting),
        #[cfg(unix)]
        case("running_out_of_descriptors_is_survived", 3..=10, bounds::descriptors),
        #[cfg(unix)]
        case("what_comes_while_it_stands_still_is_in_time", 3..=10, bounds::stands_still),
        #[cfg(unix)]
        case("a_log_that_nobody_reads_stops_nothing", 3..=10, bounds::log_unread),
        #[cfg(unix)]
        case("a_log_filter_that_means_nothing_is_named", 3..=10, bounds::log_filter),
        #[cfg(unix)]
        case("debug_logs_each_request_and_job", 3..=10, bounds::log),
        case("port_in_use_is_one_line", 1..=10, start::port_in_use),
        case("refused_flags_are_told", 3..=10, start::refused_flags),
        #[cfg(target_os = "linux")]
        case("no_thread_to_spare_is_served_or_told", 1..=10, start::no_thread),
        #[cfg(target_os = "linux")]
        case("no_thread_for_the_balances_is_told", 8..=10, bounds::no_thread),
        #[cfg(target_os = "linux")]
        case("the_balances_have_one_reader_at_a_time", 8..=10, bounds::readers),
        #[cfg(unix)]
        case("sigterm_loses_the_queue", 5..=9, stopping::loses_the_queue),
        #[cfg(unix)]
        case("one_stop_delivered_twice_is_one_stop", 10..=10, stopping::one_stop_twice),
        #[cfg(target_os = "linux")]
        case("signals_blocked_or_ignored_by_the_parent", 10..=10, stopping::inherited_signals),
        #[cfg(unix)]
        case("a_signal_during_the_start_ends_it", 10..=10, stopping::early_signal),
        #[cfg(target_os = "linux")]
        case("a_full_disk_leaves_the_old_state", 10..=10, state::full_disk),
        #[cfg(unix)]
        case("state_is_written_beside_a_held_shard", 10..=10, state::held_shard),
        #[cfg(unix)]
        case("a_state_file_has_one_server_at_a_time", 10..=10, state::one_server),
        #[cfg(unix)]
        case("state_leaves_everything_else_as_it_is", 10..=10, state::leaves_the_rest),
        #[cfg(unix)]
        case("state_is_saved_where_its_file_has_moved", 10..=10, state::moved),
        case("state_that_cannot_be_used_is_one_line", 10..=10, state::refused),
    ]
}
