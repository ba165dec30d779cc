//! Silent connections and a normal request.

use crate::client::client;
use crate::server::{ACCEPTED, Server, answer};
use serde_json::Value;
use std::io::Read;
use std::net::TcpListener;
use std::thread;

#[test]
fn a_server_that_still_answers_is_status_0() {
    // Any answer counts.
    for status in [200, 404, 503] {
        let server = Server::start(move |stream, _| answer(stream, status, ACCEPTED));
        let flags = ["silent", "--connections", "20", "--timeout", "1h", "--url"];
        let finished = client(&[&flags[..], &[&server.url()]].concat()).exits(0);
        let text = format!("answered with {status} in ");
        assert!(finished.stdout().starts_with(&text), "{finished}");
        assert!(finished.stdout().contains("while 20 silent connections are open"));
        assert_eq!(server.requests(), 1);
        // The silent connections and the probe.
        assert_eq!((server.peak(), server.connections()), (21, 21));
    }
}

#[test]
fn more_than_one_batch_is_opened() {
    let server = Server::answering(200, ACCEPTED);
    let flags = ["silent", "--connections", "250", "--url", &server.url()];
    client(&flags).exits(0);
    assert_eq!(server.peak(), 251);
}

#[test]
fn a_frozen_server_is_status_1() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Serves one connection at a time until it is closed; the first silent one never is. The thread
    // ends with the process.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut request = Vec::new();
            let _ = stream.unwrap().read_to_end(&mut request);
        }
    });
    let flags = ["silent", "--timeout", "200ms", "--json", "-", "--url", &url];
    let finished =
        client(&flags).exits(1).says("no answer within 200ms while 20 silent connections are open");
    let report: Value = serde_json::from_str(finished.stdout()).unwrap();
    assert_eq!(report["schema"], 1);
    assert_eq!(report["silent"], 20);
    assert_eq!(report["answered"], false);
    assert!(report["seconds"].is_number() && report["status"].is_null());
}
