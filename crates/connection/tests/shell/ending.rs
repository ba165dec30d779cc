//! The end of a connection: by the client, by a fault, by the server.

use connection::Connection;
use protocol::{Reply, Status};
use tokio::time::Instant;

use crate::wire::{Client, GET, LIMITS, POST, ROUTES, Stream, end_of, pass, serve, settle, wire};

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_its_side_still_gets_every_answer() {
    let (client, server) = serve();
    client.send([POST, GET, POST].concat());
    client.send_end();
    assert_eq!(end_of(server).await, ["POST / hi", "GET /balances", "POST / hi"]);
    assert_eq!(client.statuses(), [200; 3]);
    // An empty line after the last request does not start another.
    let (client, server) = serve();
    client.send([POST, "\r\n"].concat());
    client.send_end();
    assert_eq!(end_of(server).await, ["POST / hi"]);
    assert_eq!(client.statuses(), [200]);
}

#[tokio::test(start_paused = true)]
async fn half_a_request_and_no_more_is_a_fault() {
    for half in [&POST[..1], &POST[..20], &POST[..POST.len() - 1], "\r"] {
        let (client, server) = serve();
        client.send([GET, half].concat());
        client.send_end();
        assert_eq!(end_of(server).await, ["GET /balances"]);
        assert_eq!(client.statuses(), [200, 400]);
        assert!(client.received().contains("invalid_http"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_gets_no_answer() {
    let (client, server) = serve();
    client.send_end();
    assert!(end_of(server).await.is_empty());
    assert!(client.received().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_behind_a_fault_is_answered() {
    for (fault, status) in [
        ("GET /balances HTTP/1.1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n", 413),
        ("GET / HTTP/2.0\r\n\r\n", 505),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417),
    ] {
        let (client, server) = serve();
        client.send([POST, fault, GET, GET].concat());
        settle().await;
        client.send([GET, fault].concat());
        client.send_end();
        assert_eq!(end_of(server).await, ["POST / hi"]);
        assert_eq!(client.statuses(), [200, status]);
        assert_eq!(client.received().matches("Connection: close").count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn after_an_early_answer_the_connection_is_shut_down_and_drained() {
    let (client, server) = serve();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
    settle().await;
    assert_eq!(client.statuses(), [413]);
    assert!(client.sees_end(), "shut down, so that the client sees the answer's end");
    assert!(!server.is_finished());
    for _ in 0..10 {
        client.send([b'x'; 100_000]);
        settle().await;
        assert_eq!(client.unread(), 0, "read and dropped: unread bytes would be a reset");
    }
    assert!(!server.is_finished());
    client.send_end();
    assert!(end_of(server).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn reading_after_an_early_answer_is_bounded() {
    // A client that does not close.
    let (client, server) = serve();
    let start = Instant::now();
    client.send("GET / HTTP/2.0\r\n\r\n");
    assert!(end_of(server).await.is_empty());
    assert!(start.elapsed().as_secs() <= 2);
    // A client that keeps sending slowly.
    let (client, server) = serve();
    client.send("GET / HTTP/2.0\r\n\r\n");
    let start = Instant::now();
    while !server.is_finished() {
        client.send("x");
        settle().await;
        assert!(start.elapsed().as_secs() <= 2);
    }
    // A client that sends endlessly.
    let (client, server) = serve();
    client.send("GET / HTTP/2.0\r\n\r\n");
    client.send(vec![b'x'; 20 * 1024 * 1024]);
    assert!(end_of(server).await.is_empty());
    assert!(client.unread() > 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_after_the_answer_that_says_so() {
    let (client, server) = serve();
    client.send(["GET /balances HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", GET].concat());
    settle().await;
    assert_eq!(client.statuses(), [200]);
    assert!(client.sees_end() && client.received().contains("\r\nConnection: close\r\n"));
    client.send_end();
    assert_eq!(end_of(server).await, ["GET /balances"]);
}

/// Creates a connection on which `next` was not called yet.
fn connection() -> (Client, Connection<&'static str, Stream>) {
    let (client, stream) = wire();
    (client, Connection::new(stream, ROUTES, LIMITS))
}

/// Serves until the connection ends, and returns the number of requests.
async fn serve_all(mut connection: Connection<&'static str, Stream>) -> usize {
    let mut count = 0;
    while connection.next().await.is_some() {
        connection.reply(&Reply::accepted(Status::Ok));
        count += 1;
    }
    count
}

/// Polls `next` until the connection has nothing to do, then calls `finish`.
async fn finish_while_it_waits(connection: &mut Connection<&'static str, Stream>) {
    tokio::select! {
        biased;
        request = connection.next() => panic!("no request expected: {request:?}"),
        () = settle() => {}
    }
    connection.finish();
}

#[tokio::test(start_paused = true)]
async fn finish_ends_an_idle_connection_at_once() {
    let (client, mut connection) = connection();
    finish_while_it_waits(&mut connection).await;
    let start = Instant::now();
    assert_eq!(serve_all(connection).await, 0);
    assert!(start.elapsed().as_millis() < 10);
    assert!(client.received().is_empty() && client.sees_end());
}

#[tokio::test(start_paused = true)]
async fn finish_ends_a_connection_between_two_requests_at_once() {
    for between in ["", "\r\n"] {
        let (client, mut connection) = connection();
        client.send([POST, between].concat());
        assert!(connection.next().await.is_some());
        connection.reply(&Reply::accepted(Status::Ok));
        finish_while_it_waits(&mut connection).await;
        let start = Instant::now();
        assert_eq!(serve_all(connection).await, 0);
        assert!(start.elapsed().as_millis() < 10);
        assert_eq!(client.statuses(), [200]);
    }
}

#[tokio::test(start_paused = true)]
async fn finish_waits_for_the_other_half_of_a_request() {
    for cut in [1, 30, POST.len() - 1] {
        let (client, mut connection) = connection();
        client.send(&POST[..cut]);
        finish_while_it_waits(&mut connection).await;
        let server = tokio::spawn(serve_all(connection));
        pass(5).await;
        assert!(!client.sees_end());
        client.send([&POST[cut..], GET].concat());
        settle().await;
        assert_eq!(client.statuses(), [200], "and no later request");
        assert!(client.received().contains("\r\nConnection: close\r\n"));
        client.send_end();
        assert_eq!(end_of(server).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn finish_gives_half_a_request_no_more_time_than_it_had() {
    let (client, mut connection) = connection();
    client.send(&POST[..30]);
    let start = Instant::now();
    finish_while_it_waits(&mut connection).await;
    let server = tokio::spawn(serve_all(connection));
    while client.statuses().is_empty() {
        settle().await;
    }
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(client.statuses(), [408]);
    client.send_end();
    assert_eq!(end_of(server).await, 0);
}

#[tokio::test(start_paused = true)]
async fn finish_still_answers_what_had_arrived_unread() {
    let (client, mut connection) = connection();
    finish_while_it_waits(&mut connection).await;
    client.send([POST, GET].concat());
    client.send_end();
    assert_eq!(serve_all(connection).await, 1);
    assert_eq!(client.statuses(), [200]);
    assert!(client.received().contains("\r\nConnection: close\r\n"));
}

#[tokio::test(start_paused = true)]
async fn finish_still_answers_the_request_in_hand() {
    let (client, mut connection) = connection();
    client.send([POST, GET].concat());
    client.send_end();
    assert!(connection.next().await.is_some());
    connection.finish();
    connection.reply(&Reply::accepted(Status::Ok));
    assert_eq!(serve_all(connection).await, 0);
    assert_eq!(client.statuses(), [200]);
    assert!(client.received().contains("\r\nConnection: close\r\n"));
}

#[tokio::test(start_paused = true)]
async fn finish_answers_a_fault_and_options_like_any_other_request() {
    for (request, status) in [
        ("GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 404),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 204),
        ("GET / HTTP/2.0\r\n\r\n", 505),
    ] {
        let (client, mut connection) = connection();
        connection.finish();
        client.send([request, GET].concat());
        client.send_end();
        assert_eq!(serve_all(connection).await, 0);
        assert_eq!(client.statuses(), [status]);
        assert!(client.received().contains("\r\nConnection: close\r\n"));
    }
}
