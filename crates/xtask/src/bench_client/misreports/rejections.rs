//! A server that rejects nearly everything: who calls that a success?

use std::io;

use harness::server::Server;

use super::super::client::{Client, Load};
use super::super::running::Running;
use super::super::server::{Books, FULL};
use super::super::told::Told;
use super::{Misreport, Stand};

/// Less than this share rejected is another situation.
const REJECTED_MIN: f64 = 0.99;

pub fn bring(stand: &Stand, client: Client) -> io::Result<Vec<Misreport>> {
    let server = Server::start(&stand.server, &FULL)?;
    let Stand { connections, seconds, .. } = *stand;
    let load = Load { url: &server.url(), connections, seconds, rate: None };
    let mut command = stand.clients.command(client, load);
    // The others have no way to say what is expected.
    let flags: &[&str] = if client.is_ours() { &["--expect", "rejected=0"] } else { &[] };
    command.args(flags);
    let ended = Running::start(command)?.end(seconds, |_| {})?;
    let told = Told::read(client, &ended)?;
    let books = Books::at_rest(&server)?;
    if (books.rejected as f64) < books.received as f64 * REJECTED_MIN {
        return Err(io::Error::other(format!("the queue was not full: {books}")));
    }
    let (misreports, verdict) = judge(client, &told, &books, ended.status.success());
    let status = ended.status.code().map_or("none".to_owned(), |code| code.to_string());
    Ok(vec![Misreport {
        about: "rejections",
        client,
        flags,
        said: format!("{}; exit status {status}", told.words),
        truth: books.to_string(),
        judgement: misreports.into(),
        verdict,
    }])
}

fn judge(client: Client, told: &Told, books: &Books, succeeded: bool) -> (bool, String) {
    let more = told.successes.saturating_sub(books.accepted);
    if more > 0 {
        return (true, format!("counts {more} of the rejected among its successes"));
    }
    let (misreports, verdict) = match (client.is_ours(), told.agrees(books), succeeded) {
        (false, ..) => (false, "sets the rejected apart, by their status"),
        (true, false, _) => (true, "its counts are not the server's"),
        (true, true, true) => (true, "its exit status knows nothing of the failed expectation"),
        (true, true, false) => (false, "to the unit, and the expectation failed"),
    };
    (misreports, verdict.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_is_what_was_accepted_and_the_stress_client_is_exact() {
        let books = Books { received: 100, accepted: 2, rejected: 98 };
        let judge = |client, answers, successes, succeeded| {
            let told = Told { answers, successes, ..Told::default() };
            judge(client, &told, &books, succeeded).0
        };
        assert!(judge(Client::Oha, 100, 100, true) && !judge(Client::Hey, 90, 2, true));
        assert!(!judge(Client::Ours, 100, 2, false));
        assert!(judge(Client::Ours, 99, 2, false) && judge(Client::Ours, 100, 2, true));
    }
}
