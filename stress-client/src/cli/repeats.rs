//! Several runs as a table for people: the median of each figure, and its range.

use stress_client::load::Report;

/// The table, ending in an empty line; nothing for a single run.
pub fn of(report: &Report) -> String {
    if report.runs.is_empty() {
        return String::new();
    }
    format!("{} runs\n\n", report.runs.len())
}
