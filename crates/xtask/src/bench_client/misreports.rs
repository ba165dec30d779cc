//! Compares what load generators report in difficult situations with the counters of the server and
//! the system.

mod last_requests;
mod own_limit;
mod rejections;
mod stall;

use std::fmt::{self, Display, Formatter};
use std::io;

use serde::Serialize;

use super::client::Client;
use super::{Setup, with_client};

/// A client's report in a situation, and the facts.
#[derive(Debug, Serialize)]
pub struct Misreport {
    pub about: &'static str,
    pub client: Client,
    /// Flags in addition to the usual ones.
    pub flags: &'static [&'static str],
    pub said: String,
    pub truth: String,
    pub judgement: Judgement,
    pub verdict: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    Right,
    /// The report was false or incomplete.
    Misreports,
    /// The situation did not arise.
    Undecided,
}

/// Measures a client in a situation, once for each set of flags that matters.
type Measure = fn(&Setup, Client) -> io::Result<Vec<Misreport>>;

const SITUATIONS: [(&str, Measure); 4] = [
    ("Is a rejection counted as a success? (The server's queue stays full.)", rejections::measure),
    ("Is every request that the server received in the report?", last_requests::measure),
    ("Does p99 show that the server was stopped for a second?", stall::measure),
    (
        "Does the client report that it was the bottleneck? (It and the server have a core each.)",
        own_limit::measure,
    ),
];

/// Measures every client in every situation, and prints the findings.
pub fn measure(setup: &Setup) -> Result<Vec<Misreport>, String> {
    let mut all = Vec::new();
    for (question, measure) in SITUATIONS {
        println!("{question}");
        for &client in &setup.turns {
            for found in measure(setup, client).map_err(with_client(client))? {
                println!("{found}");
                all.push(found);
            }
        }
        println!();
    }
    Ok(all)
}

impl From<bool> for Judgement {
    fn from(misreports: bool) -> Judgement {
        if misreports { Judgement::Misreports } else { Judgement::Right }
    }
}

impl Misreport {
    /// Returns the stress client's error, if there is one.
    pub fn fault(&self) -> Option<String> {
        let Misreport { client, said, truth, verdict, .. } = self;
        let is_fault = client.is_ours() && self.judgement == Judgement::Misreports;
        is_fault.then(|| format!("{}: {verdict}: reported {said}; actual: {truth}", client.name()))
    }
}

impl Display for Misreport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Misreport { client, flags, said, truth, judgement, verdict, .. } = self;
        let client = [&[client.name()], *flags].concat().join(" ");
        let judged = match judgement {
            Judgement::Right => "right",
            Judgement::Misreports => "MISREPORTS",
            Judgement::Undecided => "undecided",
        };
        writeln!(f, "  {client}")?;
        writeln!(f, "    reported   {said}")?;
        writeln!(f, "    actual     {truth}")?;
        write!(f, "    {judged:<10} {verdict}")
    }
}
