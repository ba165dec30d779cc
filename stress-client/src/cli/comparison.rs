//! A comparison as a table for people.

use super::table::thousands;
use load::Report;
use load::compare::{self, Comparison, Figure, Spread, Verdict};

const COLUMNS: usize = 6;

/// The whole table and what to know of it, ending in a line break.
pub fn table(comparison: &Comparison) -> String {
    let heads = ["", "before", "after", "ratio", "band", ""].map(str::to_owned);
    let rows: Vec<_> = [heads].into_iter().chain(comparison.figures.iter().map(row)).collect();
    let mut text = format!(
        "{} before, {} after: medians, and in brackets the least and the greatest\n\n",
        runs(comparison.before_runs),
        runs(comparison.after_runs)
    );
    text += &aligned(&rows);
    text +=
        "\nThe ratio is after / before: the median over all pairs of runs (Hodges and Lehmann).\n";
    if let Some(level) = comparison.level {
        text += &format!(
            "The band holds the true ratio in {:.1}% of cases, each line by itself: of twenty lines without\n\
             a difference, chance alone may show one. Assumed: the runs are independent of each other, and\n\
             both sides have the same distribution but for a factor.\n",
            100.0 * level
        );
    }
    for (n, remark) in comparison.remarks.iter().enumerate() {
        text += if n == 0 { "\n" } else { "" };
        text += &format!("note: {remark}\n");
    }
    text
}

fn runs(count: u64) -> String {
    format!("{count} run{}", if count == 1 { "" } else { "s" })
}

fn row(figure: &Figure) -> [String; COLUMNS] {
    let decimals = decimals(&[figure.before, figure.after]);
    [
        figure.label.clone(),
        spread(figure.before, decimals),
        spread(figure.after, decimals),
        figure.ratio.map(ratio).unwrap_or_default(),
        figure
            .band
            .map(|[low, high]| format!("{}..{}", ratio(low), ratio(high)))
            .unwrap_or_default(),
        verdict(figure),
    ]
}

fn verdict(figure: &Figure) -> String {
    let percent = 100.0 * (figure.ratio.unwrap_or(1.0) - 1.0).abs();
    // A difference that is none to one place is told to three.
    let places = if percent < 0.1 { 3 } else { 1 };
    match figure.verdict {
        Verdict::NoDifference => "no difference beyond noise".to_owned(),
        Verdict::Less => format!("{percent:.places$}% less"),
        Verdict::More => format!("{percent:.places$}% more"),
        Verdict::TooFewRuns => "too few runs to say".to_owned(),
        Verdict::NoRatio => match (figure.before.max > 0.0, figure.after.max > 0.0) {
            (false, false) => "none in any run",
            (false, true) => "none before",
            (true, false) => "none after",
            (true, true) => "none in some runs",
        }
        .to_owned(),
    }
}

/// The runs of one side as a table: each figure's median, and in brackets its least and its greatest.
pub fn spreads(runs: &[Report]) -> String {
    let row = |(label, of): (String, Spread)| [label, spread(of, decimals(&[of]))];
    aligned(&compare::spreads(runs).into_iter().map(row).collect::<Vec<_>>())
}

fn spread(Spread { median, min, max }: Spread, decimals: usize) -> String {
    let number = |value| number(value, decimals);
    match number(median) {
        median if min == max => median,
        median => format!("{median} ({}..{})", number(min), number(max)),
    }
}

/// How many places a line's numbers have after the point: those that its greatest has use for, and
/// none for counts.
fn decimals(spreads: &[Spread]) -> usize {
    let all = || spreads.iter().flat_map(|it| [it.median, it.min, it.max]);
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

/// To a thousandth of itself, more or less, however small it is.
fn ratio(ratio: f64) -> String {
    let places = match ratio {
        _ if ratio >= 100.0 => 1,
        _ if ratio >= 10.0 => 2,
        _ if ratio >= 0.1 => 3,
        _ => 5,
    };
    format!("{ratio:.places$}")
}

/// Columns as wide as their widest, two spaces apart.
fn aligned<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
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
