//! Checks crates/stage-files.txt. The diff between two stages is the lesson, so a file that the
//! lesson does not touch must be identical, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "stage-files.txt";

/// The status of a file relative to the previous stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    New,
    Changed,
    Carried,
    Dropped,
}

/// The status of each file, by stage and file name.
type Manifest = BTreeMap<(u8, String), Status>;

/// Compares the stages with the manifest in `crates` and returns one sentence per fault.
pub fn check(crates: &Path) -> Vec<String> {
    check_all(crates).unwrap_or_else(|error| vec![error])
}

/// Copies the carried files from stage to stage, then checks.
pub fn write(crates: &Path) -> Vec<String> {
    propagate(crates).map_or_else(|error| vec![error], |()| check(crates))
}

/// Returns the status of each file of a stage, in the manifest's spelling.
///
/// # Errors
/// When the manifest cannot be read or is invalid.
pub fn statuses(crates: &Path, stage: u8) -> Result<BTreeMap<String, String>, String> {
    let manifest = read_manifest(crates)?;
    let entries = manifest.into_iter().filter(|((number, _), _)| *number == stage);
    Ok(entries.map(|((_, name), status)| (name, format!("{status:?}").to_lowercase())).collect())
}

/// Returns the highest stage that has a folder.
pub(crate) fn last_stage(crates: &Path) -> u8 {
    (1..).take_while(|stage| source_folder(crates, *stage).is_dir()).last().unwrap_or(0)
}

/// Reads the sources of a stage, by file name.
pub(crate) fn read_sources(crates: &Path, stage: u8) -> Result<BTreeMap<String, String>, String> {
    let folder = source_folder(crates, stage);
    let read = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok((name, fs::read_to_string(entry.path())?))
    };
    let entries = fs::read_dir(&folder).and_then(|entries| entries.map(read).collect());
    entries.map_err(|error| with_path(&folder, &error))
}

fn check_all(crates: &Path) -> Result<Vec<String>, String> {
    let manifest = read_manifest(crates)?;
    let mut faults = Vec::new();
    let mut before = read_sources(crates, 1)?;
    let last_listed = manifest.last_key_value().map_or(0, |((stage, _), _)| *stage);
    for stage in 2..=last_stage(crates).max(last_listed) {
        let sources = read_sources(crates, stage)?;
        let mut names: Vec<&String> = before.keys().chain(sources.keys()).collect();
        let listed = manifest.keys().filter(|(number, _)| *number == stage).map(|(_, name)| name);
        names.extend(listed);
        names.sort_unstable();
        names.dedup();
        for name in names {
            let listed = manifest.get(&(stage, name.clone())).copied();
            let fault = compare(listed, before.get(name), sources.get(name));
            faults.extend(fault.map(|fault| format!("stage{stage}/src/{name} {fault}")));
        }
        before = sources;
    }
    Ok(faults)
}

/// Returns the fault of one file, if it has one.
fn compare(
    listed: Option<Status>,
    before: Option<&String>,
    now: Option<&String>,
) -> Option<String> {
    let actual = match (before, now) {
        (None, Some(_)) => Status::New,
        (Some(_), None) => Status::Dropped,
        (Some(before), Some(now)) if before == now => Status::Carried,
        (Some(_), Some(_)) => Status::Changed,
        (None, None) => return Some(format!("is listed in {MANIFEST} but does not exist")),
    };
    match listed {
        None => Some(format!("is missing from {MANIFEST}; it is {actual:?}").to_lowercase()),
        Some(Status::Carried) if actual == Status::Changed => Some(
            "is listed as carried but differs from the previous stage: correct the stage where it \
             was last changed, then run `cargo xtask carried --write`"
                .to_owned(),
        ),
        Some(listed) if listed != actual => {
            Some(format!("is listed as {listed:?} in {MANIFEST} but is {actual:?}").to_lowercase())
        }
        Some(Status::Carried) => now
            .filter(|now| names_a_stage(now))
            .map(|_| "is carried but names a stage, which is wrong in the others".to_owned()),
        Some(_) => None,
    }
}

fn names_a_stage(source: &str) -> bool {
    let text = source.to_lowercase();
    let mut after = text.split("stage").skip(1).map(|rest| rest.trim_start_matches([' ', '-']));
    after.any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn propagate(crates: &Path) -> Result<(), String> {
    for ((stage, name), status) in read_manifest(crates)? {
        if status == Status::Carried {
            let from = source_folder(crates, stage - 1).join(&name);
            let to = source_folder(crates, stage).join(&name);
            fs::copy(&from, &to).map_err(|error| with_path(&from, &error))?;
        }
    }
    Ok(())
}

fn read_manifest(crates: &Path) -> Result<Manifest, String> {
    let path = crates.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|error| with_path(&path, &error))?;
    let mut manifest = Manifest::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        let (key, status) = parse(&words)
            .ok_or_else(|| format!("{MANIFEST}:{}: expected `stageN STATUS FILE`", number + 1))?;
        if manifest.insert(key, status).is_some() {
            return Err(format!("{MANIFEST}:{}: file listed twice", number + 1));
        }
    }
    Ok(manifest)
}

fn parse(words: &[&str]) -> Option<((u8, String), Status)> {
    let [stage, status, name] = words else { return None };
    let stage = stage.strip_prefix("stage")?.parse().ok().filter(|stage| *stage > 1)?;
    let status = match *status {
        "new" => Status::New,
        "changed" => Status::Changed,
        "carried" => Status::Carried,
        "dropped" => Status::Dropped,
        _ => return None,
    };
    Some(((stage, (*name).to_owned()), status))
}

fn source_folder(crates: &Path, stage: u8) -> PathBuf {
    crates.join(format!("stage{stage}")).join("src")
}

fn with_path(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// A copy of the stages' sources and their manifest, to break.
    fn copy() -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        fs::copy(repository().join(MANIFEST), copy.path().join(MANIFEST)).unwrap();
        for stage in 1..=last_stage(&repository()) {
            let folder = source_folder(copy.path(), stage);
            fs::create_dir_all(&folder).unwrap();
            for (name, source) in read_sources(&repository(), stage).unwrap() {
                fs::write(folder.join(name), source).unwrap();
            }
        }
        copy
    }

    #[test]
    fn the_stages_match_the_manifest() {
        assert_eq!(check(&repository()), Vec::<String>::new());
    }

    #[test]
    fn a_changed_carried_file_is_reported_and_write_restores_it() {
        let copy = copy();
        let work = source_folder(copy.path(), 8).join("work.rs");
        fs::write(&work, "// changed in the wrong stage\n").unwrap();
        let faults = check(copy.path());
        assert_eq!(faults.len(), 2, "one for this stage, one for the next: {faults:?}");
        assert!(faults[0].starts_with("stage8/src/work.rs is listed as carried"), "{faults:?}");
        assert_eq!(write(copy.path()), Vec::<String>::new());
        let origin = &read_sources(&repository(), 6).unwrap()["work.rs"];
        assert_eq!(fs::read_to_string(&work).unwrap(), *origin);
    }

    #[test]
    fn a_correction_at_the_origin_is_copied_to_every_stage() {
        let copy = copy();
        let origin = source_folder(copy.path(), 6).join("work.rs");
        fs::write(&origin, "// corrected\n").unwrap();
        assert_eq!(write(copy.path()), Vec::<String>::new());
        let last = source_folder(copy.path(), 10).join("work.rs");
        assert_eq!(fs::read_to_string(last).unwrap(), "// corrected\n");
    }

    #[test]
    fn unlisted_and_missing_files_are_reported() {
        let copy = copy();
        let folder = source_folder(copy.path(), 2);
        fs::write(folder.join("new.rs"), "").unwrap();
        fs::remove_file(folder.join("main.rs")).unwrap();
        let faults = check(copy.path());
        for fault in [
            "stage2/src/new.rs is missing from stage-files.txt; it is new",
            "stage2/src/main.rs is listed as changed in stage-files.txt but is dropped",
            "stage3/src/new.rs is missing from stage-files.txt; it is dropped",
        ] {
            assert!(faults.iter().any(|found| found == fault), "{fault}: {faults:#?}");
        }
    }

    #[test]
    fn a_listed_stage_or_file_that_does_not_exist_is_reported() {
        let copy = copy();
        let manifest = copy.path().join(MANIFEST);
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, format!("{text}stage2 new gone.rs\n")).unwrap();
        let fault = "stage2/src/gone.rs is listed in stage-files.txt but does not exist";
        assert_eq!(check(copy.path()), [fault]);
        fs::write(&manifest, format!("{text}stage99 new main.rs\n")).unwrap();
        assert_eq!(check(copy.path()).len(), 1);
    }

    #[test]
    fn a_carried_file_names_no_stage() {
        let copy = copy();
        for stage in 6..=10 {
            fs::write(source_folder(copy.path(), stage).join("work.rs"), "// as in Stage 6")
                .unwrap();
        }
        let faults = check(copy.path());
        assert!(faults[0].contains("names a stage"), "{faults:?}");
    }
}
