//! Compares the screens of given states.

use super::*;
use crate::cli::tui::state::{Rates, Server};
use hdrhistogram::Histogram;
use load::metrics::Metrics;
use load::{Counts, Plan};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn screen(state: &State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    let lines = terminal.backend().to_string();
    lines.lines().map(|line| line.trim_matches('"').trim_end().to_owned() + "\n").collect()
}

fn under_load() -> State {
    let mut times = Histogram::new(3).unwrap();
    for (microseconds, count) in [(800, 60), (1500, 900), (30_000, 240), (400_000, 2)] {
        times.record_n(microseconds, count).unwrap();
    }
    let metrics = Metrics { pending: 1012, ..Metrics::default() };
    State {
        elapsed: Some(Duration::from_millis(12_300)),
        counts: Counts { accepted: 14_202, rejected: 15_000, errors: 1 },
        rates: Rates {
            accepted: Series::from([1200, 1200, 600, 300]),
            rejected: Series::from([4800, 2400, 0, 0]),
            errors: Series::from([0, 1, 0, 0]),
        },
        times: Some(times),
        server: Server {
            now: Some(Ok(metrics)),
            pending: Series::from([1012, 1016, 500, 2]),
            lock_wait: Series::from([394_800, 200_000, 100_000]),
            ..Server::default()
        },
        ..State::new(Plan {
            requests: None,
            duration: Some(Duration::from_secs(20)),
            rate: Some(3000.0),
            ..Plan::default()
        })
    }
}

#[test]
fn a_run_under_load_fits_a_terminal_of_80_by_24() {
    let expected = "\
http://127.0.0.1:8080  3000 a second (open loop, at most 200 connections)
62%, 12s, about 7s left ██████████████████████████████████░░░░░░░░░░░░░░░░░░░░░░
 requests a second, the last minute ────────────────────────────────────────────
accepted   1,200/s                                                            ██
      14,202 total                                                          ▄███
rejected   4,800/s                                                             █
      15,000 total                                                            ██
errors         0/s                                                            █
           1 total                                                            █
 server, the last minute ───────────────────────────────────────────────────────
pending      1,012                                                            █▇
         max 1,016                                                          ▁▇██
lock wait 394.8 µs                                                             █
           per job                                                           ▄██
 accepted, response time (since due) up to ─────────────────────────────────────
    2 ms          960  79.87%  █████████████████████████████████████████████████
    5 ms            0   0.00%
   10 ms            0   0.00%
   20 ms            0   0.00%
   50 ms          240  19.97%  ████████████▎
  100 ms            0   0.00%
  200 ms            0   0.00%
  500 ms            2   0.17%  ▏
q, Esc or Ctrl-C ends the run and prints the report
";
    assert_eq!(screen(&under_load(), 80, 24), expected);
}

#[test]
fn a_wide_terminal_gives_a_second_more_columns() {
    let state = under_load();
    let line = |width| screen(&state, width, 24).lines().nth(5).unwrap().to_owned();
    assert_eq!(line(139).matches('█').count(), 1);
    assert_eq!(line(140).matches('█').count(), 2);
    assert_eq!(line(200).matches('█').count(), 3);
}

#[test]
fn a_server_without_metrics_leaves_its_lines_to_the_histogram() {
    let mut state = under_load();
    state.plan.rate = None;
    state.server.now = Some(Err(Missing::NotSupported));
    let screen = screen(&state, 80, 24);
    let lines: Vec<_> = screen.lines().collect();
    assert_eq!(lines[0], "http://127.0.0.1:8080  200 connections (closed loop)");
    assert!(lines[9].starts_with(" server ─"), "{screen}");
    assert_eq!(lines[10], "it has no metrics (stages 9 and 10 do)");
    assert!(lines[11].starts_with(" accepted, service time up to ─"), "{screen}");
    assert!(lines[12].starts_with("    1 ms           60   4.99%  ███"), "{screen}");
}

#[test]
fn a_failed_reading_keeps_the_earlier_values() {
    let mut state = under_load();
    state.server.now = Some(Err(Missing::Failed("timed out".to_owned())));
    state.server.pending.push(None);
    let screen = screen(&state, 80, 24);
    assert!(screen.contains("\n server: not available (timed out) ─"), "{screen}");
    assert!(screen.contains("\npending                                     "), "{screen}");
    assert!(screen.contains("         max 1,016       "), "{screen}");
}

#[test]
fn the_phases_of_a_run_are_shown() {
    let mut state = State::new(Plan { warmup: Duration::from_secs(5), ..Plan::default() });
    let shows = |state: &State, text: &str| {
        let screen = screen(state, 80, 24);
        assert!(screen.contains(text), "no {text:?} in\n{screen}");
    };
    shows(&state, "\nconnecting ░");
    shows(&state, "\n server: reading its metrics ─");
    state.elapsed = Some(Duration::from_secs(2));
    shows(&state, "\nwarming up, 2s of 5s ░");
    shows(&state, "(including warm-up) ─");
    state.elapsed = Some(Duration::from_secs(130));
    state.counts.accepted = 1000;
    shows(&state, "\n20%, 2m 10s, about 8m 20s left █");
    state.ending = true;
    shows(&state, "\n20%, 2m 10s █");
    shows(&state, "\nending: waiting for requests in flight; repeat to end at once\n");
}

#[test]
fn a_time_is_formatted_in_the_unit_that_fits() {
    for (time, expected) in [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 µs"),
        (45_230_000, "45.2 ms"),
        (2_500_000_000, "2.5 s"),
    ] {
        assert_eq!(nanoseconds(time), expected);
    }
}

#[test]
fn a_tiny_terminal_does_not_panic() {
    for (width, height) in [(1, 1), (1, 24), (80, 1), (5, 3), (20, 10), (21, 30), (30, 9)] {
        screen(&under_load(), width, height);
    }
}
