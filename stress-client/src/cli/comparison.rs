//! Formats a comparison as a table.

use super::table::thousands;
use load::Report;
use load::compare::{self, Comparison, Figure, Spread, Verdict};

const COLUMNS: usize = 6;

/// Renders the table and its notes, ending in a line break.
pub fn render(comparison: &Comparison) -> String {
    let heads = ["", "before", "after", "ratio", "band", ""].map(str::to_owned);
    let rows: Vec<_> = [heads].into_iter().chain(comparison.figures.iter().map(row)).collect();
    let mut text = format!(
        "{} before, {} after: median (min..max)\n\n",
        count_of_runs(comparison.before_runs),
        count_of_runs(comparison.after_runs)
    );
    text += &align(&rows);
    text +=
        "\nThe ratio is after / before: the median over all pairs of runs (Hodges and Lehmann).\n";
    if let Some(level) = comparison.level {
        text += &format!(
            "The band is a {:.1}% confidence interval for the ratio, for each line on its own: among twenty\n\
             lines without a difference, expect about one false positive. It assumes independent runs, and\n\
             that both sides have the same distribution up to a factor.\n",
            100.0 * level
        );
    }
    for (n, remark) in comparison.remarks.iter().enumerate() {
        text += if n == 0 { "\n" } else { "" };
        text += &format!("note: {remark}\n");
    }
    text
}

fn count_of_runs(count: u64) -> String {
    format!("{count} run{}", if count == 1 { "" } else { "s" })
}

fn row(figure: &Figure) -> [String; COLUMNS] {
    let decimals = decimals(&[figure.before, figure.after]);
    [
        figure.label.clone(),
        format_spread(figure.before, decimals),
        format_spread(figure.after, decimals),
        figure.ratio.map(format_ratio).unwrap_or_default(),
        figure
            .band
            .map(|[low, high]| format!("{}..{}", format_ratio(low), format_ratio(high)))
            .unwrap_or_default(),
        verdict(figure),
    ]
}

fn verdict(figure: &Figure) -> String {
    let percent = 100.0 * (figure.ratio.unwrap_or(1.0) - 1.0).abs();
    // One decimal place would show a small difference as 0.0%.
    let places = if percent < 0.1 { 3 } else { 1 };
    match figure.verdict {
        Verdict::NoDifference => "no difference beyond noise".to_owned(),
        Verdict::Less => format!("{percent:.places$}% less"),
        Verdict::More => format!("{percent:.places$}% more"),
        Verdict::TooFewRuns => "too few runs".to_owned(),
        Verdict::NoRatio => match (figure.before.max > 0.0, figure.after.max > 0.0) {
            (false, false) => "none in any run",
            (false, true) => "none before",
            (true, false) => "none after",
            (true, true) => "none in some runs",
        }
        .to_owned(),
    }
}

/// Renders one set of runs as a table: the median, minimum and maximum of each figure.
pub fn render_spreads(runs: &[Report]) -> String {
    let row = |(label, spread)| [label, format_spread(spread, decimals(&[spread]))];
    align(&compare::spreads(runs).into_iter().map(row).collect::<Vec<_>>())
}

fn format_spread(Spread { median, min, max }: Spread, decimals: usize) -> String {
    let number = |value| number(value, decimals);
    match number(median) {
        median if min == max => median,
        median => format!("{median} ({}..{})", number(min), number(max)),
    }
}

/// Returns the number of decimal places for a line, from its greatest value; 0 for counts.
fn decimals(spreads: &[Spread]) -> usize {
    let all = || spreads.iter().flat_map(|spread| [spread.median, spread.min, spread.max]);
    let greatest = all().fold(0.0, f64::max);
    match greatest {
        _ if all().all(|value| value.fract() == 0.0) => 0,
        _ if greatest >= 1000.0 => 0,
        _ if greatest >= 100.0 => 1,
        _ if greatest >= 1.0 => 2,
        _ => 3,
    }
}

fn number(value: f64, decimals: usize) -> String {
    if decimals == 0 { thousands(value.round() as u64) } else { format!("{value:.decimals$}") }
}

/// Formats a ratio to about three significant digits.
fn format_ratio(ratio: f64) -> String {
    let places = match ratio {
        _ if ratio >= 100.0 => 1,
        _ if ratio >= 10.0 => 2,
        _ if ratio >= 0.1 => 3,
        _ => 5,
    };
    format!("{ratio:.places$}")
}

/// Pads each column to its widest cell, with two spaces between columns.
fn align<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<_> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}
