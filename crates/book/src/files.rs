//! `<!-- files: 5 -->`: checks that the table below lists the files of stage 5, and their status,
//! as in crates/stage-files.txt.

use std::collections::BTreeMap;
use std::path::Path;

use super::marker::{Kind, Marker};
use super::page::Page;
use crate::carried;

/// Returns the faults of the table below a marker.
pub fn check(repository: &Path, page: &Page, marker: &Marker) -> Vec<String> {
    let at = |fault: String| page.fault(marker.start, &fault);
    let Ok(stage) = marker.argument.parse::<u8>() else {
        return vec![at(format!("`{}` is not a stage", marker.argument))];
    };
    let below = page.tables.iter().find(|table| table.start > marker.start);
    let between = |start: usize| page.text[marker.start..start].lines().skip(1);
    let is_next = |start: usize| between(start).all(|line| line.trim().is_empty());
    let Some(table) = below.filter(|table| is_next(table.start)) else {
        return vec![at("expected a table below".to_owned())];
    };
    let mut stated = BTreeMap::new();
    for row in table.rows.iter().skip(1) {
        let cell = |column: usize| row.get(column).map_or("", |cell| cell.trim()).to_owned();
        let names = cell(0);
        for name in names.split([',', ' ']).filter(|name| !name.is_empty()) {
            stated.insert(name.to_owned(), cell(1));
        }
    }
    let actual = match carried::statuses(&repository.join("crates"), stage) {
        Ok(statuses) => statuses,
        Err(fault) => return vec![at(fault)],
    };
    let wrong = actual.iter().filter(|(name, status)| stated.get(*name) != Some(*status));
    let wrong = wrong.map(|(name, status)| match stated.get(name) {
        None => format!("the table below lacks {name}, which is {status}"),
        Some(word) => format!("the table below says that {name} is `{word}`; it is {status}"),
    });
    let unknown = stated.keys().filter(|name| !actual.contains_key(*name));
    let unknown =
        unknown.map(|name| format!("the table below lists {name}, which stage {stage} lacks"));
    wrong.chain(unknown).map(at).collect()
}

/// Returns a fault when a stage's chapter has markers but no `files` marker. Stage 1 needs none.
pub fn missing_marker(page: &Page, markers: &[Marker]) -> Option<String> {
    let stage = page.name.strip_prefix("docs/stage")?.strip_suffix(".md")?;
    let is_files = |marker: &Marker| marker.kind == Kind::Files && marker.argument == stage;
    let is_missing = stage != "1" && !markers.is_empty() && !markers.iter().any(is_files);
    is_missing.then(|| format!("{}: has no `<!-- files: {stage} -->` above a table", page.name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::marker;
    use super::*;

    fn faults(table: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("crates")).unwrap();
        let manifest = "stage2 changed main.rs\nstage3 new a.rs\nstage3 carried main.rs\n";
        fs::write(folder.path().join("crates/stage-files.txt"), manifest).unwrap();
        let page = Page::new("docs/a.md", format!("<!-- files: 3 -->\n\n{table}"));
        let (markers, _) = marker::read(&page);
        check(folder.path(), &page, &markers[0])
    }

    #[test]
    fn a_table_that_matches_the_manifest_has_no_faults() {
        let table =
            "| file | | why |\n|---|---|---|\n| `a.rs` | new | x |\n| `main.rs` | carried | |\n";
        assert_eq!(faults(table), Vec::<String>::new());
    }

    #[test]
    fn missing_unknown_and_wrongly_marked_files_are_reported() {
        let table = "| file | |\n|---|---|\n| `main.rs`, `b.rs` | changed |\n";
        let expected = [
            "docs/a.md:1: the table below lacks a.rs, which is new",
            "docs/a.md:1: the table below says that main.rs is `changed`; it is carried",
            "docs/a.md:1: the table below lists b.rs, which stage 3 lacks",
        ];
        assert_eq!(faults(table), expected);
        assert_eq!(faults("Text.\n\n| a |\n|---|\n"), ["docs/a.md:1: expected a table below"]);
    }
}
