//! The HTML page of a report: results, machine, commands and plots in one file without external
//! resources.

use super::plots;
use crate::experiments::figure::Verdict;
use crate::experiments::machine::Machine;
use crate::experiments::results::{Outcome, Repetition, Results, Row};
use charts::Plot;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");

/// Renders the page.
pub fn render(results: &Results, plots: &[Plot]) -> String {
    let experiments = &results.experiments;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Servers under load: predicted and measured" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Servers under load: predicted and measured" }
                    (summary(experiments))
                    (machine(&results.machine))
                }
                main {
                    h2 #plots { "Plots" }
                    p { "Each is also a file, " code { "plots/NAME.svg" } ", for use on a slide." }
                    @for plot in plots { (figure(plot, experiments)) }
                    (missing_plots(plots))
                    h2 #experiments { "Experiments" }
                    (contents(experiments))
                    @for outcome in experiments { (experiment(outcome)) }
                }
            }
        }
    }
    .into_string()
}

/// Counts the verdicts of each kind, and links those that do not hold.
fn summary(experiments: &[Outcome]) -> Markup {
    let rows = || {
        experiments.iter().flat_map(|outcome| outcome.rows.iter().map(move |row| (outcome, row)))
    };
    let with = |verdict| rows().filter(move |(_, row)| row.verdict == verdict);
    let others =
        || Verdict::NOT_HOLDING.into_iter().filter(|(verdict, _)| with(*verdict).next().is_some());
    html! {
        p.lead {
            (experiments.len()) " experiments, " (with(Verdict::Holds).count()) " verdicts hold"
            @for (verdict, words) in others() { ", " (with(verdict).count()) " " (words) }
            "."
        }
        @for (verdict, _) in others() {
            ul { @for (outcome, row) in with(verdict) {
                li { (words(verdict)) ": "
                    a href={ "#" (outcome.experiment) } { (outcome.experiment) }
                    ", " (row.figure.what) }
            } }
        }
    }
}

fn machine(machine: &Machine) -> Markup {
    let Machine { cpu, cores, kernel, rustc, commit, load, date, lags } = machine;
    let load = load
        .map_or("not available".to_owned(), |load| format!("{load}, average of the last minute"));
    let facts: [(&str, &str); 8] = [
        ("Processor", cpu),
        ("Cores", &cores.to_string()),
        ("System", kernel),
        ("Compiler", rustc),
        ("Commit", commit),
        ("Load", &load),
        ("Date", date),
        (
            "Sleeps overrun by",
            &format!("{:.2} ms (tokio), {:.2} ms (thread), median", lags.timer_ms, lags.thread_ms),
        ),
    ];
    html! {
        dl { @for (name, fact) in facts { div { dt { (name) } dd { (fact) } } } }
    }
}

fn figure(plot: &Plot, experiments: &[Outcome]) -> Markup {
    let needs = plots::ALL.iter().filter(|spec| spec.name == plot.name).flat_map(|spec| spec.needs);
    let run = needs.filter(|need| experiments.iter().any(|outcome| outcome.experiment == **need));
    html! {
        figure id={ "plot-of-" (plot.name) } {
            // On a narrow screen the plot scrolls, and its own title with it.
            figcaption { (plot.title) }
            div.sheet tabindex="0" { (PreEscaped(&plot.svg)) }
            p.source { "Figures and commands:"
                @for name in run { " " a href={ "#" (name) } { (name) } }
            }
        }
    }
}

/// Lists the plots without data, and the commands that produce it.
fn missing_plots(plots: &[Plot]) -> Markup {
    let missing =
        || plots::ALL.iter().filter(|spec| plots.iter().all(|plot| plot.name != spec.name));
    html! {
        @if missing().next().is_some() {
            h3 { "Missing, because the experiment was not run or has no data" }
            ul.left-out { @for spec in missing() {
                li { (spec.shows) ": "
                    code { "cargo tour " (spec.needs.join(" ")) " --report DIR" }
                }
            } }
            p { "All plots on one page: " code { "cargo tour --all --report DIR" } }
        }
    }
}

fn contents(experiments: &[Outcome]) -> Markup {
    html! {
        ol.contents { @for outcome in experiments {
            li { span.stage { "stage " (outcome.stage) } " "
                a href={ "#" (outcome.experiment) } { (outcome.title) } }
        } }
    }
}

fn experiment(outcome: &Outcome) -> Markup {
    html! {
        section id=(outcome.experiment) {
            h3 { span.stage { "Stage " (outcome.stage) ":" } " " (outcome.title) }
            @if let Some(server) = &outcome.server {
                p { "In the stage’s place: " code { (server) } }
            }
            table {
                thead { tr { th { "" } @for name in COLUMNS { th { (name) } } } }
                tbody { @for row in &outcome.rows { (self::row(row)) } }
            }
            @for why in outcome.interference() {
                p.held-up { "⚠ The machine interfered: " (why) "." }
            }
            p { (outcome.why) }
            details {
                summary { "Commands" }
                p { "To run this experiment:" }
                pre { code { "cargo tour " (outcome.experiment) } }
                p { "Servers and load that it starts:" }
                pre { code { (outcome.commands.join("\n")) } }
            }
            @if outcome.repetitions.len() > 1 { (repetitions(outcome)) }
        }
    }
}

const COLUMNS: [&str; 4] = ["documented", "predicted", "measured", "verdict"];

fn row(row: &Row) -> Markup {
    let cells = [
        row.figure.documented.clone().unwrap_or_default(),
        row.figure.predicted_words(),
        row.figure.measured_words(&row.measured),
        words(row.verdict).to_owned(),
    ];
    html! {
        tr { th scope="row" { (row.figure.what) }
            @for (name, cell) in COLUMNS.iter().zip(&cells) {
                td data-label=(name) class=[(cell == FAILS).then_some("fails")] { (cell) }
            }
        }
    }
}

const FAILS: &str = "✗ fails";

fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "✓ holds",
        Verdict::Fails => FAILS,
        Verdict::Machine => "⚠ machine",
        Verdict::NotJudged => "",
        Verdict::Unavailable => "not available",
    }
}

/// A table of the measurements of each repetition.
fn repetitions(outcome: &Outcome) -> Markup {
    let each = || 1..=outcome.repetitions.len();
    let measured = |row: &Row, found: &Repetition| {
        found
            .measured
            .get(&row.figure.id)
            .map_or(String::new(), |value| row.figure.unit.words(*value))
    };
    html! {
        details {
            summary { (outcome.repetitions.len()) " repetitions" }
            div.wide tabindex="0" { table {
                thead { tr { th { "" } @for number in each() { th { (number) } } } }
                tbody { @for row in &outcome.rows {
                    tr { th scope="row" { (row.figure.what) }
                        @for found in &outcome.repetitions { td { (measured(row, found)) } } }
                } }
            } }
        }
    }
}
