//! Signals, and who is where when they come.

use super::crowd;
use super::{Outcome, Stand, exactly, exit_status, finding, last, told, within};
use contract::{To, WireError};
use harness::books::{Books, event, wait_for};
use harness::server::{Exit, SAME_STOP, Signal};
use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

const ZERO: Duration = Duration::ZERO;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(super) fn under_load(stand: &Stand) -> Outcome {
    const TIMES: u64 = 50;
    let (mut accepted, mut unknown, mut right) = (0, 0, 0);
    let mut findings = Vec::new();
    for time in 0..TIMES {
        let folder = tempfile::tempdir()?;
        let state = folder.path().join("state.json");
        let server = stand.start(&format!("--state {}", state.display()))?;
        let address = server.address();
        let books = thread::scope(|scope| {
            let load = scope.spawn(move || Books::keep(address, 16, 10_000_000, 1 + time % 16, 7));
            // From the first moments to a queue that is long full.
            thread::sleep(ms(5 + time * 7));
            server.signal(Signal::Terminate);
            load.join().map_err(|_| "the client failed")
        })?;
        let exit = server.wait()?;
        let state: BTreeMap<String, i64> = serde_json::from_str(&fs::read_to_string(&state)?)?;
        match faults(&books, &state, &exit) {
            faults if faults.is_empty() => right += 1,
            faults => {
                let signal = format!("signal {time}");
                findings.push(finding(&signal, faults.join("; "), "nothing wrong", false));
            }
        }
        accepted += books.accepted;
        unknown += books.unknown;
    }
    findings.push(exactly("stops without a fault", right, TIMES as usize));
    let events = format!("{accepted} accepted, {unknown} of unknown fate");
    findings.push(told("events", events));
    Ok(findings)
}

fn faults(books: &Books, state: &BTreeMap<String, i64>, exit: &Exit) -> Vec<String> {
    let mut faults: Vec<String> = books.check(state).err().into_iter().collect();
    let [received, processed, dropped] =
        ["received", "processed", "dropped"].map(|name| last(exit, name) as u64);
    let mut expect = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    expect(exit.code() == Some(0), format!("exit status {:?}", exit.code()));
    expect(books.cut == 0, format!("{} answers cut in half", books.cut));
    expect(
        received == processed.wrapping_add(dropped),
        format!("{received} = {processed} + {dropped}?"),
    );
    let due = books.accepted..=books.accepted + books.unknown;
    expect(due.contains(&processed), format!("{processed} processed, {due:?} are due"));
    let due = books.rejected..=books.rejected + books.unknown;
    expect(due.contains(&dropped), format!("{dropped} dropped, {due:?} are due"));
    faults
}

pub(super) fn clients(stand: &Stand) -> Outcome {
    let server = stand.start("--request-timeout 2s --deadline 4s")?;
    let mut idle = crowd::open(server.address(), 100)?;
    let mut silent = crowd::open(server.address(), 100)?;
    crowd::send(&mut idle, b"GET /health HTTP/1.1\r\nHost: abuse\r\n\r\n");
    crowd::read_until(&mut idle, Duration::from_secs(5), |it| it.got(200));
    let half = [
        "GET /health HTTP/1.1\r\nHost: ab",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
    ];
    let began = Instant::now();
    let mut half = half.map(|bytes| {
        let mut wire = server.connect()?;
        wire.send(bytes)?;
        Ok::<_, WireError>(wire)
    });
    server.request("GET", "/health", "")?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let refused = wait_for("a refused connection", || {
        Ok(match server.connect() {
            Err(WireError::Unreachable(_)) => Ok(signalled.elapsed()),
            other => Err(format!("{other:?}")),
        })
    })?;
    for crowd in [&mut idle, &mut silent] {
        crowd::read_until(crowd, Duration::from_secs(5), |it| it.ended.is_some());
    }
    let last_gone = |crowd: &[crowd::Client]| {
        let gone = crowd.iter().filter_map(|it| Some(it.ended?.duration_since(signalled)));
        gone.max().unwrap_or(Duration::MAX)
    };
    let mut findings = vec![
        within("new connections refused after", refused, ZERO, ms(300)),
        within("the last idle client gone after", last_gone(&idle), ZERO, ms(300)),
        within("the last silent client gone after", last_gone(&silent), ZERO, ms(300)),
    ];
    for (what, wire) in ["half a head", "half a body"].into_iter().zip(&mut half) {
        let got = wire.as_mut().map_err(|error| error.to_string())?.answer(To::Other)?;
        let waited = began.elapsed();
        findings.push(exactly(&format!("{what} is answered"), got.status.into(), 408));
        findings.push(within(&format!("{what}, from its first byte"), waited, ms(1900), ms(2500)));
    }
    drop(half);
    let exit = server.wait()?;
    findings.push(exit_status(exit.code(), 0));
    Ok(findings)
}

pub(super) fn deadline(stand: &Stand) -> Outcome {
    const DEADLINE: Duration = ms(1500);
    let server = stand.start("--work 1h --deadline 1500ms")?;
    for amount in 1..=30 {
        server.request("POST", "/", &event("late", amount))?;
    }
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    let after = signalled.elapsed();
    let told = exit.stderr.contains("30");
    let mut findings = vec![
        within("it ends after", after, DEADLINE, DEADLINE + ms(500)),
        exit_status(exit.code(), 1),
        exactly("pending in the last line", last(&exit, "pending"), 30),
        finding("it says how many", exit.stderr.trim(), "30 lost", told),
    ];
    // Half a request, and nothing to do: the deadline ends it, and nothing is lost.
    let server = stand.start("--request-timeout 1h --deadline 1500ms")?;
    let mut half = server.connect()?;
    half.send("GET /health HTT")?;
    server.request("GET", "/health", "")?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    let after = signalled.elapsed();
    findings.push(within(
        "beside half a request it ends after",
        after,
        DEADLINE,
        DEADLINE + ms(500),
    ));
    findings.push(exit_status(exit.code(), 0));
    Ok(findings)
}

pub(super) fn signals(stand: &Stand) -> Outcome {
    let mut findings = Vec::new();
    for (first, second, code) in [
        (Signal::Terminate, Signal::Terminate, 143),
        (Signal::Interrupt, Signal::Interrupt, 130),
        (Signal::Interrupt, Signal::Terminate, 143),
    ] {
        for flags in ["--work 1h --deadline 1h", "--drain-delay 1h"] {
            let server = stand.start(flags)?;
            // Something to drain, so that it is still there.
            server.request("POST", "/", &event("late", 1))?;
            server.signal(first);
            wait_for("a server that is stopping", || {
                let health = server.request("GET", "/health", "");
                let serving = health.is_ok_and(|got| got.status == 200);
                Ok(if serving { Err("it serves") } else { Ok(()) }.map_err(str::to_owned))
            })?;
            thread::sleep(SAME_STOP);
            let signalled = Instant::now();
            server.signal(second);
            let exit = server.wait()?;
            let after = signalled.elapsed();
            let what = format!("{second:?} after {first:?} with {flags}");
            findings.push(within(&what, after, ZERO, ms(300)));
            findings.push(exit_status(exit.code(), code));
            findings.push(exactly("lines on its way out", exit.stdout.len(), 0));
        }
    }
    findings.extend(delay(stand)?);
    Ok(findings)
}

fn delay(stand: &Stand) -> Outcome {
    const DELAY: Duration = ms(1000);
    let server = stand.start("--work 0s --hold 0s --drain-delay 1s")?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let (mut noticed, mut served, mut refused) = (None, 0, None);
    while refused.is_none() {
        match server.request("GET", "/health", "") {
            Ok(got) if got.status == 503 => {
                noticed.get_or_insert_with(|| signalled.elapsed());
            }
            Ok(_) => {}
            Err(_) => refused = Some(signalled.elapsed()),
        }
        if let Ok(got) = server.request("POST", "/", &event("delay", 1)) {
            served += usize::from(got.status == 202);
        }
        thread::sleep(ms(5));
    }
    let exit = server.wait()?;
    Ok(vec![
        within("a health probe notices after", noticed.unwrap_or(Duration::MAX), ZERO, ms(100)),
        within("it is closed after", refused.unwrap_or_default(), DELAY, DELAY + ms(300)),
        finding("events accepted meanwhile", served, "some", served > 0),
        exactly("processed at the end", last(&exit, "processed"), served),
        exit_status(exit.code(), 0),
    ])
}
