//! Breaks a copy of the stages, the decoder and the stress client in known ways, and looks whether the test that should
//! notice does.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

mod client;
mod edits;
mod table;
mod tour;

/// One way to break something, and the test that has to go red.
struct Sabotage {
    place: Place,
    what: &'static str,
    how: How,
    red: &'static str,
}

/// What is broken, and with which tests it is tried.
#[derive(Clone, Copy)]
enum Place {
    /// A stage, and its suite.
    Stage(u8),
    /// The decoder, and its tests.
    Protocol,
    /// What stage 10 shares between threads, in every interleaving.
    Interleavings,
    /// A stage, and the experiments of the tour.
    Experiment(u8),
    /// The signals and the state file of stage 10, and that stage's own tests.
    Service,
    /// The load engine, and the stress client's runs against small servers.
    Load,
    /// The stress client itself, and its runs against small servers.
    Client,
}

impl Place {
    fn folder(self) -> String {
        match self {
            Place::Stage(stage) | Place::Experiment(stage) => format!("crates/stage{stage}/src"),
            Place::Protocol => "crates/protocol/src".to_owned(),
            Place::Interleavings => "crates/stage10/src".to_owned(),
            Place::Service => "crates/service/src".to_owned(),
            Place::Load => "crates/load/src".to_owned(),
            Place::Client => "stress-client/src".to_owned(),
        }
    }

    /// The package of its tests, and which of them.
    fn tests(self) -> (String, &'static str) {
        match self {
            Place::Stage(stage) => (format!("stage{stage}"), "stage"),
            Place::Protocol => ("protocol".to_owned(), "contract"),
            Place::Interleavings => ("lab".to_owned(), "interleavings"),
            Place::Experiment(_) => ("lab".to_owned(), "experiments"),
            Place::Service => ("stage10".to_owned(), "stage"),
            Place::Load | Place::Client => ("stress-client".to_owned(), "run"),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Stage(stage) => write!(f, "stage {stage}"),
            Place::Protocol => write!(f, "protocol"),
            Place::Interleavings => write!(f, "stage 10, interleaved"),
            Place::Experiment(stage) => write!(f, "stage {stage}, on tour"),
            Place::Service => write!(f, "service"),
            Place::Load | Place::Client => write!(f, "stress client"),
        }
    }
}

enum How {
    /// In a file of it, `from` (which is there once) becomes `to`.
    Edit { file: &'static str, from: &'static str, to: &'static str },
    /// The binary of another stage, the one before, takes its place.
    StageBefore(u8),
}

/// Runs the rows whose description contains `only`, and says which tests did not notice.
pub fn run(repository: &Path, only: &str) -> Result<(), String> {
    let yard = Yard::lay_out(repository).map_err(|error| format!("cannot copy: {error}"))?;
    let rows = all().filter(|row| row.describe().contains(only));
    let mut unnoticed = Vec::new();
    let mut count = 0;
    for row in rows {
        count += 1;
        let noticed = yard.try_row(row).map_err(|error| format!("{}: {error}", row.describe()))?;
        println!("{} {}", if noticed { "red  " } else { "GREEN" }, row.describe());
        if !noticed {
            unnoticed.push(row.describe());
        }
    }
    match (count, unnoticed.len()) {
        (0, _) => Err(format!("no sabotage is described by `{only}`")),
        (_, 0) => {
            println!("{count} sabotages, each noticed");
            Ok(())
        }
        _ => Err(format!("not noticed: {}", unnoticed.join("; "))),
    }
}

fn all() -> impl Iterator<Item = &'static Sabotage> {
    table::TABLE.iter().chain(tour::TABLE).chain(client::TABLE)
}

/// Removes the files of an earlier copy that the repository has no more: cargo would build them.
fn remove_others(tree: &Path, folder: &Path, names: &HashSet<&str>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) }; // the first copy
    for entry in entries {
        let path = entry?.path();
        let is_known = |name: &Path| name.to_str().is_some_and(|name| names.contains(name));
        if path.is_dir() {
            remove_others(tree, &path, names)?;
        } else if !path.strip_prefix(tree).is_ok_and(is_known) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Reads a source in which `from` stands exactly once.
fn read(path: &Path, from: &str) -> Result<String, String> {
    let source = fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    match source.matches(from).count() {
        1 => Ok(source),
        count => Err(format!("`{from}` is {count} times in {}", path.display())),
    }
}

impl Sabotage {
    fn describe(&self) -> String {
        format!("{}: {} -> {}", self.place, self.what, self.red)
    }
}

/// A copy of the repository to break, with a target folder of its own.
struct Yard {
    tree: PathBuf,
    target: PathBuf,
}

impl Yard {
    fn lay_out(repository: &Path) -> io::Result<Yard> {
        let yard = repository.join("target/sabotage");
        let (tree, target) = (yard.join("tree"), yard.join("target"));
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(repository)
            .output()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let names: HashSet<&str> = listed.split_terminator('\0').collect();
        remove_others(&tree, &tree, &names)?;
        for name in &names {
            let Ok(now) = fs::read(repository.join(name)) else { continue }; // listed, but deleted
            let to = tree.join(name);
            // Written only where it differs, so that cargo builds no more than it has to.
            if fs::read(&to).ok().as_ref() != Some(&now) {
                fs::create_dir_all(to.parent().unwrap_or(&tree))?;
                fs::write(to, now)?;
            }
        }
        Ok(Yard { tree, target })
    }

    /// Whether the row's test passes on the stage as it is and fails on the broken one.
    fn try_row(&self, row: &Sabotage) -> Result<bool, String> {
        if !self.passes(row, None)? {
            return Err("the test fails on the stage as it is".to_owned());
        }
        match row.how {
            How::StageBefore(before) => {
                let before = format!("stage{before}");
                let build = self.cargo().args(["build", "-q", "-p", &before]).status();
                if !build.is_ok_and(|status| status.success()) {
                    return Err(format!("{before} does not build"));
                }
                Ok(!self.passes(row, Some(&self.target.join("debug").join(before)))?)
            }
            How::Edit { file, from, to } => {
                let path = self.tree.join(row.place.folder()).join(file);
                let source = read(&path, from)?;
                let write = |text: &str| fs::write(&path, text).map_err(|error| error.to_string());
                write(&source.replace(from, to))?;
                let passes = self.passes(row, None);
                write(&source)?;
                Ok(!passes?)
            }
        }
    }

    /// Runs the row's test; an error when it did not run at all, as when it does not compile.
    fn passes(&self, row: &Sabotage, binary: Option<&Path>) -> Result<bool, String> {
        let mut test = self.cargo();
        let (package, tests) = row.place.tests();
        test.args(["test", "-q", "-p", &package, "--test", tests]);
        test.args(["--", "--include-ignored", "--exact", row.red]);
        if let Some(binary) = binary {
            test.env("STAGE_BINARY", binary);
        }
        let output = test.output().map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&output.stdout);
        match (told.contains("test result: ok. 1 passed"), told.contains("0 passed; 1 failed")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ if told.contains("not judged, because") => {
                Err("not judged, because the machine was in the way".to_owned())
            }
            _ => Err(format!("the test did not run: {}", String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edit_has_its_place() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for row in all() {
            if let How::Edit { file, from, .. } = row.how {
                let path = repository.join(row.place.folder()).join(file);
                assert!(read(&path, from).is_ok(), "{}: {:?}", row.describe(), read(&path, from));
            }
        }
    }
}
