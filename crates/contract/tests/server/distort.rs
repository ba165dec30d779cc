//! Faults of answers and of the reading of requests, as changes of their bytes.

use super::Fault;
use serde_json::Value;

/// Returns true for the answer to bytes that are not HTTP.
pub fn is_invalid_http(answer: &[u8]) -> bool {
    String::from_utf8_lossy(answer).contains("invalid_http")
}

/// Returns what a server with this fault reads.
pub fn request(fault: Fault, bytes: &[u8]) -> Vec<u8> {
    const NAMES: [&str; 6] =
        ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Content-Encoding"];
    let mut bytes = bytes.to_vec();
    if fault != Fault::CaseSensitive {
        return bytes;
    }
    for name in NAMES {
        let line = format!("\r\n{name}:");
        for at in 0..bytes.len().saturating_sub(line.len()) {
            let found = &mut bytes[at..at + line.len()];
            // A field of another spelling is another field.
            if found.eq_ignore_ascii_case(line.as_bytes()) && found != line.as_bytes() {
                found[2] = b'_';
            }
        }
    }
    bytes
}

/// Returns the answer that a server with this fault sends.
pub fn answer(fault: Fault, bytes: Vec<u8>) -> Vec<u8> {
    let Ok(text) = String::from_utf8(bytes.clone()) else { return bytes };
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return bytes };
    let is_error = body.contains("\"status\":\"error\"");
    match fault {
        Fault::Accepts200 => with(head.replace("202 Accepted", "200 OK"), body),
        Fault::Refuses422 if body.contains("invalid_json") => {
            with(head.replace("400 Bad Request", "422 Unprocessable Content"), body)
        }
        Fault::LibraryBodies if is_error => framed(head, "<h1>Error</h1>"),
        Fault::NoDetail if is_error => {
            let start = body.find(",\"detail\"").unwrap_or(body.len() - 1);
            framed(head, &format!("{}}}", &body[..start]))
        }
        Fault::NoDate => with(without(head, "Date"), body),
        Fault::NoRetryAfter => with(without(head, "Retry-After"), body),
        Fault::Unsorted if body.starts_with("{\"check") => {
            let Ok(Value::Object(balances)) = serde_json::from_str(body) else { return bytes };
            let lines: Vec<String> = balances
                .iter()
                .rev()
                .map(|(user, balance)| format!("{}:{balance}", Value::from(user.as_str())))
                .collect();
            framed(head, &format!("{{{}}}", lines.join(",")))
        }
        _ => bytes,
    }
}

fn with(head: String, body: &str) -> Vec<u8> {
    format!("{head}\r\n\r\n{body}").into_bytes()
}

fn without(head: &str, name: &str) -> String {
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with(name)).collect();
    kept.join("\r\n")
}

/// Returns an answer with another body.
fn framed(head: &str, body: &str) -> Vec<u8> {
    let head = without(head, "Content-Length");
    with(format!("{head}\r\nContent-Length: {}", body.len()), body)
}
