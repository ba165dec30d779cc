//! `<!-- files: 5 -->`: the table below has to name every file of stage 5 that crates/carried.txt has,
//! with the right word, and no other.

use std::collections::BTreeMap;
use std::path::Path;

use super::marker::{Kind, Marker};
use super::page::Page;
use crate::carried;

/// What is wrong with the table below a marker.
pub fn check(repository: &Path, page: &Page, marker: &Marker) -> Vec<String> {
    let at = |fault: String| page.fault(marker.start, &fault);
    let Ok(stage) = marker.argument.parse::<u8>() else {
        return vec![at(format!("`{}` is no stage", marker.argument))];
    };
    let below = page.tables.iter().find(|table| table.start > marker.start);
    let between = |start: usize| page.text[marker.start..start].lines().skip(1);
    let Some(table) = below.filter(|it| between(it.start).all(|line| line.trim().is_empty()))
    else {
        return vec![at("stands above no table".to_owned())];
    };
    let mut said = BTreeMap::new();
    for row in table.rows.iter().skip(1) {
        let cell = |column: usize| row.get(column).map_or("", |cell| cell.trim()).to_owned();
        let names = cell(0);
        for name in names.split([',', ' ']).filter(|name| !name.is_empty()) {
            said.insert(name.to_owned(), cell(1));
        }
    }
    let is = match carried::fates(&repository.join("crates"), stage) {
        Ok(fates) => fates,
        Err(fault) => return vec![at(fault)],
    };
    let wrong = is.iter().filter(|(name, fate)| said.get(*name) != Some(*fate));
    let wrong = wrong.map(|(name, fate)| match said.get(name) {
        None => format!("the table below lacks {name}, which is {fate}"),
        Some(word) => format!("the table below says that {name} is `{word}`; it is {fate}"),
    });
    let invented = said.keys().filter(|name| !is.contains_key(*name));
    let invented =
        invented.map(|name| format!("the table below has {name}, which stage {stage} has not"));
    wrong.chain(invented).map(at).collect()
}

/// Whether a stage's chapter that has markers has one for that table; the first has no stage before it.
pub fn missing(page: &Page, markers: &[Marker]) -> Option<String> {
    let stage = page.name.strip_prefix("docs/stage")?.strip_suffix(".md")?;
    let is_it = |marker: &Marker| marker.kind == Kind::Files && marker.argument == stage;
    let wanted = stage != "1" && !markers.is_empty() && !markers.iter().any(is_it);
    wanted.then(|| format!("{}: has no `<!-- files: {stage} -->` above a table", page.name))
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
        fs::write(folder.path().join("crates/carried.txt"), manifest).unwrap();
        let page = Page::new("docs/a.md", format!("<!-- files: 3 -->\n\n{table}"));
        let (markers, _) = marker::read(&page);
        check(folder.path(), &page, &markers[0])
    }

    #[test]
    fn the_table_and_the_manifest_agree() {
        let agrees =
            "| file | | why |\n|---|---|---|\n| `a.rs` | new | it |\n| `main.rs` | carried | |\n";
        assert_eq!(faults(agrees), Vec::<String>::new());
    }

    #[test]
    fn each_file_too_few_too_many_or_with_another_word_is_told() {
        let table = "| file | |\n|---|---|\n| `main.rs`, `b.rs` | changed |\n";
        let expected = [
            "docs/a.md:1: the table below lacks a.rs, which is new",
            "docs/a.md:1: the table below says that main.rs is `changed`; it is carried",
            "docs/a.md:1: the table below has b.rs, which stage 3 has not",
        ];
        assert_eq!(faults(table), expected);
        assert_eq!(faults("Text.\n\n| a |\n|---|\n"), ["docs/a.md:1: stands above no table"]);
    }
}
