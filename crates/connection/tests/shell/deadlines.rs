//! Timeouts: for a request, between requests, and for an answer.

use std::time::Duration;

use connection::Connection;
use protocol::{Reply, Status};
use tokio::time::{Instant, advance};

use crate::wire::{GET, LIMITS, POST, ROUTES, end_of, pass, serve, settle, wire};

/// Sends one byte a second, and returns the number sent before the answer.
async fn trickle(bytes: &str) -> (u64, Vec<u16>) {
    let (client, server) = serve();
    for (seconds, byte) in bytes.bytes().enumerate() {
        client.send([byte]);
        settle().await;
        if !client.statuses().is_empty() {
            client.send_end();
            assert!(end_of(server).await.is_empty());
            assert!(client.received().contains("\r\nConnection: close\r\n"));
            return (seconds as u64, client.statuses());
        }
        pass(1).await;
    }
    panic!("never answered");
}

#[tokio::test(start_paused = true)]
async fn a_request_has_one_deadline_however_it_trickles() {
    let field = format!("GET /balances HTTP/1.1\r\nX: {}", "x".repeat(600));
    assert_eq!(trickle(&field).await, (10, vec![408]));
    assert_eq!(trickle(&"G".repeat(600)).await, (10, vec![408]));
}

#[tokio::test(start_paused = true)]
async fn a_body_is_a_part_of_its_request() {
    for head in ["Content-Length: 500\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1f4\r\n"] {
        let (client, server) = serve();
        client.send("POST / HTTP/1.1\r\nHost: h\r\n");
        pass(5).await;
        client.send(head);
        for _ in 0..4 {
            pass(1).await;
            client.send("x");
            assert!(client.statuses().is_empty());
        }
        pass(2).await;
        assert_eq!(client.statuses(), [408]);
        client.send_end();
        assert!(end_of(server).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn input_that_arrived_while_the_process_was_suspended_is_in_time() {
    let (client, server) = serve();
    client.at_a_time(1);
    client.send("G");
    settle().await;
    // The rest has arrived when the server next polls, after the timeout.
    client.send(&GET[1..]);
    advance(Duration::from_secs(11)).await;
    settle().await;
    assert_eq!(client.statuses(), [200]);
    // A whole request, after the idle timeout.
    client.send(GET);
    advance(Duration::from_secs(61)).await;
    client.send_end();
    assert_eq!(end_of(server).await.len(), 2);
    assert_eq!(client.statuses(), [200, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_always_has_a_byte_ready_runs_out_of_time_all_the_same() {
    let (client, server) = serve();
    client.at_a_time(1);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    settle().await;
    client.send("1\r\nx\r\n".repeat(50_000));
    client.send_end();
    advance(Duration::from_secs(11)).await;
    assert!(end_of(server).await.is_empty());
    assert_eq!(client.statuses(), [408]);
}

#[tokio::test(start_paused = true)]
async fn each_request_has_its_own_time() {
    let (client, _server) = serve();
    for _ in 0..5 {
        client.send(&POST[..20]);
        pass(7).await;
        client.send(&POST[20..]);
        settle().await;
    }
    assert_eq!(client.statuses(), [200; 5]);
    // Refused requests too.
    for _ in 0..5 {
        client.send("GET /x HTTP");
        pass(7).await;
        client.send("/1.1\r\nHost: h\r\n\r\n");
        settle().await;
    }
    assert_eq!(client.statuses()[5..], [404; 5]);
}

#[tokio::test(start_paused = true)]
async fn the_time_that_the_server_takes_is_not_the_clients() {
    let (client, stream) = wire();
    let mut connection = Connection::new(stream, ROUTES, LIMITS);
    client.send([POST, &POST[..30]].concat());
    assert!(connection.next().await.is_some());
    pass(100).await;
    connection.reply(&Reply::accepted(Status::Ok));
    let server = tokio::spawn(async move { connection.next().await.is_some() });
    pass(9).await;
    client.send(&POST[30..]);
    assert!(end_of(server).await);
    assert_eq!(client.statuses(), [200]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_closes_without_an_answer() {
    let (client, server) = serve();
    let start = Instant::now();
    assert!(end_of(server).await.is_empty());
    assert_eq!(start.elapsed().as_secs(), 60);
    assert!(client.received().is_empty() && client.sees_end());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_has_its_time_after_each_request() {
    let (client, server) = serve();
    for _ in 0..3 {
        pass(50).await;
        client.send(GET);
    }
    let start = Instant::now();
    assert_eq!(end_of(server).await.len(), 3);
    assert_eq!(start.elapsed().as_secs(), 60);
    assert_eq!(client.statuses(), [200; 3]);
    assert!(!client.received().contains("Connection"));
}

#[tokio::test(start_paused = true)]
async fn an_empty_line_is_no_beginning_of_a_request() {
    let (client, server) = serve();
    client.send([POST, "\r\n"].concat());
    pass(30).await;
    assert!(!client.sees_end());
    client.send(GET);
    assert_eq!(end_of(server).await, ["POST / hi", "GET /balances"]);
    assert_eq!(client.statuses(), [200, 200]);
}

#[tokio::test(start_paused = true)]
async fn a_client_has_to_take_its_answer() {
    let (client, server) = serve();
    client.take(50);
    client.send(GET);
    let start = Instant::now();
    assert_eq!(end_of(server).await, ["GET /balances"]);
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(client.received().len(), 50);
    assert!(client.sees_end());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_a_little_now_and_then_is_waited_for() {
    let (client, server) = serve();
    client.take(0);
    client.send([GET, GET].concat());
    for _ in 0..20 {
        pass(9).await;
        client.take(40);
        settle().await;
    }
    assert_eq!(client.statuses(), [200, 200]);
    assert!(client.received().ends_with("}"));
    client.send_end();
    assert_eq!(end_of(server).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_went_away_is_no_error() {
    let (client, server) = serve();
    client.send(&POST[..30]);
    settle().await;
    client.reset();
    assert!(end_of(server).await.is_empty());
    let (client, server) = serve();
    client.take(0);
    client.send(POST);
    settle().await;
    client.reset();
    assert_eq!(end_of(server).await, ["POST / hi"]);
}
