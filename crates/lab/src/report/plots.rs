//! The pictures: which there are, what each needs, and what all of them say of their origin.

mod comparison;
mod course;
mod drain;
mod heatmap;
mod overload;
mod pool;
mod staircase;
mod swimlane;
mod throughput;

use super::Plot;
use super::canvas::{Heading, cut};
use crate::experiments::results::Outcome;

/// One picture.
pub struct Picture {
    /// Its name.
    pub name: &'static str,
    /// What it would show, for those who have not run it.
    pub shows: &'static str,
    /// The experiments that it is drawn from.
    pub needs: &'static [&'static str],
    /// Draws it; `None` when there is nothing to draw.
    pub draw: fn(&[Outcome]) -> Option<Plot>,
}

/// All of them, in the order of the tour.
pub const ALL: &[Picture] = &[
    Picture {
        name: "staircase",
        shows: "the latency of ten clients in line",
        needs: &["staircase", "no-staircase"],
        draw: staircase::draw,
    },
    Picture {
        name: "overload",
        shows: "jobs done in time, from under load to far over it",
        needs: &["overload"],
        draw: overload::in_time,
    },
    Picture {
        name: "overload-age",
        shows: "how old a job is when it is done, under the same loads",
        needs: &["overload"],
        draw: overload::age,
    },
    Picture {
        name: "heatmap",
        shows: "latency over time when nobody is told no",
        needs: &["hidden-queue"],
        draw: heatmap::draw,
    },
    Picture {
        name: "pool",
        shows: "workers that wait, and workers that compute",
        needs: &["workers"],
        draw: pool::draw,
    },
    Picture {
        name: "throughput",
        shows: "jobs a second over workers, under one lock",
        needs: &["plateau"],
        draw: throughput::draw,
    },
    Picture {
        name: "swimlane",
        shows: "what sixteen workers do, with one lock and with 64",
        needs: &["waits", "waits-gone"],
        draw: swimlane::draw,
    },
    Picture {
        name: "accepted-7",
        shows: "accepted and rejected over time, stage 7's documented run",
        needs: &["documented-7"],
        draw: course::seventh,
    },
    Picture {
        name: "comparison",
        shows: "what the lock, the queue and the times are each worth",
        needs: &["comparison"],
        draw: comparison::draw,
    },
    Picture {
        name: "accepted-8",
        shows: "accepted and rejected over time, stage 8's documented run",
        needs: &["documented-8"],
        draw: course::eighth,
    },
    Picture {
        name: "drain",
        shows: "a queue that runs empty after SIGTERM",
        needs: &["drain"],
        draw: drain::draw,
    },
];

/// The heading of a picture drawn from these outcomes, of which there is at least one.
fn heading(name: &'static str, title: String, run: &str, outcomes: &[&Outcome]) -> Heading {
    let mut run = run.to_owned();
    if let Some(server) = outcomes.iter().find_map(|outcome| outcome.server.as_deref()) {
        run = format!("{run}; with {} in the stage’s place", cut(server, 60));
    }
    if let Some(repeated) =
        outcomes.iter().map(|it| it.repetitions.len()).max().filter(|it| *it > 1)
    {
        run = format!("{run}; {repeated} runs, the middle one drawn");
    }
    if outcomes.iter().any(|outcome| !outcome.held_up().is_empty()) {
        run = format!("{run}; the machine was in the way");
    }
    let names: Vec<&str> = outcomes.iter().map(|outcome| &*outcome.experiment).collect();
    let origin = outcomes.first().map_or_else(String::new, |outcome| {
        let machine = &outcome.machine;
        // An HTTP date: `Wed, 25 Nov 2026 02:33:04 GMT`. The day is enough here.
        let day = machine.date.get(5..16).unwrap_or(&machine.date);
        format!(
            "cargo tour {} · {} · {}, {} cores · commit {}",
            names.join(" "),
            day,
            machine.cpu.replace("(R)", "").replace("(TM)", ""),
            machine.cores,
            machine.commit,
        )
    });
    Heading { name, title, run, origin }
}
