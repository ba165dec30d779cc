//! The order and the batching of writes.

use connection::Connection;
use protocol::{Reply, Status};

use crate::wire::{GET, LIMITS, POST, ROUTES, end_of, serve, settle, wire};

#[tokio::test(start_paused = true)]
async fn answers_to_pipelined_requests_are_written_together() {
    let (client, server) = serve();
    client.send([GET, POST, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", POST, GET].concat());
    settle().await;
    assert_eq!(client.writes().len(), 1);
    assert_eq!(client.statuses(), [200, 200, 404, 200, 200]);
    client.send_end();
    assert_eq!(end_of(server).await, ["GET /balances", "POST / hi", "POST / hi", "GET /balances"]);
}

#[tokio::test(start_paused = true)]
async fn every_answer_is_flushed_before_the_server_waits() {
    let (client, _server) = serve();
    for count in 1..=3 {
        client.send(POST);
        settle().await;
        assert_eq!((client.writes().len(), client.flushes()), (count, count));
        assert!(!client.sees_end());
    }
    // An incomplete next request does not delay an answer.
    client.send([POST, &POST[..POST.len() - 1]].concat());
    settle().await;
    assert_eq!(client.statuses(), [200; 4]);
    client.send("i");
    settle().await;
    assert_eq!(client.statuses(), [200; 5]);
}

#[tokio::test(start_paused = true)]
async fn a_request_may_come_byte_by_byte_and_its_answer_be_taken_so() {
    let (client, server) = serve();
    client.at_a_time(1);
    client.send([POST, GET].concat());
    client.send_end();
    assert_eq!(end_of(server).await, ["POST / hi", "GET /balances"]);
    assert_eq!(client.statuses(), [200, 200]);
    assert!(client.writes().iter().all(|write| write.len() == 1));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_answers_gets_no_more_work_done() {
    let (client, stream) = wire();
    client.take(0);
    client.send(GET.repeat(400));
    let mut connection = Connection::new(stream, ROUTES, LIMITS);
    let mut served = 0;
    // Large answers to small requests: 40 MB if all were buffered.
    while connection.next().await.is_some() {
        served += 1;
        connection.reply(&Reply::json(Status::Ok, &"m".repeat(100_000)));
    }
    assert_eq!(served, 1);
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_head_ends_after_its_head() {
    let (client, _server) = serve();
    client.send("HEAD /balances HTTP/1.1\r\nHost: h\r\n\r\n");
    settle().await;
    let answer = client.received();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("\r\nContent-Length: 21\r\n"), "{answer}");
    client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\nHEAD /\0");
    settle().await;
    assert_eq!(client.statuses(), [200, 404, 405, 400]);
    assert!(!client.received().contains('{'), "{}", client.received());
}

#[tokio::test(start_paused = true)]
async fn options_and_faults_are_answered_without_the_server() {
    let (client, server) = serve();
    client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\nOPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.send("BREW / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.send_end();
    assert!(end_of(server).await.is_empty());
    assert_eq!(client.statuses(), [204, 204, 501, 405]);
    let answers = client.received();
    let allow: Vec<&str> = answers.split("\r\n").filter(|line| line.starts_with("Allow")).collect();
    let everywhere = "Allow: GET, HEAD, OPTIONS, POST";
    assert_eq!(allow, [everywhere, "Allow: OPTIONS, POST", "Allow: OPTIONS, POST"]);
    assert!(answers.split("HTTP/1.1 ").skip(1).all(|answer| answer.contains("\r\nDate: ")));
}

#[tokio::test(start_paused = true)]
async fn continue_is_sent_after_earlier_answers() {
    let (client, server) = serve();
    client.send(GET);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    settle().await;
    assert_eq!(client.statuses(), [200, 100]);
    assert_eq!(client.writes().len(), 1);
    client.send("hi");
    settle().await;
    assert_eq!(client.statuses(), [200, 100, 200]);
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    client.send_end();
    assert_eq!(end_of(server).await, ["GET /balances", "POST / hi"]);
    assert_eq!(client.statuses(), [200, 100, 200, 404]);
    assert!(client.received().contains("\r\nConnection: close\r\n"));
}

#[tokio::test(start_paused = true)]
async fn http_1_0_answers_state_whether_the_connection_stays_open() {
    let (client, server) = serve();
    client.send("GET /balances HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    settle().await;
    assert!(client.received().contains("\r\nConnection: keep-alive\r\n"));
    assert!(!client.sees_end());
    client.send(["GET /balances HTTP/1.0\r\n\r\n", GET].concat());
    client.send_end();
    assert_eq!(end_of(server).await, ["GET /balances", "GET /balances"]);
    assert!(client.writes()[1].contains("\r\nConnection: close\r\n"));
}

#[tokio::test(start_paused = true)]
async fn the_server_chooses_the_answer_and_with_it_the_end() {
    use protocol::Rejection::{ServerBusy, ShuttingDown};
    let (client, stream) = wire();
    let mut connection = Connection::new(stream, ROUTES, LIMITS);
    client.send([POST, POST, POST].concat());
    client.send_end();
    for reply in [Reply::accepted(Status::Accepted), Reply::rejected(ServerBusy)] {
        assert!(connection.next().await.is_some());
        connection.reply(&reply);
    }
    assert!(connection.next().await.is_some());
    connection.reply(&Reply::rejected(ShuttingDown));
    assert!(connection.next().await.is_none());
    assert_eq!(client.statuses(), [202, 503, 503]);
    assert_eq!(client.received().matches("Connection: close").count(), 1);
}
