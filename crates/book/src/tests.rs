//! End-to-end tests on a small book, with one deviation at a time.

use std::path::PathBuf;

use super::*;

const RESULT: &str = include_str!("results/burst.json");

const PAGE: &str = "\
# Two

<!-- code: crates/stage2/src/main.rs accept -->
<!-- end -->

Of 300 it took <!-- n: burst.accepted -->?<!-- end -->.

<!-- result: burst rows: accepted -->
<!-- end -->

<!-- diff: 2 main.rs accept -->
<!-- end -->

<!-- files: 2 -->

| file | | |
|---|---|---|
| `main.rs` | changed | accepts |

[One](stage1.md#one)
";

struct Small(tempfile::TempDir);

impl Small {
    fn book() -> Small {
        let small = Small(tempfile::tempdir().unwrap());
        for (path, text) in [
            ("README.md", "[book](docs/stage1.md)\n"),
            ("crates/stage-files.txt", "stage2 changed main.rs\n"),
            ("crates/stage1/src/main.rs", "fn main() {\n    serve();\n}\n"),
            (
                "crates/stage2/src/main.rs",
                "fn main() {\n    accept();\n}\n\nfn accept() {\n    yes();\n}\n",
            ),
            ("docs/SUMMARY.md", "- [1](stage1.md)\n- [2](stage2.md)\n"),
            ("docs/results/burst.json", RESULT),
            ("docs/stage1.md", "# One\n"),
            ("docs/stage2.md", PAGE),
        ] {
            let path = small.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        small
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn check(&self) -> Vec<String> {
        run(self.0.path(), &Options { check: true, no_runs: true, ..Options::default() })
    }

    fn write(&self) -> Vec<String> {
        run(self.0.path(), &Options { no_runs: true, ..Options::default() })
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let path = self.path(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from:?} is not in {}", path.display());
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
}

#[test]
fn a_book_is_written_and_then_up_to_date() {
    let small = Small::book();
    assert_eq!(small.check().len(), 5, "{:#?}", small.check());
    assert_eq!(small.write(), Vec::<String>::new());
    assert_eq!(small.check(), Vec::<String>::new());
    let page = fs::read_to_string(small.path("docs/stage2.md")).unwrap();
    assert!(page.contains("it took <!-- n: burst.accepted -->101<!-- end -->."), "{page}");
    assert!(
        page.contains("\n\n```rust\nfn accept() {\n    yes();\n}\n```\n\n<!-- end -->"),
        "{page}"
    );
    assert!(page.contains("| accepted | 100 or 101 | 101 (100–101) | holds |"), "{page}");
    assert!(page.contains("-    serve();\n+    accept();\n"), "{page}");
    assert_eq!(small.write(), Vec::<String>::new());
    assert_eq!(fs::read_to_string(small.path("docs/stage2.md")).unwrap(), page);
}

#[test]
fn every_deviation_is_reported() {
    let (main, chapter) = ("crates/stage2/src/main.rs", "docs/stage2.md");
    let result = "docs/results/burst.json";
    for (path, from, to, fault) in [
        (chapter, "-->101<", "-->102<", "docs/stage2.md:15: expected `101`, found `102`"),
        (chapter, "yes();", "no();", "docs/stage2.md:3: expected `    yes();`, found `    no();`"),
        (chapter, "| holds |", "| FAILS |", "docs/stage2.md:17: expected `| accepted"),
        (main, "fn accept()", "fn take()", "has no item `accept`"),
        (main, "yes();", "maybe();", "expected `    maybe();`"),
        (main, "    yes();\n", "", "has an empty `accept`"),
        (result, "\"measured\": [101.0, 100.0, 101.0]", "\"measured\": [99.0]", "expected `99`"),
        (result, "\"accepted\"", "\"taken\"", "has no figure `accepted`"),
        ("docs/diffs/stage1-stage2.diff", "accept", "take", "stage2.diff: out of date"),
        (chapter, "| changed |", "| carried |", "says that main.rs is `carried`; it is changed"),
        (chapter, "<!-- files: 2 -->", "", "docs/stage2.md: has no `<!-- files: 2 -->`"),
        (chapter, "#one", "#two", "leads to no heading"),
        ("docs/stage1.md", "# One", "# Uno", "leads to no heading"),
        ("docs/SUMMARY.md", "- [2](stage2.md)", "", "docs/stage2.md: missing from docs/SUMMARY.md"),
    ] {
        let small = Small::book();
        small.write();
        small.replace(path, from, to);
        let before = fs::read(small.path(chapter)).unwrap();
        let faults = small.check();
        assert!(faults.iter().any(|found| found.contains(fault)), "{path}: {from:?}: {faults:#?}");
        assert_eq!(fs::read(small.path(chapter)).unwrap(), before, "--check wrote");
    }
}

#[test]
fn a_file_no_longer_generated_is_removed() {
    let small = Small::book();
    small.write();
    fs::create_dir(small.path("docs/plots")).unwrap();
    fs::write(small.path("docs/plots/old.svg"), "").unwrap();
    let fault = "docs/plots/old.svg: no longer generated; run `cargo xtask docs`";
    assert_eq!(small.check(), [fault]);
    small.write();
    assert!(!small.path("docs/plots/old.svg").exists());
}

#[test]
fn lines_that_no_excerpt_shows_are_listed() {
    let small = Small::book();
    small.write();
    small.replace("docs/stage2.md", "<!-- diff: 2 main.rs accept -->", "");
    small.replace("docs/stage1.md", "# One\n", "# One\n\n```console\n$ true\n```\n");
    let list = uncovered::list(&Book::read(small.0.path()).unwrap());
    assert_eq!(
        list,
        "stage 1: docs/stage1.md does not show 2 of 2 lines\n    \
             crates/stage1/src/main.rs:1: fn main() {\n    \
             crates/stage1/src/main.rs:2:     serve();\n\
         stage 2: docs/stage2.md does not show 1 of 3 lines\n    \
             crates/stage2/src/main.rs:2:     accept();\n\
         docs/stage1.md:3: is never run\n"
    );
}
