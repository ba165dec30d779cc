//! The limit on connections, over real sockets.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use connection::{BindError, Limits, Listener};
use protocol::{Reply, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::wire::{GET, LIMITS, ROUTES};

/// Starts a server with this limit, and returns its address.
async fn server(max_connections: u32) -> SocketAddr {
    let limits = Limits { max_connections, ..LIMITS };
    let listener = Listener::bind("127.0.0.1:0", ROUTES, limits).await.unwrap();
    let address = listener.address().unwrap();
    tokio::spawn(async move {
        loop {
            let mut connection = listener.accept().await;
            tokio::spawn(async move {
                while connection.next().await.is_some() {
                    connection.reply(&Reply::accepted(Status::Ok));
                }
            });
        }
    });
    address
}

/// Reads until the server ends the connection, even with a reset.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let hour = Duration::from_secs(3600);
    match timeout(hour, stream.read_to_end(&mut received)).await.expect("the connection ends") {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => String::from_utf8(received).unwrap(),
    }
}

/// Connects, and checks with a request that the connection was accepted. Retries, since the server
/// may not have noticed yet that another connection has ended.
async fn connected(address: SocketAddr) -> TcpStream {
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(GET.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        if &answer == b"HTTP/1.1 200" {
            return stream;
        }
    }
    panic!("there is no room");
}

/// Sends bytes to a server at its limit, and returns the answer.
async fn send_to_full(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    read_to_end(&mut stream).await
}

/// Stops the clock that `start_paused` would advance whenever all tasks wait for sockets: it stands
/// while a blocking task runs. In a test that hangs it continues, so that the test fails.
fn stop_the_clock() -> std::sync::mpsc::Sender<()> {
    let (stopped, goes_on) = std::sync::mpsc::channel();
    tokio::task::spawn_blocking(move || goes_on.recv_timeout(Duration::from_secs(30)));
    stopped
}

#[tokio::test(start_paused = true)]
async fn a_connection_beyond_the_limit_gets_503_after_its_request() {
    let _clock = stop_the_clock();
    let address = server(2).await;
    let (_first, _second) = (connected(address).await, connected(address).await);
    let body = r#"{"status":"rejected","reason":"too_many_connections"}"#;
    for request in
        [GET, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", "nonsense\r\n", "GET / HTTP/2.0\r\n\r\n"]
    {
        let answer = send_to_full(address, request).await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{request:?}: {answer:?}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer:?}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer:?}");
    }
    // Only the head is read, and only the first request is answered.
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n";
    for request in [head, &[GET, GET].concat(), &"x".repeat(20_000)] {
        let answer = send_to_full(address, request).await;
        assert_eq!(answer.matches("HTTP/1.1 503").count(), 1, "{answer:?}");
    }
    let answer = send_to_full(address, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("\r\n\r\n"), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_place_comes_free_when_its_connection_ends() {
    let _clock = stop_the_clock();
    let address = server(1).await;
    for _ in 0..5 {
        let _only = connected(address).await;
        assert!(send_to_full(address, GET).await.starts_with("HTTP/1.1 503 "));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_request_is_closed_without_an_answer() {
    let clock = stop_the_clock();
    let address = server(1).await;
    let _first = connected(address).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(&GET.as_bytes()[..30]).await.unwrap();
    drop(clock);
    assert_eq!(read_to_end(&mut silent).await, "");
    assert_eq!(read_to_end(&mut half).await, "");
    // A client that disconnects gets no answer either.
    assert_eq!(send_to_full(address, "").await, "");
}

#[tokio::test(start_paused = true)]
async fn at_most_128_clients_are_rejected_at_a_time() {
    let clock = stop_the_clock();
    let address = server(1).await;
    let _first = connected(address).await;
    let mut silent = Vec::new();
    for _ in 0..128 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(send_to_full(address, GET).await, "", "closed: there are 128 already");
    // When one of them disconnects, another client is answered.
    let mut one = silent.pop().unwrap();
    one.write_all(GET.as_bytes()).await.unwrap();
    assert!(read_to_end(&mut one).await.starts_with("HTTP/1.1 503 "));
    drop(one);
    let mut answers = Vec::new();
    while answers.len() < 1000 && answers.last().is_none_or(String::is_empty) {
        answers.push(send_to_full(address, GET).await);
    }
    assert!(answers.last().unwrap().starts_with("HTTP/1.1 503 "));
    drop(clock);
    for stream in &mut silent {
        assert_eq!(read_to_end(stream).await, "");
    }
}

#[tokio::test]
async fn an_accept_that_is_dropped_loses_no_connection() {
    let listener = Listener::bind("127.0.0.1:0", ROUTES, LIMITS).await.unwrap();
    let mut client = TcpStream::connect(listener.address().unwrap()).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    let mut connection = loop {
        tokio::select! {
            biased;
            connection = listener.accept() => break connection,
            () = tokio::task::yield_now() => {}
        }
    };
    assert!(connection.next().await.is_some());
}

#[tokio::test]
async fn finish_still_answers_what_the_system_has_and_the_server_has_not_seen() {
    let listener = Listener::bind("127.0.0.1:0", ROUTES, LIMITS).await.unwrap();
    let mut client = TcpStream::connect(listener.address().unwrap()).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    let mut connection = listener.accept().await;
    connection.finish();
    assert!(connection.next().await.is_some());
    connection.reply(&Reply::accepted(Status::Ok));
    let server = tokio::spawn(async move { connection.next().await.is_none() });
    assert!(read_to_end(&mut client).await.contains("\r\nConnection: close\r\n"));
    drop(client);
    assert!(server.await.unwrap());
}

#[tokio::test]
async fn an_unusable_address_is_a_readable_error() {
    let first = Listener::bind("127.0.0.1:0", ROUTES, LIMITS).await.unwrap();
    let address = first.address().unwrap().to_string();
    let taken: BindError = Listener::bind(&address, ROUTES, LIMITS).await.unwrap_err();
    assert!(taken.to_string().starts_with(&format!("cannot listen on {address}: ")), "{taken}");
    let none = Listener::bind("nowhere", ROUTES, LIMITS).await.unwrap_err();
    assert!(none.to_string().starts_with("cannot listen on nowhere: "), "{none}");
}
