use super::*;

const RESULT: &str = include_str!("burst.json");

fn results() -> Results {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(FOLDER)).unwrap();
    fs::write(folder.path().join(FOLDER).join("burst.json"), RESULT).unwrap();
    let (results, faults) = Results::read(folder.path());
    assert_eq!(faults, Vec::<String>::new());
    results
}

fn page() -> Page {
    Page::new("docs/a.md", String::new())
}

#[test]
fn a_table_omits_empty_columns_and_names_its_source() {
    let expected = "\
|  | predicted | measured | verdict |
| --- | --: | --: | --: |
| accepted | 100 or 101 | 101 (100–101) | holds |
| in \\| time |  | 1.14× |  |

Medians of 2 runs on A | B, 2 cores, Linux 6; commit abc. Again: `cargo bench burst`; [all of it](results/burst.json).";
    assert_eq!(results().table("burst", &page()).unwrap(), expected);
}

#[test]
fn rows_are_selected_by_id() {
    let table = results().table("burst rows: in_time_0.5, in_time_0.5", &page()).unwrap();
    assert!(
        table.starts_with(
            "|  | measured |\n| --- | --: |\n| in \\| time | 1.14× |\n| in \\| time |"
        ),
        "{table}"
    );
}

#[test]
fn a_number_is_the_median_unless_specified() {
    let results = results();
    for (argument, expected) in [
        ("burst.accepted", "101"),
        ("burst.accepted.low", "100"),
        ("burst.accepted.high", "101"),
        ("burst.accepted.predicted", "100 or 101"),
        ("burst.in_time_0.5", "1.14×"),
        ("burst.in_time_0.5.low", "1.14×"),
    ] {
        assert_eq!(results.number(argument).as_deref(), Ok(expected), "{argument}");
    }
}

#[test]
fn an_unknown_figure_is_a_fault() {
    let results = results();
    for (argument, part) in [
        ("boom.accepted", "cargo tour boom --record"),
        ("burst.lost", "has no figure `lost`; it has accepted, in_time_0.5"),
        ("burst.accepted.documented", "`accepted` of `burst` has no documented value"),
        ("burst.accepted.mean", "expected low, high"),
        ("burst", "expected NAME.ID"),
    ] {
        let fault = results.number(argument).unwrap_err();
        assert!(fault.contains(part), "{argument}: {fault}");
    }
    assert!(results.table("burst rows: lost", &page()).unwrap_err().contains("`lost`"));
}

#[test]
fn an_invalid_or_misnamed_result_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(FOLDER)).unwrap();
    fs::write(folder.path().join(FOLDER).join("other.json"), RESULT).unwrap();
    fs::write(folder.path().join(FOLDER).join("broken.json"), &RESULT[1..]).unwrap();
    let (_, mut faults) = Results::read(folder.path());
    faults.sort_unstable();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("docs/results/broken.json: invalid"), "{faults:?}");
    assert_eq!(faults[1], "docs/results/other.json: is the result of `burst`");
}
