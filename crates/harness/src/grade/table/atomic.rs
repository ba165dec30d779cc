//! A state file that is replaced whole, or not at all (stage 10).

use super::super::client::{Balances, accept, answered_load, balances};
use super::super::{Check, Subject, check};
use super::drain::drained;
use super::state::File;
use super::{end, when};
use crate::books::event;
use crate::server::{Server, Signal};
use contract::{Stop, To, ensure};
use std::fs;
use std::time::{Duration, Instant};

/// The users of the old state, with long names, so that writing it takes a while.
const USERS: usize = 300;
/// The moments after the signal at which the server is killed.
const MOMENTS: u32 = 8;

pub(super) fn checks() -> Vec<Check> {
    let check = check(
        "state-is-atomic",
        "A machine that loses its power while the state is written has neither the old nor the new.",
        is_atomic,
    );
    vec![check.stages(10..=10).must().needs("sigterm-drains").needs("state-is-written").needs("state-is-read").describe(
        "a state, an event, SIGTERM, and SIGKILL while it is written, at several moments; a \
                 start each time",
        "the old balances or the new ones; the old file is replaced and not written into",
    )]
}

fn is_atomic(subject: &Subject) -> Result<(), Stop> {
    let file = File::create()?;
    let old = fill(subject, &file)?;
    let mut new = old.clone();
    new.insert("late".to_owned(), 1);
    let bytes = fs::read(file.path())?;
    // The time from the signal to the end, of which the writing is a part.
    let took = write_whole(subject, &file, &bytes)?;
    for moment in 1..=MOMENTS {
        fs::write(file.path(), &bytes)?;
        let server = start_late(subject, &file)?;
        server.signal(Signal::Terminate);
        std::thread::sleep(took * moment / MOMENTS);
        end(subject, server, Signal::Kill)?;
        let server = file.start(subject, "");
        let of = "killed while it stopped, and started again";
        let found = server.and_then(|server| balances(&server)).map_err(|stop| when(of, stop))?;
        ensure(
            found == old || found == new,
            format!(
                "{of}, it has {} users with {} in all; before the signal they were {} with {}: the \
                 state is not replaced at once",
                found.len(),
                sum(&found),
                old.len(),
                sum(&old)
            ),
        )?;
    }
    Ok(())
}

fn sum(balances: &Balances) -> i64 {
    balances.values().sum()
}

/// Makes a server write a state of many users, and returns their balances.
fn fill(subject: &Subject, file: &File) -> Result<Balances, Stop> {
    let server = file.start(subject, "")?;
    let books = answered_load(&server, 4, 8, 8)?;
    let mut wires = (0..4).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    let persists = super::super::client::persists(&server);
    for number in 0..USERS {
        let body = event(&format!("{number:0>200}"), 1);
        let index = number % 4;
        if !persists {
            wires[index] = server.connect()?;
        }
        wires[index].send(crate::books::post(body))?;
        let got = wires[index].answer(To::Other)?;
        ensure(
            super::super::client::is_accepted(&got),
            format!("an event was answered with {got}"),
        )?;
    }
    drop(wires);
    let accepted = books.accepted + USERS as u64;
    drained(&end(subject, server, Signal::Terminate)?, Signal::Terminate, accepted)?;
    let server = file.start(subject, "")?;
    let old = balances(&server)?;
    server.signal(Signal::Kill);
    server.wait()?;
    Ok(old)
}

/// Starts a server with one more event.
fn start_late(subject: &Subject, file: &File) -> Result<Server, Stop> {
    let server = file.start(subject, "")?;
    accept(&server, "late", 1)?;
    Ok(server)
}

/// Lets a server write its state, and expects that the old file was replaced. Returns the time from
/// the signal to its end.
fn write_whole(subject: &Subject, file: &File, bytes: &[u8]) -> Result<Duration, Stop> {
    let server = start_late(subject, file)?;
    // Another name of the old file, where the system has links, shows what becomes of it.
    let link = format!("{}.link", file.path());
    let has_link = fs::hard_link(file.path(), &link).is_ok();
    let begin = Instant::now();
    drained(&end(subject, server, Signal::Terminate)?, Signal::Terminate, 1)?;
    let took = begin.elapsed();
    if has_link {
        let is_text = serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
        let is_whole = fs::read(&link)? == bytes;
        // A database writes into its file, and is judged by the kills alone.
        ensure(
            is_whole || !is_text,
            "it wrote the new state into the old file: killed meanwhile, it leaves a part of it, and \
             neither the old balances nor the new",
        )?;
        fs::remove_file(link)?;
    }
    Ok(took)
}
