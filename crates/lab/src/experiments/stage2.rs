//! Stage 2: the same silent connections and thousands more, and the honest request is answered.

use super::Experiment;
use super::stage1::{SILENT, crowd_figures, measure_crowd, measure_silent, silent_figures};

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "no-freeze",
            stage: 2,
            title: "the same 20 silent connections, and an answer",
            watch: [
                "The same twenty, the same honest request, still one thread.",
                "Each connection is a task now, and a task that waits blocks no other.",
            ],
            figures: |_| silent_figures(SILENT, true),
            measure: |trial| {
                let server = trial.start("")?;
                measure_silent(trial, &server, SILENT)
            },
            why: "`.await` gives the thread back while there is nothing to read.",
            read: "crates/stage2/src/main.rs",
        },
        Experiment {
            name: "crowd",
            stage: 2,
            title: "5,000 silent connections on one thread",
            watch: [
                "Five thousand connections that say nothing, on one thread.",
                "Compare what each of them costs with a thread for each (thread-per-connection).",
            ],
            figures: |_| crowd_figures(),
            measure: |trial| {
                let server = trial.start("")?;
                measure_crowd(trial, &server)
            },
            why: "A waiting task is a few hundred bytes and a buffer, not a thread.",
            read: "crates/stage2/src/main.rs",
        },
    ]
}
