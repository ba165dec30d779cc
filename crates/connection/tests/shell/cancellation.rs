//! Drops `next` wherever it waits and calls it again: nothing is lost or duplicated.

use connection::Connection;
use protocol::{Reply, Status};

use crate::wire::{GET, LIMITS, POST, ROUTES, wire};

/// Serves a stream to its end, and returns the requests and the output without dates. With
/// `cancel`, no
/// `next` is polled twice.
async fn served(stream: &str, cancel: bool) -> (Vec<String>, String) {
    let (client, end) = wire();
    client.be_reluctant();
    client.at_a_time(3);
    client.send(stream);
    client.send_end();
    let mut connection = Connection::new(end, ROUTES, LIMITS);
    let mut seen = Vec::new();
    loop {
        let request = tokio::select! {
            biased;
            request = connection.next() => request,
            () = tokio::task::yield_now(), if cancel => continue,
        };
        let Some(request) = request else { break };
        seen.push(format!("{} {:?}", request.resource, request.body));
        connection.reply(&Reply::accepted(Status::Ok));
    }
    let received = client.received();
    let dated = |line: &&str| !line.starts_with("Date: ");
    (seen, received.split("\r\n").filter(dated).collect::<Vec<_>>().join("\n"))
}

#[tokio::test(start_paused = true)]
async fn next_can_be_dropped_at_any_point_where_it_waits() {
    let chunked = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\
                   Transfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n5\r\nthere\r\n0\r\nA: b\r\n\r\n";
    for (stream, requests, answers) in [
        ("", 0, 0),
        (GET, 1, 1),
        (chunked, 1, 2),
        (&[POST, chunked, "\r\n", GET].concat(), 3, 4),
        (&[POST, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", GET].concat(), 2, 3),
        (&[POST, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", GET].concat(), 2, 3),
        (&[POST, "GET / HTTP/1.1\r\n\r\n", GET].concat(), 1, 2),
        (&[POST, &POST[..40]].concat(), 1, 2),
        (&GET.repeat(200), 200, 200),
    ] {
        let whole = served(stream, false).await;
        assert_eq!(whole.0.len(), requests);
        assert_eq!(whole.1.matches("HTTP/1.1 ").count(), answers);
        assert_eq!(served(stream, true).await, whole);
    }
}
