#![allow(clippy::unwrap_used)]
//! Grades a command.
use harness::grade::{Subject, grade};
use std::time::{Duration, Instant};
fn main() {
    let mut arguments = std::env::args().skip(1);
    let stage = arguments.next().unwrap().parse().unwrap();
    let only = arguments.next().unwrap();
    let command = arguments.collect();
    let begin = Instant::now();
    let subject = Subject { stage, command, until: begin + Duration::from_secs(180) };
    let (out, _) = harness::grade::promises(stage);
    let out: Vec<_> = out.iter().map(|p| p.name).collect();
    let keep = |name: &str| match &*only {
        "all" => true,
        "out" => out.contains(&name),
        n => name == n,
    };
    let report = grade(&subject, keep, |v| {
        if v.failure().is_some()
            || out.contains(&v.check.name)
           
        {
            println!("{:6.2}s {:5.2}s {v}", begin.elapsed().as_secs_f64(), v.took.as_secs_f64());
        }
    });
    println!("{} in {:.1?}", report.summary(), begin.elapsed());
}
