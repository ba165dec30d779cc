//! The page: what was found, where, by which commands, and the pictures. One file that loads nothing.

use super::{Plot, plots};
use crate::experiments::figure::Verdict;
use crate::experiments::machine::Machine;
use crate::experiments::results::{Outcome, Repetition, Results, Row};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");

/// All of it.
pub fn page(results: &Results, plots: &[Plot]) -> String {
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
                    h2 #pictures { "Pictures" }
                    p { "Each is a file of its own as well, " code { "plots/NAME.svg" } ", to be put on a slide." }
                    @for plot in plots { (picture(plot, experiments)) }
                    (left_out(plots))
                    h2 #experiments { "Experiments" }
                    (contents(experiments))
                    @for outcome in experiments { (experiment(outcome)) }
                }
            }
        }
    }
    .into_string()
}

/// How many verdicts there are of each kind, and where those that are not "holds" stand.
fn summary(experiments: &[Outcome]) -> Markup {
    let rows = || experiments.iter().flat_map(|it| it.rows.iter().map(move |row| (it, row)));
    let of = |verdict| rows().filter(move |(_, row)| row.verdict == verdict);
    let told =
        || Verdict::OTHERWISE.into_iter().filter(|(verdict, _)| of(*verdict).next().is_some());
    html! {
        p.lead {
            (experiments.len()) " experiments, " (of(Verdict::Holds).count()) " verdicts hold"
            @for (verdict, words) in told() { ", " (of(verdict).count()) " " (words) }
            "."
        }
        @for (verdict, _) in told() {
            ul { @for (outcome, row) in of(verdict) {
                li { (words(verdict)) ": " a href={ "#" (outcome.experiment) } { (outcome.experiment) }
                    ", " (row.figure.what) }
            } }
        }
    }
}

fn machine(machine: &Machine) -> Markup {
    let Machine { cpu, cores, kernel, rustc, commit, load, date, lags } = machine;
    let load = load.map_or("not available".to_owned(), |load| {
        format!("{load}, on average over the minute before")
    });
    let facts: [(&str, &str); 8] = [
        ("Processor", cpu),
        ("Cores", &cores.to_string()),
        ("System", kernel),
        ("Compiler", rustc),
        ("Commit", commit),
        ("Load", &load),
        ("Date", date),
        (
            "Sleeps end late by",
            &format!(
                "{:.2} ms (tokio’s), {:.2} ms (a thread’s), at the median",
                lags.timer_ms, lags.thread_ms
            ),
        ),
    ];
    html! {
        dl { @for (name, fact) in facts { div { dt { (name) } dd { (fact) } } } }
    }
}

fn picture(plot: &Plot, experiments: &[Outcome]) -> Markup {
    let needs = plots::ALL.iter().filter(|it| it.name == plot.name).flat_map(|it| it.needs);
    let run = needs.filter(|need| experiments.iter().any(|it| it.experiment == **need));
    html! {
        figure id={ "picture-" (plot.name) } {
            // On a phone the picture is wider than the screen, and its title with it.
            figcaption { (plot.title) }
            div.sheet tabindex="0" { (PreEscaped(&plot.svg)) }
            p.source { "Figures and commands:" @for name in run { " " a href={ "#" (name) } { (name) } } }
        }
    }
}

/// Pictures that cannot be drawn, and what would change that.
fn left_out(plots: &[Plot]) -> Markup {
    let missing = || plots::ALL.iter().filter(|it| plots.iter().all(|plot| plot.name != it.name));
    html! {
        @if missing().next().is_some() {
            h3 { "Left out, because the experiment was not run or found nothing" }
            ul.left-out { @for picture in missing() {
                li { (picture.shows) ": " code { "cargo tour " (picture.needs.join(" ")) " --report DIR" } }
            } }
            p { "All pictures on one page: " code { "cargo tour --all --report DIR" } }
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
            @for why in outcome.held_up() {
                p.held-up { "⚠ The machine was in the way: " (why) "." }
            }
            p { (outcome.why) }
            details {
                summary { "Commands" }
                p { "Of all tables and pictures of this experiment:" }
                pre { code { "cargo tour " (outcome.experiment) } }
                p { "What it starts and sends:" }
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
        Verdict::Told => "",
        Verdict::Unavailable => "not available",
    }
}

/// What each repetition measured of each figure.
fn repetitions(outcome: &Outcome) -> Markup {
    let each = || 1..=outcome.repetitions.len();
    let measured = |row: &Row, it: &Repetition| {
        it.measured.get(&row.figure.id).map_or(String::new(), |value| row.figure.unit.words(*value))
    };
    html! {
        details {
            summary { (outcome.repetitions.len()) " repetitions" }
            div.wide tabindex="0" { table {
                thead { tr { th { "" } @for number in each() { th { (number) } } } }
                tbody { @for row in &outcome.rows {
                    tr { th scope="row" { (row.figure.what) }
                        @for it in &outcome.repetitions { td { (measured(row, it)) } } }
                } }
            } }
        }
    }
}
