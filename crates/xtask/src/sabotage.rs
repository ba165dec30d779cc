//! Applies known faults to a copy of the repository and checks that a test catches each.
//!
//! cargo-mutants is no replacement: these faults are named violations of the contract, such as a
//! lost update, or a whole stage in place of the next one, and each names the test that must catch
//! it. Most of those are suites that run a server from outside.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

mod client;
mod edits;
mod table;
mod tour;

/// A fault, and the test that must catch it.
struct Sabotage {
    target: Target,
    fault: &'static str,
    change: Change,
    /// The test that must fail.
    red: &'static str,
}

/// The code to break, and the tests to run.
#[derive(Clone, Copy)]
enum Target {
    /// A stage, with its suite.
    Stage(u8),
    /// The decoder, with its tests.
    Protocol,
    /// Stage 10's state shared between threads, with loom.
    Interleavings,
    /// A stage, with the experiments of the tour.
    Experiment(u8),
    /// Signals and the state file, with stage 10's suite.
    Service,
    /// The load engine, with the stress client's tests.
    Load,
    /// The stress client, with its tests.
    Client,
}

impl Target {
    fn folder(self) -> String {
        match self {
            Target::Stage(stage) | Target::Experiment(stage) => format!("crates/stage{stage}/src"),
            Target::Protocol => "crates/protocol/src".to_owned(),
            Target::Interleavings => "crates/stage10/src".to_owned(),
            Target::Service => "crates/service/src".to_owned(),
            Target::Load => "crates/load/src".to_owned(),
            Target::Client => "stress-client/src".to_owned(),
        }
    }

    /// Returns the package and the name of the test target.
    fn tests(self) -> (String, &'static str) {
        match self {
            Target::Stage(stage) => (format!("stage{stage}"), "stage"),
            Target::Protocol => ("protocol".to_owned(), "contract"),
            Target::Interleavings => ("lab".to_owned(), "interleavings"),
            Target::Experiment(_) => ("lab".to_owned(), "experiments"),
            Target::Service => ("stage10".to_owned(), "stage"),
            Target::Load | Target::Client => ("stress-client".to_owned(), "run"),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Stage(stage) => write!(f, "stage {stage}"),
            Target::Protocol => write!(f, "protocol"),
            Target::Interleavings => write!(f, "stage 10, interleaved"),
            Target::Experiment(stage) => write!(f, "stage {stage}, on tour"),
            Target::Service => write!(f, "service"),
            Target::Load | Target::Client => write!(f, "stress client"),
        }
    }
}

enum Change {
    /// Replaces the only occurrence of `from` in a file of the target.
    Edit { file: &'static str, from: &'static str, to: &'static str },
    /// Runs the binary of the previous stage instead.
    PreviousStage(u8),
}

/// Applies the faults whose description contains `only`.
///
/// # Errors
/// When a fault is not caught, a test does not run, or no fault matches `only`.
pub fn run(repository: &Path, only: &str) -> Result<(), String> {
    let copy =
        RepositoryCopy::create(repository).map_err(|error| format!("cannot copy: {error}"))?;
    let rows = all().filter(|row| row.describe().contains(only));
    let mut missed = Vec::new();
    let mut count = 0;
    for row in rows {
        count += 1;
        let is_caught =
            copy.is_caught(row).map_err(|error| format!("{}: {error}", row.describe()))?;
        println!("{} {}", if is_caught { "caught" } else { "MISSED" }, row.describe());
        if !is_caught {
            missed.push(row.describe());
        }
    }
    match (count, missed.len()) {
        (0, _) => Err(format!("no fault's description contains `{only}`")),
        (_, 0) => {
            println!("all {count} faults caught");
            Ok(())
        }
        _ => Err(format!("missed: {}", missed.join("; "))),
    }
}

fn all() -> impl Iterator<Item = &'static Sabotage> {
    table::TABLE.iter().chain(tour::TABLE).chain(client::TABLE)
}

/// Removes files of an earlier copy that the repository no longer has, since cargo would build
/// them.
fn remove_stale(tree: &Path, folder: &Path, names: &HashSet<&str>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) }; // the first copy
    for entry in entries {
        let path = entry?.path();
        let is_known = |name: &Path| name.to_str().is_some_and(|name| names.contains(name));
        if path.is_dir() {
            remove_stale(tree, &path, names)?;
        } else if !path.strip_prefix(tree).is_ok_and(is_known) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Reads a source that must contain `from` exactly once.
fn read(path: &Path, from: &str) -> Result<String, String> {
    let source = fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    match source.matches(from).count() {
        1 => Ok(source),
        count => Err(format!("`{from}` occurs {count} times in {}", path.display())),
    }
}

impl Sabotage {
    fn describe(&self) -> String {
        format!("{}: {} -> {}", self.target, self.fault, self.red)
    }
}

/// A copy of the repository, with its own target folder.
struct RepositoryCopy {
    tree: PathBuf,
    target: PathBuf,
}

impl RepositoryCopy {
    fn create(repository: &Path) -> io::Result<RepositoryCopy> {
        let folder = repository.join("target/sabotage");
        let (tree, target) = (folder.join("tree"), folder.join("target"));
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(repository)
            .output()?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let names: HashSet<&str> = listed.split_terminator('\0').collect();
        remove_stale(&tree, &tree, &names)?;
        for name in &names {
            let Ok(now) = fs::read(repository.join(name)) else { continue }; // listed, but deleted
            let to = tree.join(name);
            // An unchanged file keeps its time, so that cargo does not rebuild it.
            if fs::read(&to).ok().as_ref() != Some(&now) {
                fs::create_dir_all(to.parent().unwrap_or(&tree))?;
                fs::write(to, now)?;
            }
        }
        Ok(RepositoryCopy { tree, target })
    }

    /// Returns true if the test passes on the unchanged code and fails on the broken code.
    fn is_caught(&self, row: &Sabotage) -> Result<bool, String> {
        if !self.passes(row, None)? {
            return Err("the test fails on the unchanged code".to_owned());
        }
        match row.change {
            Change::PreviousStage(before) => {
                let before = format!("stage{before}");
                let build = self.cargo().args(["build", "-q", "-p", &before]).status();
                if !build.is_ok_and(|status| status.success()) {
                    return Err(format!("{before} does not build"));
                }
                Ok(!self.passes(row, Some(&self.target.join("debug").join(before)))?)
            }
            Change::Edit { file, from, to } => {
                let path = self.tree.join(row.target.folder()).join(file);
                let source = read(&path, from)?;
                let write = |text: &str| fs::write(&path, text).map_err(|error| error.to_string());
                write(&source.replace(from, to))?;
                let passes = self.passes(row, None);
                write(&source)?;
                Ok(!passes?)
            }
        }
    }

    /// Runs the test of a row.
    ///
    /// # Errors
    /// When the test did not run, for example because the code does not compile.
    fn passes(&self, row: &Sabotage, binary: Option<&Path>) -> Result<bool, String> {
        let mut test = self.cargo();
        let (package, tests) = row.target.tests();
        test.args(["test", "-q", "-p", &package, "--test", tests]);
        test.args(["--", "--include-ignored", "--exact", row.red]);
        if let Some(binary) = binary {
            test.env("STAGE_BINARY", binary);
        }
        let output = test.output().map_err(|error| error.to_string())?;
        let stdout = String::from_utf8_lossy(&output.stdout);
        if stdout.contains("test result: ok. 1 passed") {
            Ok(true)
        } else if stdout.contains("0 passed; 1 failed") {
            Ok(false)
        } else if stdout.contains("not judged, because") {
            Err("not judged, because the machine was in the way".to_owned())
        } else {
            Err(format!("the test did not run: {}", String::from_utf8_lossy(&output.stderr)))
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
    fn every_edit_matches_its_source_once() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for row in all() {
            if let Change::Edit { file, from, .. } = row.change {
                let path = repository.join(row.target.folder()).join(file);
                assert!(read(&path, from).is_ok(), "{}: {:?}", row.describe(), read(&path, from));
            }
        }
    }

    /// Reads all sources below a folder but those of the table itself.
    fn sources(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let text = entries.map(|path| match path.extension() {
            _ if path.is_dir() && !path.ends_with("sabotage") => sources(&path),
            Some(extension) if extension == "rs" => fs::read_to_string(path).unwrap(),
            _ => String::new(),
        });
        text.collect()
    }

    #[test]
    fn every_test_that_has_to_fail_exists() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let sources = ["crates", "stress-client"].map(|name| sources(&repository.join(name)));
        for row in all() {
            let name = row.red.rsplit("::").next().unwrap();
            let (named, defined) = (format!("\"{name}\""), format!("fn {name}("));
            let exists = |text: &String| text.contains(&named) || text.contains(&defined);
            assert!(sources.iter().any(exists), "{}", row.describe());
        }
    }
}
