use super::*;
use tempfile::TempDir;

/// Creates a folder like criterion's from paths, contents of `benchmark.json` and medians.
fn folder(benchmarks: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (at, benchmark, median) in benchmarks {
        let at = folder.path().join(at);
        fs::create_dir_all(&at).unwrap();
        fs::write(at.join("benchmark.json"), benchmark).unwrap();
        let estimates = format!(r#"{{"mean":{{"point_estimate":9.0}},"median":{median}}}"#);
        fs::write(at.join("estimates.json"), estimates).unwrap();
    }
    folder
}

const ATOMIC_4: &str = r#"{"group_id":"increment","function_id":"atomic","value_str":"4",
    "throughput":null,"full_id":"increment/atomic/4","directory_name":"increment/atomic/4",
    "title":"increment/atomic/4"}"#;
const ATOMIC_16: &str =
    r#"{"group_id":"increment","function_id":"atomic","value_str":"16","throughput":null}"#;
const MANY: &str =
    r#"{"group_id":"map, many users, 0 % reads","function_id":"DashMap","value_str":"1"}"#;
const MEDIAN: &str = r#"{"confidence_interval":{"confidence_level":0.95,"lower_bound":13.5,
    "upper_bound":15.25},"point_estimate":14.5,"standard_error":0.5}"#;
const OLD: &str = r#"{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,
    "upper_bound":3.0},"point_estimate":2.0,"standard_error":0.5}"#;

#[test]
fn the_newest_costs_are_sorted_by_group_variant_and_threads() {
    let folder = folder(&[
        ("map, many users, 0 _ reads/DashMap/1/new", MANY, OLD),
        ("increment/atomic/16/new", ATOMIC_16, MEDIAN),
        ("increment/atomic/4/base", ATOMIC_4, OLD),
        ("increment/atomic/4/new", ATOMIC_4, MEDIAN),
    ]);
    let cost = |group: &str, what: &str, threads, [ns_low, ns_median, ns_high]: [f64; 3]| {
        let (group, what) = (group.to_owned(), what.to_owned());
        Cost { group, what, threads, ns_median, ns_low, ns_high }
    };
    let expected = [
        cost("increment", "atomic", 4, [13.5, 14.5, 15.25]),
        cost("increment", "atomic", 16, [13.5, 14.5, 15.25]),
        cost("map, many users, 0 % reads", "DashMap", 1, [1.0, 2.0, 3.0]),
    ];
    assert_eq!(read(folder.path()).unwrap(), expected);
}

#[test]
fn an_unreadable_file_is_reported_in_one_line() {
    let read_error = |folder: TempDir| {
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
        error.replace(&folder.path().join("").display().to_string(), "")
    };
    let alone = tempfile::tempdir().unwrap();
    fs::create_dir_all(alone.path().join("a/new")).unwrap();
    let missing = read_error(alone);
    assert!(missing.starts_with("cannot read a/new/benchmark.json: "), "{missing}");

    let cut = read_error(folder(&[("a/new", ATOMIC_4, r#"{"point_estimate":1.0}"#)]));
    let expected = "a/new/estimates.json is not in the format of criterion 0.8: missing field";
    assert!(cut.starts_with(expected), "{cut}");

    let four = read_error(folder(&[("a/new", &ATOMIC_4.replace(r#""4""#, r#""four""#), MEDIAN)]));
    let expected =
        "a/new/benchmark.json is not in the format of criterion 0.8: \"four\" is no number";
    assert!(four.starts_with(expected), "{four}");
}

#[test]
fn steps_are_builds_and_measurements() {
    let lines = [
        "   Compiling lab v0.1.0 (/lab)",
        "    Finished `bench` profile [optimized + debuginfo] target(s) in 0.24s",
        "Benchmarking increment/atomic/4",
        "Benchmarking increment/atomic/4: Warming up for 200.00 ms",
        "Benchmarking increment/atomic/4: Analyzing",
        "increment/atomic/4      time:   [13.590 ns 14.534 ns 15.366 ns]",
    ];
    let steps: Vec<_> = lines.into_iter().filter_map(announced_step).collect();
    assert_eq!(steps, ["Compiling lab v0.1.0 (/lab)", "increment/atomic/4"]);
}

#[cfg(unix)]
#[test]
fn the_first_error_of_either_output_is_returned() {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "echo '  Compiling x'; echo 'error: first' >&2; echo 'error: second'; exit 3",
    ]);
    let mut shown = Vec::new();
    let (status, message) = follow(shell, &mut |step| shown.push(step.to_owned())).unwrap();
    assert_eq!((status.code(), message.as_str()), (Some(3), "error: first"));
    assert_eq!(shown, ["Compiling x"]);
}
