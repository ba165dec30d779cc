//! What load generators do not tell: each is brought into a situation, and what it says then is laid
//! beside what the server and the system say.

mod last;
mod limit;
mod rejections;
mod stall;

use std::fmt::{self, Display, Formatter};
use std::io;

use serde::Serialize;

use super::client::Client;
use super::{Stand, of};

/// What one client said, and what was so.
#[derive(Debug, Serialize)]
pub struct Misreport {
    pub about: &'static str,
    pub client: Client,
    /// Flags beyond those that the client always gets.
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
    /// What it said was not so, or it kept silent on what was.
    Misreports,
    /// The situation did not come about.
    Undecided,
}

/// Brings a client into a situation, with every set of flags that makes a difference there.
type Bring = fn(&Stand, Client) -> io::Result<Vec<Misreport>>;

const SITUATIONS: [(&str, Bring); 4] = [
    ("Is a rejection a success? The server's queue is full, and stays so.", rejections::bring),
    ("Is every request that the server received in the report?", last::bring),
    ("Does p99 show that the server stood still for a second?", stall::bring),
    (
        "Does a client say that it held the run back itself? It and the server have a core each.",
        limit::bring,
    ),
];

/// Brings every client into every situation, and prints what comes of it.
pub fn measure(stand: &Stand) -> Result<Vec<Misreport>, String> {
    let mut all = Vec::new();
    for (question, bring) in SITUATIONS {
        println!("{question}");
        for &client in &stand.turns {
            for found in bring(stand, client).map_err(of(client))? {
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
    /// What the stress client said that was not so.
    pub fn fault(&self) -> Option<String> {
        let Misreport { client, said, truth, verdict, .. } = self;
        let is_fault = client.is_ours() && self.judgement == Judgement::Misreports;
        is_fault.then(|| format!("{}: {verdict}: said {said}; was {truth}", client.name()))
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
        writeln!(f, "    said       {said}")?;
        writeln!(f, "    was        {truth}")?;
        write!(f, "    {judged:<10} {verdict}")
    }
}
