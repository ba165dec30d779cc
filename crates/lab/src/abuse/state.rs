//! A kill while the state file is being written.

use super::{count, time};
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use harness::books::event;
use harness::server::{Server, Signal};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

/// The number of users, enough for the write to take some time.
const USERS: i64 = 100_000;
const KILLS: u32 = 100;

type State = BTreeMap<String, i64>;

pub(super) fn all() -> Vec<Experiment> {
    vec![Experiment {
        name: "state-kill",
        stage: 10,
        title: "SIGKILL at many moments of writing the state",
        watch: [
            "SIGTERM makes the server write its state; SIGKILL follows, from at once to after the \
             end.",
            "The file has to be the old one or the new one, and the next server has to start.",
        ],
        figures: |_| {
            let kills = f64::from(KILLS);
            vec![
                count("complete", "the old file or the new one, complete").exactly(kills),
                count("old", "the old file").at_least(1.0),
                count("new", "the new file").at_least(1.0),
                time("write", "time from SIGTERM to the end without a kill"),
                count("started", "starts after a kill").exactly(kills),
            ]
        },
        measure: kill,
        why: "The state is written to another file, synced, and renamed, which is atomic.",
        read: "crates/service/src/state_file.rs",
    }]
}

fn write(path: &Path, state: &State) -> Result<(), Failure> {
    Ok(fs::write(path, serde_json::to_string(state)?)?)
}

fn start_and_accept(trial: &mut Trial<'_>, path: &Path) -> Result<Server, Failure> {
    let server = trial.start(&format!("--work 0s --hold 0s --state {}", path.display()))?;
    let got = server.request("POST", "/", &event("user7", 1000))?;
    if got.status == 202 { Ok(server) } else { Err(got.to_string().into()) }
}

fn kill(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("state.json");
    let old: State = (0..USERS).map(|number| (format!("user{number}"), number)).collect();
    let mut new = old.clone();
    new.entry("user7".to_owned()).and_modify(|balance| *balance += 1000);

    write(&path, &old)?;
    let server = start_and_accept(trial, &path)?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    server.wait()?;
    let takes = signalled.elapsed();
    trial.record("write", super::milliseconds(takes));

    let (mut olds, mut news, mut started) = (0, 0, 0);
    for kill in 0..KILLS {
        trial.show(&format!("{kill} of {KILLS} kills"));
        write(&path, &old)?;
        let server = start_and_accept(trial, &path)?;
        server.signal(Signal::Terminate);
        // From the begin of the write to a quarter of its time after its end.
        thread::sleep(takes * kill / KILLS * 5 / 4);
        server.signal(Signal::Kill);
        server.wait()?;
        let found: State = serde_json::from_slice(&fs::read(&path)?).unwrap_or_default();
        olds += u64::from(found == old);
        news += u64::from(found == new);
        // Files that a killed server leaves behind must not prevent the next start.
        started += u64::from(trial.start(&format!("--state {}", path.display())).is_ok());
    }
    trial.record_count("complete", olds + news);
    trial.record_count("old", olds);
    trial.record_count("new", news);
    trial.record_count("started", started);
    Ok(())
}
