//! Checks the dependencies in the manifests against the table in docs/architecture.md.

// Clippy does not recognise the helper functions as test code.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Dependencies by crate; a star marks those of tests.
type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Returns the names in backticks, with the star that may follow.
fn names(cell: &str) -> Vec<String> {
    let mut parts = cell.split('`');
    let mut names = Vec::new();
    parts.next();
    while let (Some(name), Some(after)) = (parts.next(), parts.next()) {
        names.push(name.to_owned() + if after.starts_with('*') { "*" } else { "" });
    }
    names
}

/// Returns the names in a cell; `stage3` to `stage9` are seven.
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

fn parse_table(page: &str) -> Dependencies {
    let section = page.split("## Which crate may know which").nth(1).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.take_while(|line| line.matches('|').count() == 4);
    let parse = |row: &str| {
        let cells: Vec<&str> = row.split('|').collect();
        let dependencies: BTreeSet<String> = names(cells[3]).into_iter().collect();
        crates(cells[1])
            .into_iter()
            .map(move |name| (name, dependencies.clone()))
            .collect::<Vec<_>>()
    };
    rows.flat_map(parse).collect()
}

fn read_manifests(repository: &Path) -> Dependencies {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(repository);
    let metadata: Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    let dependencies = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let dependencies = dependencies.filter(|dependency| ours.contains(&name(dependency)));
        let star = |dependency: &Value| if dependency["kind"] == "dev" { "*" } else { "" };
        dependencies.map(|dependency| name(dependency) + star(dependency)).collect()
    };
    packages.iter().map(|package| (name(package), dependencies(package))).collect()
}

#[test]
fn every_manifest_matches_its_row() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(repository.join("docs/architecture.md")).unwrap();
    assert_eq!(parse_table(&page), read_manifests(&repository));
}
