//! The end of a run, when every connection has a request on its way: who forgets those?

use std::io;

use harness::server::Server;

use super::super::client::{Client, Load};
use super::super::running::Running;
use super::super::server::{Books, OPEN};
use super::super::told::Told;
use super::{Misreport, Stand};

pub fn bring(stand: &Stand, client: Client) -> io::Result<Vec<Misreport>> {
    let server = Server::start(&stand.server, &OPEN)?;
    let Stand { connections, seconds, .. } = *stand;
    let load = Load { url: &server.url(), connections, seconds, rate: None };
    let ended = Running::start(stand.clients.command(client, load))?.end(seconds, |_| {})?;
    let told = Told::read(client, &ended)?;
    let books = Books::at_rest(&server)?;
    let (misreports, verdict) = judge(client, &told, &books);
    Ok(vec![Misreport {
        about: "last requests",
        client,
        flags: &[],
        said: told.words,
        truth: books.to_string(),
        judgement: misreports.into(),
        verdict,
    }])
}

fn judge(client: Client, told: &Told, books: &Books) -> (bool, String) {
    if told.agrees(books) {
        return (false, "to the unit".to_owned());
    }
    if client.is_ours() {
        return (true, "its counts are not the server's".to_owned());
    }
    let Told { answers, unanswered, .. } = *told;
    if answers > books.received {
        return (true, format!("{} answers more than requests", answers - books.received));
    }
    let missing = books.received - answers;
    // Of those that it gave up, the server may have had some, or all, or none.
    match missing.checked_sub(unanswered) {
        Some(silent @ 1..) => (true, format!("{silent} received by the server are not told of")),
        _ => (false, format!("{missing} received by the server have no answer, and it says so")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_missing_is_no_misreport() {
        let books = Books { received: 100, accepted: 100, rejected: 0 };
        let judge = |answers, unanswered| {
            let told = Told { answers, successes: answers, unanswered, ..Told::default() };
            judge(Client::Oha, &told, &books).0
        };
        assert!(!judge(100, 0) && !judge(98, 2) && !judge(98, 3));
        assert!(judge(98, 1) && judge(101, 0));
    }
}
