//! The manifests keep to the table in docs/architecture.md: which crate may know which.

// All of it is test code, its helpers too.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

type Known = BTreeMap<String, BTreeSet<String>>;

/// The names in backticks, a star behind them kept.
fn names(cell: &str) -> Vec<String> {
    let mut parts = cell.split('`');
    let mut names = Vec::new();
    parts.next();
    while let (Some(name), Some(after)) = (parts.next(), parts.next()) {
        names.push(name.to_owned() + if after.starts_with('*') { "*" } else { "" });
    }
    names
}

/// `stage3` and `stage9` with `to` between them are seven.
fn crates(cell: &str) -> Vec<String> {
    let named = names(cell);
    let number =
        |name: &str| name.strip_prefix("stage").and_then(|number| number.parse::<u8>().ok());
    match &named[..] {
        [first, last] if cell.contains(" to ") => {
            let (first, last) = (number(first).unwrap(), number(last).unwrap());
            (first..=last).map(|number| format!("stage{number}")).collect()
        }
        _ => named,
    }
}

fn table(page: &str) -> Known {
    let section = page.split("## Which crate may know which").nth(1).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.take_while(|line| line.matches('|').count() == 4);
    let read = |row: &str| {
        let cells: Vec<&str> = row.split('|').collect();
        let known: BTreeSet<String> = names(cells[3]).into_iter().collect();
        crates(cells[1]).into_iter().map(move |name| (name, known.clone())).collect::<Vec<_>>()
    };
    rows.flat_map(read).collect()
}

fn manifests(repository: &Path) -> Known {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(repository);
    let metadata: Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    let known = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let dependencies = dependencies.filter(|dependency| ours.contains(&name(dependency)));
        let star = |dependency: &Value| if dependency["kind"] == "dev" { "*" } else { "" };
        dependencies.map(|dependency| name(dependency) + star(dependency)).collect()
    };
    packages.iter().map(|package| (name(package), known(package))).collect()
}

#[test]
fn every_manifest_keeps_to_its_row() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(repository.join("docs/architecture.md")).unwrap();
    let (table, manifests) = (table(&page), manifests(&repository));
    assert_eq!(table, manifests);
}
