//! The plots of the report: their list, and the heading that all of them share.

mod comparison;
mod documented;
mod drain;
mod heatmap;
mod overload;
mod pool;
mod staircase;
mod swimlane;
mod throughput;

use crate::experiments::results::Outcome;
use charts::Plot;
use charts::canvas::{Heading, truncate};

/// A plot and the experiments that it needs.
pub struct PlotSpec {
    /// The plot's name, unique within a report; also the name of its file.
    pub name: &'static str,
    /// Its subject, named in the report when it is missing.
    pub shows: &'static str,
    /// The experiments whose outcomes it shows.
    pub needs: &'static [&'static str],
    /// Draws it; `None` when the outcomes have no data for it.
    pub draw: fn(&[Outcome]) -> Option<Plot>,
}

/// All plots, in the order of the tour.
pub const ALL: &[PlotSpec] = &[
    PlotSpec {
        name: "staircase",
        shows: "the latency of ten clients in line",
        needs: &["staircase", "no-staircase"],
        draw: staircase::draw,
    },
    PlotSpec {
        name: "overload",
        shows: "jobs done in time, from under load to far over it",
        needs: &["overload"],
        draw: overload::draw_in_time,
    },
    PlotSpec {
        name: "overload-age",
        shows: "the age of a job when it is done, under the same loads",
        needs: &["overload"],
        draw: overload::draw_age,
    },
    PlotSpec {
        name: "heatmap",
        shows: "latency over time when clients wait and none is rejected",
        needs: &["hidden-queue"],
        draw: heatmap::draw,
    },
    PlotSpec {
        name: "pool",
        shows: "workers that wait, and workers that compute",
        needs: &["workers"],
        draw: pool::draw,
    },
    PlotSpec {
        name: "throughput",
        shows: "jobs a second over workers, under one lock",
        needs: &["plateau"],
        draw: throughput::draw,
    },
    PlotSpec {
        name: "swimlane",
        shows: "the time of sixteen workers, with one lock and with 64",
        needs: &["waits", "waits-gone"],
        draw: swimlane::draw,
    },
    PlotSpec {
        name: "accepted-7",
        shows: "accepted and rejected over time, stage 7's documented run",
        needs: &["documented-7"],
        draw: documented::draw_stage7,
    },
    PlotSpec {
        name: "comparison",
        shows: "the effect of the lock alone, and of queue and times",
        needs: &["comparison"],
        draw: comparison::draw,
    },
    PlotSpec {
        name: "accepted-8",
        shows: "accepted and rejected over time, stage 8's documented run",
        needs: &["documented-8"],
        draw: documented::draw_stage8,
    },
    PlotSpec {
        name: "drain",
        shows: "a queue that runs empty after SIGTERM",
        needs: &["drain"],
        draw: drain::draw,
    },
];

/// Returns the heading of a plot of these outcomes, of which there must be at least one.
fn heading(name: &'static str, title: String, run: &str, outcomes: &[&Outcome]) -> Heading {
    let mut run = run.to_owned();
    if let Some(server) = outcomes.iter().find_map(|outcome| outcome.server.as_deref()) {
        run = format!("{run}; with {} in the stage’s place", truncate(server, 60));
    }
    if let Some(repeated) =
        outcomes.iter().map(|outcome| outcome.repetitions.len()).max().filter(|count| *count > 1)
    {
        run = format!("{run}; {repeated} runs, the middle one drawn");
    }
    if outcomes.iter().any(|outcome| !outcome.interference().is_empty()) {
        run = format!("{run}; the machine interfered");
    }
    let names: Vec<&str> = outcomes.iter().map(|outcome| &*outcome.experiment).collect();
    let origin = outcomes.first().map_or_else(String::new, |outcome| {
        let machine = &outcome.machine;
        // The day of an HTTP date: `25 Nov 2026` of `Wed, 25 Nov 2026 02:33:04 GMT`.
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
