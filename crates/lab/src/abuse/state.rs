//! The state file, and what may happen while it is written.

use super::{Outcome, Stand, exactly, finding, told};
use harness::books::event;
use harness::server::{Server, Signal};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

/// Enough for the write to take a while.
const USERS: i64 = 100_000;

type State = BTreeMap<String, i64>;

fn old_state() -> State {
    (0..USERS).map(|number| (format!("user{number}"), number)).collect()
}

fn write(path: &Path, state: &State) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(path, serde_json::to_string(state)?)?)
}

fn start_and_accept(stand: &Stand, path: &Path) -> Result<Server, Box<dyn Error>> {
    let server = stand.start(&format!("--work 0s --hold 0s --state {}", path.display()))?;
    let got = server.request("POST", "/", &event("user7", 1000))?;
    match got.status {
        202 => Ok(server),
        _ => Err(got.to_string().into()),
    }
}

pub(super) fn kill(stand: &Stand) -> Outcome {
    const TIMES: u32 = 100;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("state.json");
    let old = old_state();
    let mut new = old.clone();
    new.entry("user7".to_owned()).and_modify(|balance| *balance += 1000);

    write(&path, &old)?;
    let server = start_and_accept(stand, &path)?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    server.wait()?;
    let takes = signalled.elapsed();

    let (mut olds, mut news, mut started) = (0, 0, 0);
    for time in 0..TIMES {
        write(&path, &old)?;
        let server = start_and_accept(stand, &path)?;
        server.signal(Signal::Terminate);
        // From the very beginning to a while after the end.
        thread::sleep(takes * time / TIMES * 5 / 4);
        server.signal(Signal::Kill);
        server.wait()?;
        let found: State = serde_json::from_slice(&fs::read(&path)?).unwrap_or_default();
        olds += u32::from(found == old);
        news += u32::from(found == new);
        // Whatever a killed server left beside it does not hinder the next one.
        started += usize::from(stand.start(&format!("--state {}", path.display())).is_ok());
    }
    Ok(vec![
        exactly("the old file or the new one, whole", (olds + news) as usize, TIMES as usize),
        finding(
            "of them old and new",
            format!("{olds}, {news}"),
            "some of each",
            olds > 0 && news > 0,
        ),
        told("a whole write takes", format!("{takes:.2?}")),
        exactly("starts after that", started, TIMES as usize),
    ])
}
