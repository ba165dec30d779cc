//! Stage 10: a signal under load, and the fate of accepted events.

use super::figure::{Expected, Figure, Unit};
use super::machine::Machine;
use super::rate::fill;
use super::trial::Trial;
use super::{Experiment, Failure, sound};
use harness::books::{event, wait_for};
use harness::log;
use harness::server::{Exit, SAME_STOP, Server, Signal};
use load::{Live, Plan, Report};
use std::thread;
use std::time::{Duration, Instant};

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "signal",
            stage: 10,
            title: "SIGTERM under load: events accepted and never done",
            watch: [
                "More events than the workers can do, and in the middle of it SIGTERM.",
                "Stage 9 is gone at once, and its queue with it. Stage 10 does what it accepted \
                 first.",
            ],
            figures: signal_figures,
            measure: signal,
            why: "The intake is closed, then the queue runs empty, then the workers are joined: in \
                  this order nothing that was accepted can be missed.",
            read: "crates/stage10/src/shutdown.rs",
        },
        Experiment {
            name: "drain",
            stage: 10,
            title: "a drain from the inside: how many jobs are left",
            watch: [
                "84 jobs, four workers, and SIGTERM when nothing has been done yet.",
                "The log says when each of them was done.",
            ],
            figures: |machine| {
                let rate = drain_rate(machine);
                vec![
                    Figure::new("left", "jobs left at the end", Unit::Count).exactly(0.0),
                    Figure::new("half", "from the signal until half are left", Unit::Seconds)
                        .near(CAPACITY / 2.0 / rate),
                ]
            },
            measure: drain,
            why: "A drain is work at the usual rate, so it takes pending ÷ rate.",
            read: "crates/stage10/src/worker.rs",
        },
        Experiment {
            name: "deadline",
            stage: 10,
            title: "a deadline that is too short, and a second signal",
            watch: [
                "84 jobs that take 4.2 s, and a deadline of 1 s: the server says what it leaves \
                 behind.",
                "Then the same with a second signal, which ends the server at once.",
            ],
            figures: |_| {
                vec![
                    Figure::new("status", "exit status after the deadline", Unit::Count)
                        .exactly(1.0),
                    Figure::new("told", "its last line has pending = 84 − processed", Unit::YesNo)
                        .exactly(1.0),
                    Figure::new("pending", "left behind of 84", Unit::Count)
                        .expected(Expected::Within { value: 64.0, share: 0.15 }),
                    Figure::new("second", "exit status after a second signal", Unit::Count)
                        .exactly(143.0),
                    Figure::new(
                        "silent",
                        "lines on standard output after that signal",
                        Unit::Count,
                    )
                    .exactly(0.0),
                ]
            },
            measure: deadline,
            why: "A deadline bounds the time of a restart; the jobs left behind are reported, \
                  with exit status 1.",
            read: "crates/stage10/src/shutdown.rs",
        },
        Experiment {
            name: "drain-delay",
            stage: 10,
            title: "/health and other answers between the signal and the end",
            watch: [
                "--drain-delay: for that long all is served. /health says 503, and each answer",
                "ends its connection: a load balancer has the time to go elsewhere.",
            ],
            figures: |_| {
                vec![
                    Figure::new("before", "/health before the signal", Unit::Count).exactly(200.0),
                    Figure::new("after", "/health after it", Unit::Count).exactly(503.0),
                    Figure::new("served", "an event after it is accepted", Unit::YesNo)
                        .exactly(1.0),
                    Figure::new("status", "exit status", Unit::Count).exactly(0.0),
                ]
            },
            measure: drain_delay,
            why: "Those who route by health need a moment to notice; closing at once would turn \
                  them into errors.",
            read: "crates/stage10/src/members.rs",
        },
    ]
}

const FLAGS: &str = "--work 200ms --hold 0s --workers 4 --queue 80";
const CAPACITY: f64 = 84.0;

/// Returns the rate of four workers, in jobs a second.
fn drain_rate(machine: &Machine) -> f64 {
    4.0 * 1e3 / (200.0 + machine.lags.timer_ms)
}

fn signal_figures(machine: &Machine) -> Vec<Figure> {
    let rate = drain_rate(machine);
    let count = |id, what| Figure::new(id, what, Unit::Count);
    let mut figures = vec![
        count("lost_9", "accepted and never done, stage 9").documented("the queue").at_least(80.0),
        count("lost_10", "accepted and never done, stage 10")
            .documented("0")
            .exactly(0.0)
            .question("Stage 10 has 84 jobs when the signal comes: how many are lost?"),
        count("status", "exit status, stage 10").exactly(0.0),
        count("pending", "pending in its last line").documented("0").exactly(0.0),
        Figure::new("drain", "from the signal to the end", Unit::Seconds)
            .near(CAPACITY / rate)
            .question("84 pending, 4 workers, 200 ms a job: seconds to drain?"),
    ];
    figures.extend(sound::figures());
    figures
}

/// Sends SIGTERM under load, when the queue has been full for a while. Returns the client's report,
/// the exit, and the time that it took.
fn signal_under_load(
    trial: &mut Trial<'_>,
    server: Server,
) -> Result<(Report, Exit, Duration), Failure> {
    let mut signalled: Option<Instant> = None;
    let plan = Plan { requests: Some(1_000_000), concurrency: 16, ..Plan::default() };
    let report = trial.load_with(&server, plan, |live: &Live| {
        // Rejections show that the queue is full; more than 90 accepted, that jobs are being done.
        let counts = live.counts();
        if signalled.is_none() && counts.rejected > 0 && counts.accepted > 90 {
            signalled = Some(Instant::now());
            server.signal(Signal::Terminate);
        }
    })?;
    let exit = server.wait()?;
    let signalled = signalled.ok_or("the load ended before the signal")?;
    Ok((report, exit, signalled.elapsed()))
}

/// Returns a figure of the last line of a server.
fn last_line(exit: &Exit, name: &str) -> Result<u64, String> {
    let missing = || format!("its last line is not a JSON object with {name}: {exit}");
    exit.figure(name).ok_or_else(missing)
}

fn signal(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start_logged(9, FLAGS)?;
    let (report, exit, _) = signal_under_load(trial, server)?;
    let done = log::jobs(&exit.stderr).len() as u64;
    trial.record_count("lost_9", report.accepted.saturating_sub(done));
    let server = trial.start(FLAGS)?;
    trial.show("draining after SIGTERM");
    let (Report { accepted, errors, .. }, exit, took) = signal_under_load(trial, server)?;
    let figure = |name| last_line(&exit, name);
    // Every accepted event has to be processed once; events without an answer may be.
    let processed = figure("processed")?;
    let due = processed.clamp(accepted, accepted + errors.unknown);
    trial.record_count("lost_10", processed.abs_diff(due));
    trial.record_count("pending", figure("pending")?);
    trial.record_status("status", exit.code());
    trial.record("drain", took.as_secs_f64());
    sound::measure(trial)
}

fn drain(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start_logged(10, FLAGS)?;
    fill(trial, &server, CAPACITY as u64, 10)?;
    let signalled = std::time::SystemTime::now();
    server.signal(Signal::Terminate);
    trial.show("draining after SIGTERM");
    let exit = server.wait()?;
    let signalled = signalled.duration_since(std::time::SystemTime::UNIX_EPOCH)?.as_secs_f64();
    let mut done: Vec<f64> =
        log::jobs(&exit.stderr).iter().map(|job| job.done - signalled).collect();
    done.sort_by(f64::total_cmp);
    let left =
        |at: f64| (CAPACITY as usize - done.iter().filter(|time| **time <= at).count()) as f64;
    trial.record("left", left(f64::INFINITY));
    trial.record("half", done.get(CAPACITY as usize / 2).copied().unwrap_or(f64::NAN));
    let points = done.iter().filter(|at| **at > 0.0).map(|at| [*at, left(*at)]);
    trial.record_series("left", [[0.0, left(0.0)]].into_iter().chain(points).collect());
    Ok(())
}

fn deadline(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start(&format!("{FLAGS} --deadline 1s"))?;
    fill(trial, &server, CAPACITY as u64, 10)?;
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    let figure = |name| last_line(&exit, name);
    let (processed, pending) = (figure("processed")?, figure("pending")?);
    trial.record_status("status", exit.code());
    trial.record_bool("told", processed + pending == CAPACITY as u64);
    trial.record_count("pending", pending);
    let server = trial.start(FLAGS)?;
    fill(trial, &server, CAPACITY as u64, 10)?;
    server.signal(Signal::Terminate);
    // The listener is closed once the first signal has been handled.
    wait_for("a closed listener", || match server.connect() {
        Err(_) => Ok(Ok(())),
        Ok(_) => Ok(Err("it still accepts".to_owned())),
    })
    .map_err(|error| error.to_string())?;
    thread::sleep(SAME_STOP);
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    trial.record_status("second", exit.code());
    trial.record_count("silent", exit.stdout.len() as u64);
    Ok(())
}

fn drain_delay(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--drain-delay 1s --work 1ms --hold 0s")?;
    let health = |server: &Server| server.request("GET", "/health", "").map(|got| got.status);
    trial.record_count("before", u64::from(health(&server)?));
    server.signal(Signal::Terminate);
    let mut after = health(&server)?;
    let begin = Instant::now();
    while after == 200 && begin.elapsed() < Duration::from_secs(1) {
        thread::sleep(Duration::from_millis(5));
        after = health(&server)?;
    }
    trial.record_count("after", u64::from(after));
    let got = server.request("POST", "/", &event("alice", 1))?;
    trial.record_bool("served", got.says("status", "accepted"));
    trial.show("waiting for the end of --drain-delay");
    trial.record_status("status", server.wait()?.code());
    Ok(())
}
