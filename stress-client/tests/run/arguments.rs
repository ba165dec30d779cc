//! Invalid arguments and the exit statuses.

use crate::client::{client, command, finish};
use crate::server::{ACCEPTED, Server, bind};

#[test]
fn an_invalid_argument_is_an_error_and_status_2() {
    for (flags, says) in [
        (&["--requests", "0"][..], "requests must be above zero"),
        (&["--concurrency", "0"], "concurrency must be above zero"),
        (&["--users", "0"], "users must be above zero"),
        (&["--timeout", "0s"], "timeout must be above zero"),
        (&["--duration", "0s"], "duration must be above zero"),
        (&["--requests=-1"], "invalid"),
        (&["--rate", "0"], "above zero"),
        (&["--rate=-5"], "above zero"),
        (&["--rate", "nan"], "finite"),
        (&["--rate", "inf"], "finite"),
        (&["--timeout", "10"], "time unit"),
        (&["--duration", "1M"], "M stands for months"),
        (&["--expect", "accepted.p99<1M"], "M stands for months"),
        (&["check", "--stage", "5", "--url", "http://a:b@127.0.0.1"], "without user and password"),
        (&["--url", "https://127.0.0.1:8080"], "only http:// is supported"),
        (&["--url", "localhost:8080"], "only http:// is supported"),
        (&["--url", "http://"], "is not a URL"),
        (&["--url", "nonsense"], "is not a URL"),
        (&["--expect", "failures=0"], "unknown figure"),
        (&["--expect", "errors"], "errors=0"),
        (&["--json", "/no/such/folder/result.json"], "cannot write"),
        (&["silent", "--timeout", "0s"], "timeout must be above zero"),
        (&["silent", "--url", "https://127.0.0.1"], "only http:// is supported"),
        (&["--no-such-flag"], "--no-such-flag"),
    ] {
        client(flags).exits(2).says(says);
    }
}

#[test]
fn an_unreachable_server_is_status_3_with_a_hint() {
    // A port that was just free.
    let free = bind();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    client(&["--url", &url])
        .exits(3)
        .says(&format!("cannot reach {url}: connection refused"))
        .says("cargo run -p stageN");
    client(&["silent", "--url", &url]).exits(3).says("cannot reach");
}

#[test]
fn expectations_decide_the_exit_status() {
    let server = Server::answering(202, ACCEPTED);
    let run = |expect: &[&str]| {
        let url = server.url();
        let mut flags = vec!["--url", &url, "--requests", "10", "--expect"];
        flags.extend(expect);
        client(&flags)
    };
    run(&["errors=0", "accepted=10..12", "--expect", "sent=8..10"]).exits(0);
    run(&["errors=0", "accepted=11..12"]).exits(1).says("expected accepted=11..12, measured 10");
    run(&["rejected=1", "--expect", "timeout=1"])
        .exits(1)
        .says("expected rejected=1, measured 0")
        .says("expected timeout=1, measured 0");
}

#[test]
fn the_exit_statuses_are_in_the_help() {
    for flags in [&["--help"][..], &["run", "--help"], &["silent", "--help"]] {
        let help = client(flags).exits(0);
        assert!(help.stdout().contains("130  interrupted"), "{help}");
    }
}

#[cfg(unix)]
#[test]
fn too_many_connections_are_refused_before_the_run() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    // More than any limit allows: root may raise its own.
    let flags = ["--url", &url, "--concurrency", "9000000000000"];
    finish(command(&flags)).exits(2).says("open files");
    assert!(server.is_untouched());
}
