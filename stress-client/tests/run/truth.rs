//! Reports of stalls, full accept queues, warm-ups and servers that go away.

use crate::client::{client, count, run};
use crate::server::{ACCEPTED, Gate, REJECTED, Server, Then, answer, send};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

fn has_remark(report: &Value, words: &str) -> bool {
    let remarks = report["remarks"].as_array().unwrap();
    remarks.iter().any(|remark| remark.as_str().unwrap().contains(words))
}

fn millis(latency: &Value) -> f64 {
    latency.as_f64().unwrap()
}

#[test]
fn a_stall_shows_in_the_response_time_of_every_request_due_in_it() {
    const STALL: Duration = Duration::from_millis(500);
    let stalled = AtomicBool::new(false);
    let over = std::sync::Mutex::new(());
    // One request stops all connections, as a SIGSTOP would.
    let server = Server::start(move |stream, request| {
        let stall = over.lock().unwrap();
        if request.number >= 500 && !stalled.swap(true, SeqCst) {
            thread::sleep(STALL);
        }
        drop(stall);
        answer(stream, 202, ACCEPTED)
    });
    let flags = ["--requests", "1500", "--rate", "1000", "--concurrency", "10"];
    let report = run(&server.url(), &flags);
    assert_eq!(count(&report["accepted"]), 1500, "{report}");
    let (response, service) =
        (&report["latency_ms"]["accepted"], &report["service_ms"]["accepted"]);
    // A third of the requests was due during the stall; ten of 1,500 were in flight.
    assert!(millis(&response["p90"]) > STALL.as_millis() as f64 / 4.0, "{report}");
    assert!(millis(&service["p90"]) < millis(&response["p90"]) / 2.0, "{report}");
    assert!(millis(&service["max"]) > STALL.as_millis() as f64 * 0.9, "{report}");
    assert!(has_remark(&report, "the difference is the wait to be sent"), "{report}");
}

#[test]
fn a_warm_up_is_sent_and_not_measured() {
    for rate in [&["--rate", "2000"][..], &[]] {
        let server = Server::answering(202, ACCEPTED);
        let flags =
            [&["--requests", "50", "--concurrency", "4", "--warmup", "100ms"], rate].concat();
        let report = run(&server.url(), &flags);
        let warm = count(&report["warmup"]["sent"]);
        assert!(warm > 0, "{report}");
        assert_eq!(count(&report["warmup"]["accepted"]), warm);
        assert_eq!((count(&report["sent"]), count(&report["accepted"])), (50, 50), "{report}");
        assert_eq!(server.requests(), 50 + warm);
    }
}

#[test]
fn a_ramp_sends_the_requested_number() {
    let server = Server::answering(202, ACCEPTED);
    for load in [&["--rate", "2000"][..], &["--concurrency", "10"]] {
        let before = server.requests();
        let flags = [&["--requests", "300", "--ramp", "100ms"], load].concat();
        assert_eq!(count(&run(&server.url(), &flags)["accepted"]), 300);
        assert_eq!(server.requests() - before, 300);
    }
}

/// Counts the connects to a port whose SYN was retransmitted (see proc(5)).
#[cfg(target_os = "linux")]
fn retransmitted_connects(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let connecting = table.lines().skip(1).filter(|line| {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let is_connecting = fields[3] == "02";
        is_connecting && fields[2].ends_with(&format!(":{port:04X}")) && fields[6] != "00000000"
    });
    connecting.count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_accept_queue_is_reported() {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    socket.listen(1).unwrap();
    let listener: std::net::TcpListener = socket.into();
    let port = listener.local_addr().unwrap().port();
    // Accepts nothing until the kernel has dropped a SYN and the client's kernel has sent it again.
    let serving = thread::spawn(move || {
        let begin = Instant::now();
        while retransmitted_connects(port) == 0 && begin.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(5));
        }
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                while crate::server::read_request(&mut std::io::BufReader::new(
                    stream.try_clone().unwrap(),
                ))
                .is_some()
                {
                    answer(&mut stream, 202, ACCEPTED);
                }
            });
        }
    });
    let url = format!("http://127.0.0.1:{port}");
    for engine in ["reqwest", "raw"] {
        let flags = ["--requests", "12", "--concurrency", "12", "--engine", engine];
        let report = run(&url, &flags);
        assert_eq!(count(&report["accepted"]), 12, "{report}");
        let slow = count(&report["connections"]["slow"]);
        if engine == "reqwest" {
            assert!(slow > 0 && has_remark(&report, "accept queue"), "{report}");
            assert!(millis(&report["connections"]["connect_ms"]["max"]) > 900.0, "{report}");
        } else {
            // By now connections are accepted; the kernel may still drop a SYN.
            assert_eq!(slow > 0, has_remark(&report, "accept queue"), "{report}");
        }
    }
    drop(serving);
}

#[test]
fn consecutive_errors_end_a_run_with_their_cause() {
    let answered = Arc::new(Gate::default());
    let gone = Arc::new(Gate::default());
    let mut server = Server::start({
        let (answered, gone) = (answered.clone(), gone.clone());
        move |stream, request| {
            if request.number < 20 {
                return answer(stream, 202, ACCEPTED);
            }
            answered.open();
            gone.wait();
            Then::Close
        }
    });
    let url = server.url();
    let run = thread::spawn(move || {
        let flags = ["--requests", "1000000", "--concurrency", "4", "--errors-in-a-row", "100"];
        client(&[&["--json", "-", "--url", &url], &flags[..]].concat())
    });
    answered.wait();
    server.close();
    gone.open();
    // The last error is one of the 96 that are refused, or one of the 4 that are closed.
    let finished = run.join().unwrap().exits(4);
    let stopped = "stopped after 100 consecutive errors, the last of them: ";
    let has_cause = |cause| finished.stderr().contains(&format!("{stopped}{cause}"));
    assert!(["connection refused", "connection closed"].into_iter().any(has_cause), "{finished}");
    let report = finished.json();
    assert_eq!(report["gave_up"], true);
    assert_eq!(count(&report["accepted"]), 20, "{report}");
    // Requests in flight are waited for, and a late answer may interrupt the first errors.
    let errors = count(&report["errors"]["total"]);
    assert!((100..1000).contains(&errors), "{report}");
}

#[test]
fn an_answer_interrupts_consecutive_errors() {
    let server = Server::start(|stream, request| match request.number % 3 {
        0 => answer(stream, 503, REJECTED),
        _ => answer(stream, 500, ""),
    });
    let flags = ["--requests", "300", "--concurrency", "1", "--errors-in-a-row", "3"];
    let report = run(&server.url(), &flags);
    assert_eq!(report["gave_up"], false);
    assert_eq!((count(&report["rejected"]), count(&report["errors"]["status"])), (100, 200));
    let never = ["--requests", "50", "--concurrency", "1", "--errors-in-a-row", "0"];
    let nothing = Server::answering(500, "");
    assert_eq!(count(&run(&nothing.url(), &never)["sent"]), 50);
}

#[test]
fn a_run_of_errors_is_status_4_unless_expected() {
    let server = Server::answering(200, "garbage");
    let url = server.url();
    let flags = ["--url", &url, "--requests", "9"];
    client(&flags).exits(4);
    client(&[&flags[..], &["--expect", "errors=9"]].concat()).exits(0);
    client(&[&flags[..], &["--expect", "errors=0"]].concat()).exits(1);
}

#[test]
fn every_report_has_its_limit() {
    let server = Server::start(|stream, _| {
        thread::sleep(Duration::from_millis(5));
        answer(stream, 202, ACCEPTED)
    });
    let url = server.url();
    let open = client(&["--url", &url, "--requests", "50", "--rate", "100"]).exits(0);
    // A slow machine may not keep even this rate.
    let kept = open.stdout().contains("held back by: nothing: the rate was kept");
    assert!(kept != open.stdout().contains("the rate was not kept: 100 requests"), "{open}");
    // One connection with 5 ms for each answer: below 200 a second.
    let flags = ["--requests", "100", "--rate", "1000", "--concurrency", "1"];
    let report = run(&url, &flags);
    let by = report["limit"]["by"].as_str().unwrap();
    assert!(["server", "machine", "client"].contains(&by), "{report}");
    assert!(millis(&report["limit"]["behind_ms"]) > 100.0, "{report}");
    let closed = client(&["--url", &url, "--requests", "50", "--concurrency", "2"]).exits(0);
    assert!(closed.stdout().contains("held back by: the "), "{closed}");
    assert!(closed.stdout().contains("note: in a closed loop"), "{closed}");
}

#[test]
fn rejections_are_counted_by_reason() {
    let server = Server::start(|stream, request| {
        let reason = ["server_busy", "shutting_down", "too_many_connections", "tired"]
            [(request.number % 4) as usize];
        answer(stream, 503, &format!(r#"{{"status":"rejected","reason":"{reason}"}}"#))
    });
    let report = run(&server.url(), &["--requests", "40", "--concurrency", "2"]);
    assert_eq!(count(&report["rejected"]), 40);
    for reason in ["server_busy", "shutting_down", "too_many_connections", "other"] {
        assert_eq!(count(&report["rejections"][reason]), 10, "{report}");
    }
}

#[test]
fn a_closed_connection_is_reopened_within_the_limit() {
    let server = Server::start(|stream, _| {
        let head = "HTTP/1.1 202 X\r\nConnection: close\r\nContent-Length: 21\r\n\r\n";
        send(stream, &format!("{head}{ACCEPTED}"));
        Then::Close
    });
    for engine in ["reqwest", "raw"] {
        let flags = ["--requests", "40", "--concurrency", "4", "--engine", engine];
        let connections = &run(&server.url(), &flags)["connections"];
        assert_eq!(count(&connections["opened"]), 40, "{connections}");
        assert!(count(&connections["peak"]) <= 4, "{connections}");
    }
}
