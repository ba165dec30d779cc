//! Servers that are none of stage 10: those of another stage, and those that never end.

use super::Fault;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::sleep;
use std::time::Duration;

/// Serves a connection with such a fault; returns false for any other.
pub fn serve(fault: Fault, mut stream: &TcpStream) -> bool {
    let (head, more): (&str, Vec<u8>) = match fault {
        Fault::EchoesLikeStage1 => {
            echo(stream);
            return true;
        }
        Fault::Silent => ("", Vec::new()),
        Fault::ByteByByte => ("", b"x".to_vec()),
        Fault::EndlessHead => ("HTTP/1.1 200 OK\r\n", b"X-More: a\r\n".repeat(1000)),
        Fault::EndlessBody => (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10\r\n0123456789abcdef\r\n".repeat(3000),
        ),
        Fault::EndlessContinue => ("", b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1000)),
        _ => return false,
    };
    if fault == Fault::Silent {
        let _ = stream.read_to_end(&mut Vec::new());
        return true;
    }
    let _ = stream.read(&mut [0; 4096]);
    if fault == Fault::ByteByByte {
        for byte in "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".bytes() {
            if stream.write_all(&[byte]).is_err() {
                break;
            }
            sleep(Duration::from_secs(1));
        }
        return true;
    }
    let mut result = stream.write_all(head.as_bytes());
    while result.is_ok() {
        result = stream.write_all(&more);
    }
    true
}

/// Reads a head and the body of its length, and echoes the body.
fn echo(mut stream: &TcpStream) {
    let (mut seen, mut byte) = (Vec::new(), [0]);
    while !seen.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        seen.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&seen).to_ascii_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    let _ = stream.read_exact(&mut body);
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}
