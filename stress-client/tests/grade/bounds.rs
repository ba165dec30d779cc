//! Servers that never end, that do not start, and that are started in other ways.

use super::{client, this};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

pub fn trials() -> Vec<Trial> {
    let endless = |name: &'static str, answer: &'static [u8], repeated: &'static [u8]| {
        Trial::test(name, move || is_bounded(answer, repeated))
    };
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\n";
    let mut trials = vec![
        endless("silence is bounded", b"", b""),
        endless("an endless head is bounded", OK, b"X-Field: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
        endless(
            "an endless body is bounded",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"8\r\naaaaaaaa\r\n",
        ),
        endless("endless 100s are bounded", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ];
    let test = |name: &str, run: fn() -> Result<(), Failed>| Trial::test(name, run);
    trials.extend([
        test("a time limit that passes is told", time_limit),
        test("a program that does not exist is one failure", missing),
        test("a port in place of {port}", port),
        test("a wrapper's server ends with it", wrapper),
        test("ctrl-c leaves no server behind", interrupted),
        test("JUnit XML and results.json agree with the grade", formats),
    ]);
    trials
}

fn ensure(holds: bool, text: impl Into<String>) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(text.into().into()) }
}

/// Checks a server that answers each request with `answer` and then `repeated` without an end. It
/// has to end by itself.
fn is_bounded(answer: &'static [u8], repeated: &'static [u8]) -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer);
                while !repeated.is_empty() && stream.write_all(&repeated.repeat(100)).is_ok() {}
                // Silence until the client gives up.
                let _ = stream.read(&mut [0; 4096]);
            });
        }
    });
    let (status, text, _) = client("none", &["check", "--stage", "5", "--url", &url]);
    ensure(status == Some(1) && text.contains("FAILED      answers (must)"), text)
}

fn time_limit() -> Result<(), Failed> {
    let (status, text, _) = client("none", &["grade", "10", "--time-limit", "1ms", "--", &this()]);
    ensure(status == Some(3) && text.contains("incomplete: the time limit of 1ms passed"), text)
}

fn missing() -> Result<(), Failed> {
    let (status, text, _) = client("none", &["grade", "5", "--", "/no/such/program"]);
    let is_one = text.contains("1 failed (must)") && text.contains("/no/such/program");
    ensure(status == Some(1) && is_one, text)
}

fn port() -> Result<(), Failed> {
    let script = "exec \"$0\" --listen 127.0.0.1:{port} \"$@\" >/dev/null";
    let grade = ["grade", "10", "--only", "path-unknown", "--", "sh", "-c", script, &this()];
    let (status, text, _) = client("none", &grade);
    ensure(status == Some(0), text)
}

/// Returns the ids of the processes whose command line has this word.
fn processes(word: &str) -> Vec<String> {
    let pattern = format!("/proc/{word}");
    let folders = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let has_word = |path: &Path| {
        std::fs::read(path.join("cmdline"))
            .is_ok_and(|line| line.split(|&byte| byte == 0).any(|part| part == word.as_bytes()))
    };
    let found = folders.map(|entry| entry.path()).filter(|path| has_word(path));
    found.map(|path| path.display().to_string()).filter(|path| *path != pattern).collect()
}

fn wrapper() -> Result<(), Failed> {
    let script = "\"$@\" & wait";
    let mark = format!("mark-wrapper-{}", std::process::id());
    let grade = ["grade", "10", "--only", "path-unknown", "--", "sh", "-c", script, "sh", &this()];
    let (status, text, _) = client("none", &[&grade[..], &[&mark]].concat());
    ensure(status == Some(0), text)?;
    ensure(processes(&mark).is_empty(), format!("left: {:?}", processes(&mark)))
}

fn interrupted() -> Result<(), Failed> {
    let mark = format!("mark-interrupted-{}", std::process::id());
    let mut grade = Command::new(env!("CARGO_BIN_EXE_stress-client"))
        .args(["grade", "10", "--", &this(), &mark])
        .env(super::server::FAULT, "none")
        .stdout(std::process::Stdio::null())
        .spawn()?;
    // The client's command line has the mark, too.
    while processes(&mark).len() < 2 {
        thread::sleep(Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&grade);
    rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
    let status = grade.wait()?.code();
    ensure(status == Some(130), format!("status {status:?}"))?;
    while !processes(&mark).is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn formats() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (junit, results) = (path("junit.xml"), path("results.json"));
    let files = ["--junit", &junit, "--gradescope", &results, "--json", "-"];
    let this = this();
    let grade = [&["grade", "10", "--only", "drain"], &files[..], &["--", &this]].concat();
    let (_, report, _) = client("SIGINT is not caught", &grade);
    let report: Value = serde_json::from_str(&report)?;
    let checks = report["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["outcome"] == "failed").count();
    let junit = std::fs::read_to_string(junit)?;
    ensure(failed > 0 && junit.matches("<failure").count() == failed, junit.clone())?;
    ensure(junit.matches("<testcase").count() == checks.len(), junit)?;
    let results: Value = serde_json::from_str(&std::fs::read_to_string(results)?)?;
    let sum = |key: &str| -> u64 {
        results["tests"].as_array().unwrap().iter().map(|test| test[key].as_u64().unwrap()).sum()
    };
    let points = |check: &&Value| if check["class"] == "must" { 3 } else { 1 };
    let all: u64 = checks.iter().map(|check| points(&check)).sum();
    let passed = checks.iter().filter(|check| check["outcome"] == "passed");
    let passed: u64 = passed.map(|check| points(&check)).sum();
    ensure(sum("max_score") == all && sum("score") == passed, results.to_string())
}
