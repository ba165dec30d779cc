//! The manifest of carried files: the diff between two stages is the lesson, so everything that is
//! no part of it has to be the same to the byte.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MANIFEST: &str = "carried.txt";
const STAGES: std::ops::RangeInclusive<u8> = 1..=10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    New,
    Changed,
    Carried,
    Dropped,
}

/// What becomes of the files of each stage, by stage and file name.
type Manifest = BTreeMap<(u8, String), Fate>;
/// The sources of one stage, by file name.
type Sources = BTreeMap<String, Vec<u8>>;

/// Every fault of the manifest in `crates`, a sentence each.
pub fn check(crates: &Path) -> Vec<String> {
    check_all(crates).unwrap_or_else(|error| vec![error])
}

/// Propagates the carried files, then checks.
pub fn write(crates: &Path) -> Vec<String> {
    propagate(crates).map_or_else(|error| vec![error], |()| check(crates))
}

/// What becomes of each file of a stage, in the manifest's word for it.
pub fn fates(crates: &Path, stage: u8) -> Result<BTreeMap<String, String>, String> {
    let manifest = read_manifest(crates)?;
    let of_stage = manifest.into_iter().filter(|((of, _), _)| *of == stage);
    Ok(of_stage.map(|((_, name), fate)| (name, format!("{fate:?}").to_lowercase())).collect())
}

fn check_all(crates: &Path) -> Result<Vec<String>, String> {
    let manifest = read_manifest(crates)?;
    let mut faults = Vec::new();
    let mut before = read_sources(crates, *STAGES.start())?;
    for stage in STAGES.skip(1) {
        let sources = read_sources(crates, stage)?;
        let mut names: Vec<&String> = before.keys().chain(sources.keys()).collect();
        let listed = manifest.keys().filter(|(of, _)| *of == stage).map(|(_, name)| name);
        names.extend(listed);
        names.sort_unstable();
        names.dedup();
        for name in names {
            let said = manifest.get(&(stage, name.clone())).copied();
            let fault = compare(said, before.get(name), sources.get(name));
            faults.extend(fault.map(|fault| format!("stage{stage}/src/{name} {fault}")));
        }
        before = sources;
    }
    Ok(faults)
}

/// What is wrong with one file, if anything.
fn compare(said: Option<Fate>, before: Option<&Vec<u8>>, now: Option<&Vec<u8>>) -> Option<String> {
    let is = match (before, now) {
        (None, Some(_)) => Fate::New,
        (Some(_), None) => Fate::Dropped,
        (Some(before), Some(now)) if before == now => Fate::Carried,
        (Some(_), Some(_)) => Fate::Changed,
        (None, None) => return Some(format!("is in {MANIFEST} and nowhere else")),
    };
    match said {
        None => Some(format!("is not in {MANIFEST}; it is {is:?}").to_lowercase()),
        Some(Fate::Carried) if is == Fate::Changed => Some(
            "should be carried and differs from the stage before: correct it where it was last \
             changed, then run `cargo xtask carried --write`"
                .to_owned(),
        ),
        Some(said) if said != is => {
            Some(format!("is {said:?} in {MANIFEST}, and really {is:?}").to_lowercase())
        }
        Some(Fate::Carried) => now
            .filter(|now| names_a_stage(now))
            .map(|_| "is carried and names a stage, which is wrong in every other one".to_owned()),
        Some(_) => None,
    }
}

fn names_a_stage(source: &[u8]) -> bool {
    let text = String::from_utf8_lossy(source).to_lowercase();
    let mut after = text.split("stage").skip(1).map(|rest| rest.trim_start_matches([' ', '-']));
    after.any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn propagate(crates: &Path) -> Result<(), String> {
    for ((stage, name), fate) in read_manifest(crates)? {
        if fate == Fate::Carried {
            let from = source_folder(crates, stage - 1).join(&name);
            let to = source_folder(crates, stage).join(&name);
            fs::copy(&from, &to).map_err(|error| at(&from, &error))?;
        }
    }
    Ok(())
}

fn read_manifest(crates: &Path) -> Result<Manifest, String> {
    let path = crates.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
    let mut manifest = Manifest::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        let (key, fate) = parse(&words)
            .ok_or_else(|| format!("{MANIFEST}:{}: not `stageN fate file`", number + 1))?;
        if manifest.insert(key, fate).is_some() {
            return Err(format!("{MANIFEST}:{}: this file is listed twice", number + 1));
        }
    }
    Ok(manifest)
}

fn parse(words: &[&str]) -> Option<((u8, String), Fate)> {
    let [stage, fate, name] = words else { return None };
    let stage = stage.strip_prefix("stage")?.parse().ok()?;
    let fate = match *fate {
        "new" => Fate::New,
        "changed" => Fate::Changed,
        "carried" => Fate::Carried,
        "dropped" => Fate::Dropped,
        _ => return None,
    };
    (STAGES.contains(&stage) && stage > *STAGES.start())
        .then(|| ((stage, (*name).to_owned()), fate))
}

fn read_sources(crates: &Path, stage: u8) -> Result<Sources, String> {
    let folder = source_folder(crates, stage);
    let read = || -> io::Result<Sources> {
        fs::read_dir(&folder)?
            .map(|entry| {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                Ok((name, fs::read(entry.path())?))
            })
            .collect()
    };
    read().map_err(|error| at(&folder, &error))
}

fn source_folder(crates: &Path, stage: u8) -> PathBuf {
    crates.join(format!("stage{stage}")).join("src")
}

fn at(path: &Path, error: &io::Error) -> String {
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
        for stage in STAGES {
            let folder = source_folder(copy.path(), stage);
            fs::create_dir_all(&folder).unwrap();
            for (name, source) in read_sources(&repository(), stage).unwrap() {
                fs::write(folder.join(name), source).unwrap();
            }
        }
        copy
    }

    #[test]
    fn the_stages_are_what_the_manifest_says() {
        assert_eq!(check(&repository()), Vec::<String>::new());
    }

    #[test]
    fn a_changed_carried_file_is_found_and_write_mends_it() {
        let copy = copy();
        let work = source_folder(copy.path(), 8).join("work.rs");
        fs::write(&work, "// mended here instead of where it came from\n").unwrap();
        let faults = check(copy.path());
        assert_eq!(faults.len(), 2, "against the stage before and the one after: {faults:?}");
        assert!(faults[0].starts_with("stage8/src/work.rs should be carried"), "{faults:?}");
        assert_eq!(write(copy.path()), Vec::<String>::new());
        assert_eq!(fs::read(&work).unwrap(), read_sources(&repository(), 6).unwrap()["work.rs"]);
    }

    #[test]
    fn a_correction_at_the_origin_reaches_every_stage() {
        let copy = copy();
        let origin = source_folder(copy.path(), 6).join("work.rs");
        fs::write(&origin, "// corrected\n").unwrap();
        assert_eq!(write(copy.path()), Vec::<String>::new());
        let last = source_folder(copy.path(), 10).join("work.rs");
        assert_eq!(fs::read_to_string(last).unwrap(), "// corrected\n");
    }

    #[test]
    fn files_that_nobody_listed_or_that_are_gone_are_found() {
        let copy = copy();
        fs::write(source_folder(copy.path(), 10).join("extra.rs"), "").unwrap();
        fs::remove_file(source_folder(copy.path(), 10).join("gate.rs")).unwrap();
        let faults = check(copy.path());
        assert_eq!(
            faults,
            [
                "stage10/src/extra.rs is not in carried.txt; it is new",
                "stage10/src/gate.rs is in carried.txt and nowhere else",
            ]
        );
    }

    #[test]
    fn a_carried_file_names_no_stage() {
        let copy = copy();
        for stage in 6..=10 {
            fs::write(source_folder(copy.path(), stage).join("work.rs"), "// as in Stage 6")
                .unwrap();
        }
        let faults = check(copy.path());
        assert_eq!(faults.len(), 4, "{faults:?}");
        assert!(faults[0].contains("names a stage"), "{faults:?}");
    }
}
