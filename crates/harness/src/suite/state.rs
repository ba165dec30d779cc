//! The state file: restarts and failures.

use super::start::assert_one_line;
use super::stopping::{accept, assert_final};
use super::{Outcome, Stage};
use crate::books::{event, wait_for};
use crate::server::{Exit, Server, Signal};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::{fs, io};
use tempfile::TempDir;

/// Returns the path of a file in a folder, as text.
pub(super) fn file(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

pub(super) fn held_shard(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    // With one worker, the third job holds the shard past the deadline.
    let server =
        stage.start(&format!("--work 0s --hold 1s --workers 1 --deadline 0s --state {state}"))?;
    for amount in [1, 10, 100] {
        assert_eq!(server.request("POST", "/", &event("alice", amount))?.status, 202);
    }
    wait_for("two jobs done", || {
        let metrics = server.metrics()?;
        Ok(if metrics["processed"] == 2 { Ok(()) } else { Err(format!("{metrics:?}")) })
    })?;
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 1, [3, 2, 0]);
    let server = stage.start(&format!("--state {state}"))?;
    assert_eq!(server.balances()?, BTreeMap::from([("alice".to_owned(), 11)]));
    Ok(())
}

/// Returns the sorted names in a folder.
fn names(folder: &TempDir) -> Result<Vec<String>, Box<dyn Error>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().display().to_string()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Runs a server that accepts events of 1 and 2 for alice, and stops it.
#[cfg(unix)]
fn run_and_stop(stage: Stage, state: &str) -> Result<Exit, Box<dyn Error>> {
    let server = stage.start(&format!("--work 0s --hold 0s --state {state}"))?;
    accept(&server, 2)?;
    server.signal(Signal::Terminate);
    Ok(server.wait()?)
}

/// A file size limit of zero has the effect of a full disk.
#[cfg(target_os = "linux")]
pub(super) fn full_disk(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    fs::write(&state, r#"{"alice":7}"#)?;
    let full = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh", stage.binary];
    let flags = ["--work", "0s", "--hold", "0s", "--state", &state];
    let server = Server::start_by(&full, &flags)?;
    accept(&server, 1)?;
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    assert_final(&exit, 1, [1, 1, 0]);
    assert_eq!(exit.stderr.lines().count(), 1, "{exit}");
    let why = exit.stderr.contains(&state) && exit.stderr.contains("File too large");
    assert!(why, "it does not say which file, or why: {exit}");
    assert_eq!(fs::read_to_string(&state)?, r#"{"alice":7}"#);
    assert_eq!(names(&folder)?, ["state.json"]);
    Ok(())
}

/// A state file has one server at a time, including one that is draining.
#[cfg(unix)]
pub(super) fn one_server(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    let flags = format!("--work 200ms --hold 0s --workers 1 --state {state}");
    let first = stage.start(&flags)?;
    accept(&first, 3)?;
    first.signal(Signal::Terminate);
    let second = Server::run_to_end(stage.binary, &["--listen", "127.0.0.1:0", "--state", &state])?;
    assert_one_line(&second, 1);
    assert!(second.stderr.contains(&state), "it does not say which file: {second}");
    assert_final(&first.wait()?, 0, [3, 3, 0]);
    let third = stage.start(&flags)?;
    assert_eq!(third.balances()?, BTreeMap::from([("alice".to_owned(), 6)]));
    Ok(())
}

/// Other files do not change, nor do the file's mode and a symlink to it.
#[cfg(unix)]
pub(super) fn leaves_the_rest(stage: Stage) -> Outcome {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir()?;
    let (state, target) = (file(&folder, "state.json"), file(&folder, "target.json"));
    fs::write(file(&folder, "state.json.new"), "mine")?;
    fs::write(file(&folder, "target.json.new"), "mine as well")?;
    // An empty file is valid: no balances.
    fs::write(&target, "")?;
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640))?;
    symlink("target.json", &state)?;
    for sum in [3, 6] {
        assert_final(&run_and_stop(stage, &state)?, 0, [2, 2, 0]);
        assert_eq!(fs::read_to_string(&target)?, format!(r#"{{"alice":{sum}}}"#));
    }
    assert!(fs::symlink_metadata(&state)?.is_symlink());
    assert_eq!(fs::metadata(&target)?.permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(file(&folder, "state.json.new"))?, "mine");
    assert_eq!(fs::read_to_string(file(&folder, "target.json.new"))?, "mine as well");
    assert_eq!(names(&folder)?.len(), 4);
    Ok(())
}

/// If the folder or the file was moved or replaced, the balances are saved in the file, or in a
/// copy that the server names.
#[cfg(unix)]
pub(super) fn moved(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let balances = |path: &Path| fs::read_to_string(path);
    let stop = |change: &dyn Fn() -> io::Result<()>| -> Result<Exit, Box<dyn Error>> {
        fs::create_dir(&old)?;
        let state = old.join("state.json");
        let flags = format!("--work 0s --hold 0s --state {}", state.display());
        let server = stage.start(&flags)?;
        accept(&server, 2)?;
        change()?;
        server.signal(Signal::Terminate);
        Ok(server.wait()?)
    };
    assert_final(&stop(&|| fs::rename(&old, &new))?, 0, [2, 2, 0]);
    assert_eq!(balances(&new.join("state.json"))?, r#"{"alice":3}"#);
    assert_final(&stop(&|| fs::remove_file(old.join("state.json")))?, 0, [2, 2, 0]);
    assert_eq!(balances(&old.join("state.json"))?, r#"{"alice":3}"#);
    fs::remove_dir_all(&old)?;
    let exit = stop(&|| {
        fs::rename(old.join("state.json"), old.join("moved.json"))?;
        fs::write(old.join("state.json"), "another")
    })?;
    assert_final(&exit, 1, [2, 2, 0]);
    assert_eq!(balances(&old.join("state.json"))?, "another");
    let copy = fs::read_dir(&old)?.filter_map(Result::ok).map(|entry| entry.path());
    let copy = copy.filter(|path| exit.stderr.contains(&path.display().to_string())).max();
    let copy = copy.filter(|path| path.extension().is_some_and(|end| end == "new"));
    assert_eq!(balances(&copy.ok_or(exit.to_string())?)?, r#"{"alice":3}"#);
    Ok(())
}

pub(super) fn refused(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = file(&folder, "state.json");
    fs::write(&path, "no state")?;
    let mut states = vec![path, file(&folder, "no/such/folder/state.json"), file(&folder, ".")];
    if cfg!(unix) {
        let fifo = file(&folder, "fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status()?.success());
        states.extend([fifo, "/dev/null".to_owned()]);
    }
    for state in states {
        let exit =
            Server::run_to_end(stage.binary, &["--listen", "127.0.0.1:0", "--state", &state])?;
        assert_one_line(&exit, 1);
        assert!(exit.stderr.contains(&state), "it does not say which file: {exit}");
    }
    Ok(())
}
