//! The upper bound: parses nothing, queues nothing, and sends a constant answer. It measures the
//! cost of one thread's system calls.

use std::io;

use clap::Parser;
use peers::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ANSWER: &[u8] = b"HTTP/1.1 202 Accepted\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
    Content-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"status\":\"accepted\"}";

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let args = Args::parse();
    let listener = peers::listen(args.listen)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream));
    }
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut buf = vec![0; 16 * 1024];
    let mut answers: Vec<u8> = Vec::new();
    loop {
        let read = stream.read(&mut buf).await?;
        if read == 0 {
            return Ok(());
        }
        // Each request ends with the only closing brace in it.
        let requests = memchr::memchr_iter(b'}', &buf[..read]).count();
        while answers.len() < requests * ANSWER.len() {
            answers.extend_from_slice(ANSWER);
        }
        stream.write_all(&answers[..requests * ANSWER.len()]).await?;
    }
}
