//! Stage 2: an async server. Each connection is a task of its own, and a task that waits for its
//! client leaves the one thread to the others.

use std::io::{self, Write as _};
use std::net::ToSocketAddrs as _;
use std::process;

use clap::Parser;
use socket2::SockRef;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Stage 2: async, one task for each connection
#[derive(Debug, Parser)]
struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args = Args::parse();
    let listener = bind(&args.listen).await.unwrap_or_else(|error| {
        eprintln!("cannot listen on {}: {error}", args.listen);
        process::exit(1)
    });
    // The length of the accept queue; a client that finds it full tries again after 1 s.
    let _ = SockRef::from(&listener).listen(1024);
    if let Ok(address) = listener.local_addr() {
        let _ = writeln!(io::stdout(), "listening on http://{address}");
    }
    loop {
        let Ok((stream, client)) = listener.accept().await else { continue };
        tokio::spawn(async move {
            match echo(stream).await {
                Ok(length) => eprintln!("{client}: echoed {length} bytes"),
                Err(error) => eprintln!("{client}: {error}"),
            }
        });
    }
}

/// Resolves the address on this thread: tokio would start another one for it, and panic if it
/// cannot.
async fn bind(address: &str) -> io::Result<TcpListener> {
    let addresses: Vec<_> = address.to_socket_addrs()?.collect();
    TcpListener::bind(&*addresses).await
}

/// Reads one request, a head and as many bytes as its Content-Length says, and sends them back.
async fn echo(stream: TcpStream) -> io::Result<usize> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.get_mut().write_all(&[head.as_bytes(), &body].concat()).await?;
    Ok(length)
}
