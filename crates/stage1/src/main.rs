//! Stage 1: a blocking server. It serves one connection to its end before it accepts the next, so
//! one silent client freezes it for everybody.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use std::{process, thread};

use clap::{Parser, ValueEnum};

/// Stage 1: blocking, one connection at a time
#[derive(Debug, Parser)]
struct Args {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// How connections are served
    #[arg(long, value_name = "WAY", default_value = "one")]
    connections: Connections,
    /// Timeout for each read from a client; it shortens a freeze and does not prevent it
    #[arg(long, value_name = "TIME", value_parser = positive)]
    read_timeout: Option<Duration>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Connections {
    One,
    Thread,
}

fn main() {
    let args = Args::parse();
    let listener = TcpListener::bind(&args.listen).unwrap_or_else(|error| {
        eprintln!("cannot listen on {}: {error}", args.listen);
        process::exit(1)
    });
    if let Ok(address) = listener.local_addr() {
        let _ = writeln!(io::stdout(), "listening on http://{address}");
    }
    loop {
        let Ok((stream, client)) = listener.accept() else { continue };
        let serve = move || match echo(stream, args.read_timeout) {
            Ok(length) => eprintln!("{client}: echoed {length} bytes"),
            Err(error) => eprintln!("{client}: {error}"),
        };
        match args.connections {
            Connections::One => serve(),
            // Another way: a thread per connection, each with a stack of its own.
            Connections::Thread => {
                if let Err(error) = thread::Builder::new().spawn(serve) {
                    eprintln!("{client}: no thread: {error}");
                }
            }
        }
    }
}

/// Reads one request, a head and as many bytes as its Content-Length says, and sends them back.
fn echo(stream: TcpStream, read_timeout: Option<Duration>) -> io::Result<usize> {
    stream.set_read_timeout(read_timeout)?;
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
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
    stream.read_exact(&mut body)?;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.get_mut().write_all(&[head.as_bytes(), &body].concat())?;
    Ok(length)
}

fn positive(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let refusal = || "must be more than zero".to_owned();
    (!duration.is_zero()).then_some(duration).ok_or_else(refusal)
}
