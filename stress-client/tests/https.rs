//! A run over HTTPS against `openssl s_server`, in a build with `--features https`.

use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(arguments.split_whitespace());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Sends 20 requests to a server on a port, with the root certificates of a file.
fn run(port: u16, roots: &Path, engine: &str) -> Output {
    let url = format!("https://localhost:{port}/");
    let mut command = Command::new(env!("CARGO_BIN_EXE_stress-client"));
    command.env("SSL_CERT_FILE", roots).args(["--url", &url, "--engine", engine, "--json", "-"]);
    command.args(["--requests", "20", "--concurrency", "1", "--method", "GET"]);
    command.args(["--outcomes", "http"]).output().unwrap()
}

#[test]
fn the_certificate_has_to_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["trusted", "other"] {
        let create = format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
             -addext subjectAltName=DNS:localhost -addext basicConstraints=CA:FALSE \
             -keyout {name}.key -out {name}.pem"
        );
        assert!(openssl(folder, &create).status().unwrap().success());
    }
    // The port stays free for the server, which cannot take one by itself.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serve =
        format!("s_server -accept 127.0.0.1:{port} -cert trusted.pem -key trusted.key -www");
    let _server = Server(openssl(folder, &serve).spawn().unwrap());
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }

    let report = |output: &Output| serde_json::from_slice::<Value>(&output.stdout).unwrap();
    let trusted = run(port, &folder.join("trusted.pem"), "reqwest");
    assert_eq!(report(&trusted)["accepted"], 20, "{trusted:?}");
    let other = run(port, &folder.join("other.pem"), "reqwest");
    let errors = &report(&other)["errors"];
    assert_eq!([&errors["total"], &errors["not_sent"]], [20, 20], "{other:?}");
    assert!(String::from_utf8_lossy(&other.stderr).contains("certificate"), "{other:?}");
    let raw = run(port, &folder.join("trusted.pem"), "raw");
    assert_eq!(raw.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&raw.stderr).contains("raw: use reqwest"), "{raw:?}");
}
