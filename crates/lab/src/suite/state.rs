//! The state on disk: across a restart, and when something is in its way.

use super::start::assert_one_line;
use super::stopping::{accept, assert_final};
use super::{Outcome, Stage};
use crate::books::{Books, event, wait_for, wait_for_rest};
use crate::server::{Server, Signal};
use std::collections::BTreeMap;
use std::time::Duration;
use std::{fs, thread};
use tempfile::TempDir;

/// The path of a file in a folder, for a flag.
pub(super) fn file(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

pub(super) fn state_survives(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    let flags = format!("--work 1ms --hold 0s --queue 1000 --workers 4 --state {state}");
    let mut due = BTreeMap::new();
    for round in 0..3 {
        let server = stage.start(&flags)?;
        assert_eq!(server.balances()?, due, "at the start of round {round}");
        let books = Books::keep(server.address(), 4, 200, 10, 5);
        assert_eq!(books.accepted, 200, "{books:?}");
        for (user, sum) in books.sums {
            *due.entry(user).or_default() += sum;
        }
        server.signal(Signal::Terminate);
        assert_final(&server.wait()?, 0, [200, 200, 0]);
    }
    Ok(())
}

pub(super) fn held_shard(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    // One worker, so that the third job is the one that holds the shard past the deadline.
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

pub(super) fn killed_while_writing(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    let old: BTreeMap<String, i64> = (0..20_000).map(|n| (format!("user{n}"), n)).collect();
    let mut new = old.clone();
    new.insert("late".to_owned(), 1);
    for step in 0..20 {
        fs::write(&state, serde_json::to_vec(&old)?)?;
        let server = stage.start(&format!("--work 0s --hold 0s --state {state}"))?;
        assert_eq!(server.request("POST", "/", &event("late", 1))?.status, 202);
        wait_for_rest(&server)?;
        server.signal(Signal::Terminate);
        thread::sleep(Duration::from_millis(step * 2));
        server.signal(Signal::Kill);
        server.wait()?;
        let found: BTreeMap<String, i64> = serde_json::from_slice(&fs::read(&state)?)?;
        assert!(found == old || found == new, "a mixture after {step} steps");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
pub(super) fn full_disk(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    fs::write(&state, r#"{"alice":7}"#)?;
    // What the server writes beside the file goes to a device that is always full.
    std::os::unix::fs::symlink("/dev/full", file(&folder, "state.json.new"))?;
    let server = stage.start(&format!("--work 0s --hold 0s --state {state}"))?;
    accept(&server, 1)?;
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    assert_final(&exit, 1, [1, 1, 0]);
    assert_eq!(exit.stderr.lines().count(), 1, "{exit}");
    let why = exit.stderr.contains(&state) && exit.stderr.contains("No space left");
    assert!(why, "it does not say which file, or why: {exit}");
    assert_eq!(fs::read_to_string(&state)?, r#"{"alice":7}"#);
    Ok(())
}

pub(super) fn unreadable(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = file(&folder, "state.json");
    std::fs::write(&path, "no state")?;
    for state in [path.as_str(), &file(&folder, "no/such/folder/state.json")] {
        let exit =
            Server::run_to_end(stage.binary, &["--listen", "127.0.0.1:0", "--state", state])?;
        assert_one_line(&exit, 1);
    }
    Ok(())
}
