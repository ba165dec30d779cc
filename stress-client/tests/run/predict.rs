//! Predictions, which need no server and are deterministic.

use crate::client::{Finished, client};
use serde_json::Value;

fn predict(flags: &[&str]) -> Finished {
    client(&[&["predict"], flags].concat())
}

/// Returns the JSON, after checking its sum.
fn predicted(flags: &[&str]) -> Value {
    let finished = predict(&[flags, &["--json", "-"]].concat()).exits(0);
    assert_eq!(finished.stdout().lines().count(), 1, "{finished}");
    let predicted: Value = serde_json::from_str(finished.stdout()).unwrap();
    let count = |field: &str| predicted[field].as_u64().unwrap();
    assert_eq!(count("sent"), count("accepted") + count("rejected"), "{predicted}");
    assert_eq!(predicted["schema"], 1);
    predicted
}

fn accepted(flags: &[&str]) -> u64 {
    predicted(flags)["accepted"].as_u64().unwrap()
}

#[test]
fn without_a_flag_it_is_the_documented_run() {
    let flags = "--workers 16 --queue 100 --work 100ms --hold 10ms --rate 12937 --requests 5000 \
                 --users 10 --shards 1 --timer-lag 0ms";
    let flags: Vec<_> = flags.split_whitespace().collect();
    let predicted = predicted(&flags);
    assert_eq!(predicted, self::predicted(&[]));
    assert_eq!((&predicted["accepted"], &predicted["rejected"]), (&144.into(), &4_856.into()));
    assert_eq!(predicted["rejected_without_lock"], 4_836);
    assert_eq!(predicted["limits"]["binds"], "locks");
    assert_eq!(predicted["jobs_per_second"], 100.0);
    let table = predict(&[]).exits(0);
    assert_eq!(table.stderr(), "");
    assert!(table.stdout().contains("accepted        144    2.9%\n"), "{table}");
    assert!(table.stdout().contains("1 / 10ms, which binds"), "{table}");
}

#[test]
fn with_json_on_standard_output_the_table_goes_to_standard_error() {
    predict(&["--json", "-"]).exits(0).says("predicted: 5,000 requests, 12,937 a second");
}

#[test]
fn edge_cases() {
    for (flags, expected) in [
        ("--requests 1", 1),
        ("--queue unbounded", 5_000),
        ("--queue 0 --work 0s --hold 0s --timer-lag 1s", 5_000),
        ("--queue 0 --workers 5 --work 1h", 5),
        // Every arrival coincides with a completion.
        ("--queue 0 --workers 1 --rate 100 --work 10ms --hold 0s", 5_000),
        ("--queue 0 --workers 1 --rate 0.2 --work 4s --hold 1s", 5_000),
        ("--queue 0 --workers 1 --rate 0.2 --work 5s --hold 1ns", 2_500),
        // --hold-lag replaces --timer-lag for the hold.
        (
            "--queue 0 --workers 1 --rate 100 --work 8ms --hold 1ms --timer-lag 1ms --hold-lag 0ms",
            5_000,
        ),
        ("--queue 0 --workers 1 --rate 100 --work 8ms --hold 1ms --timer-lag 1ms", 2_500),
        ("--rate 1e6 --workers 4096 --work 1s --shards 4294967295", 4_196),
    ] {
        let arguments: Vec<&str> = flags.split(' ').collect();
        assert_eq!(accepted(&arguments), expected, "{flags:?}");
    }
}

#[test]
fn more_shards_accept_more_up_to_the_number_of_users() {
    let shards = |shards: &str| {
        let load = ["--hold", "100ms", "--rate", "500", "--users", "10", "--shards"];
        accepted(&[&load[..], &[shards]].concat())
    };
    let [one, two, seven, ten, many] = ["1", "2", "7", "10", "1000"].map(shards);
    assert!(one < two && two < seven && seven < ten, "{one} {two} {seven} {ten}");
    assert_eq!(ten, many);
}

#[test]
fn a_seed_reproduces_the_draws_and_their_spread() {
    let flags =
        ["--shards", "4", "--workers", "16", "--queue", "10", "--work", "10ms", "--rate", "1500"];
    let drawn = |seed: &str, draws: &str| {
        predicted(&[&flags[..], &["--seed", seed, "--draws", draws]].concat())
    };
    let first = drawn("1", "21");
    assert_eq!(first, drawn("1", "21"));
    let spread = |field: &str| first["draws"][field].as_u64().unwrap();
    assert!(spread("accepted_min") < spread("accepted_max"), "{first}");
    let middle = spread("accepted_min")..=spread("accepted_max");
    assert!(middle.contains(&spread("accepted_median")), "{first}");
    assert_eq!(first["accepted"], first["draws"]["accepted_median"]);
    // Single draws of other seeds differ.
    let single = ["1", "2", "3", "4", "5", "6"].map(|seed| drawn(seed, "1")["accepted"].clone());
    assert!(single.iter().any(|accepted| *accepted != single[0]), "{single:?}");
    assert!(predicted(&[])["draws"].is_null());
}

#[test]
fn a_plot_shows_the_convoy_without_colour() {
    let plot = predict(&["--plot", "--workers", "3"]).exits(0);
    let lanes: Vec<_> = plot.stdout().lines().rev().take(3).collect();
    assert!(lanes[2].starts_with(" 0 ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒██▒▒"), "{plot}");
    assert!(lanes[1].starts_with(" 1 ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒··██▒▒"), "{plot}");
    assert!(lanes[0].starts_with(" 2 ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒····██▒▒"), "{plot}");
    assert!(plot.stdout().contains("\nin the queue, at most 100\n"), "{plot}");
    assert!(!plot.stdout().contains('\x1b'), "{plot}");
    let nothing = predict(&["--plot", "--requests", "1", "--work", "0s", "--hold", "0s"]).exits(0);
    assert!(nothing.stdout().ends_with("the simulated time is zero\n"), "{nothing}");
    // A time shorter than one cell, and a hold of zero.
    predict(&["--plot", "--requests", "2", "--rate", "1e9", "--work", "1ns", "--hold", "0s"])
        .exits(0);
}

#[test]
fn values_out_of_range_are_refused() {
    for (flags, says) in [
        (&["--workers", "0"][..], "workers must be above zero"),
        (&["--shards", "0"], "shards must be above zero"),
        (&["--users", "0"], "users must be above zero"),
        (&["--requests", "0"], "requests must be above zero"),
        (&["--rate", "0"], "rate must be a finite number above zero"),
        (&["--rate", "inf"], "finite"),
        (&["--rate", "nan"], "finite"),
        (&["--queue", "many"], "write a number, or unbounded"),
        (&["--queue=-1"], "write a number, or unbounded"),
        (&["--work", "10"], "time unit"),
        (&["--seed", "1", "--draws", "0"], "draws must be above zero"),
        (&["--draws", "5"], "--seed"),
        (&["--rate", "0.000001"], "more than a hundred years"),
        (&["--work", "200years"], "more than a hundred years"),
        (&["--json", "/no/such/folder/prediction.json"], "cannot write"),
    ] {
        predict(flags).exits(2).says(says);
    }
}
