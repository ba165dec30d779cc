//! Runs the client with ten local ports and with a host of several addresses, in a Linux network
//! namespace. Where that is not allowed, the tests are not judged.

// Test code, including the helpers.
#![allow(clippy::unwrap_used)]

#[expect(dead_code, reason = "this suite reads reports itself")]
#[path = "run/client.rs"]
mod client;
#[expect(dead_code, reason = "this suite does not read requests")]
#[path = "run/server.rs"]
mod server;

use client::client;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use server::{ACCEPTED, Server};
use std::env;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, ExitCode};

/// The environment variable that is set inside the namespace.
const INSIDE: &str = "TEST_INSIDE_NAMESPACE";
/// Sets up the namespace with `$0` as /etc/hosts, and runs the arguments.
const SET_UP: &str = "ip link set lo up && mount --bind \"$0\" /etc/hosts && \
    test -w /proc/sys/net/ipv4/ip_local_port_range || exit 77; exec \"$@\"";
const PORTS: usize = 10;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let is_inside = env::var_os(INSIDE).is_some();
    if !is_inside && let Some(status) = run_inside() {
        return status;
    }
    let test = |name: &str, run: fn()| {
        Trial::ignorable_test(name, move || {
            if !is_inside {
                let why = "not judged, because no network namespace can be set up here";
                return Ok::<_, Failed>(Completion::ignored_with(why));
            }
            run();
            Ok(Completion::Completed)
        })
    };
    let trials = vec![
        test("every_address_of_a_host_is_tried", every_address),
        test("a_lack_of_ports_is_the_clients_limit", ports_run_out),
        test("a_run_without_any_port_is_refused", no_port),
    ];
    // The tests share the ports.
    libtest_mimic::run(&Arguments { test_threads: Some(1), ..arguments }, trials).exit_code()
}

/// Runs this program inside a namespace; `None` if that is not possible.
fn run_inside() -> Option<ExitCode> {
    let mut hosts = tempfile::NamedTempFile::new().ok()?;
    hosts.write_all(b"127.0.0.1 localhost\n::1 twice\n127.0.0.1 twice\n").ok()?;
    let status = Command::new("unshare")
        .args(["--map-root-user", "--mount", "--net", "sh", "-c", SET_UP])
        .arg(hosts.path())
        .arg(env::current_exe().ok()?)
        .args(env::args_os().skip(1))
        .env(INSIDE, "1")
        .status();
    match status.ok()?.code()? {
        // Failing tests exit with 101.
        1 | 77 => None,
        code => Some(ExitCode::from(code as u8)),
    }
}

/// Starts a server that is never stopped, since that takes a port.
fn accepting() -> &'static Server {
    Box::leak(Box::new(Server::answering(202, ACCEPTED)))
}

fn every_address() {
    let server = accepting();
    let url = server.url().replace("127.0.0.1", "twice");
    for flags in [
        &["run", "--requests", "9", "--concurrency", "1"][..],
        &["find-rate", "--slo", "errors=0", "--from", "1", "--to", "1", "--probe", "10ms"],
        &["silent", "--connections", "2"],
        &["check", "--stage", "5", "--only", "event-accepted"],
    ] {
        client(&[flags, &["--url", &url]].concat()).exits(0);
    }
}

/// Limits the local ports to some that are unused.
fn limit_ports(first: usize) {
    let range = format!("{first} {}", first + PORTS - 1);
    fs::write("/proc/sys/net/ipv4/ip_local_port_range", range).unwrap();
}

fn ports_run_out() {
    let server = accepting();
    limit_ports(20_000);
    let flags = ["--url", &server.url(), "--requests", "500", "--concurrency", "50", "--json", "-"];
    let finished = client(&flags);
    let report = finished.json();
    assert!(report["errors"]["ports"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(report["errors"]["ports"], report["errors"]["total"], "{report}");
    assert_eq!(report["limit"]["by"], "client", "{report}");
    finished.says("no local port");
}

fn no_port() {
    let server = accepting();
    limit_ports(20_100);
    let address = server.url().replace("http://", "");
    let taken: Vec<_> = (0..PORTS).map(|_| TcpStream::connect(&address)).collect();
    assert!(taken.iter().all(Result::is_ok), "{taken:?}");
    let url = server.url();
    for flags in
        [&["run"][..], &["find-rate", "--slo", "errors=0"], &["check", "--stage", "5"], &["silent"]]
    {
        client(&[flags, &["--url", &url]].concat()).exits(3).says("no local port left");
    }
}
