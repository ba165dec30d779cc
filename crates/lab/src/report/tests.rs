//! Tests of every plot and of the page.

use super::{page, plots, plots::ALL, write};
use crate::experiments::all;
use crate::experiments::machine::{Lags, Machine};
use crate::experiments::results::{Outcome, Repetition, Results, Span};
use charts::Plot;
use roxmltree::Document;
use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

fn machine() -> Machine {
    let lags = Lags { timer_ms: 1.1, thread_ms: 0.1 };
    let date = "Wed, 25 Nov 2026 02:33:04 GMT".to_owned();
    Machine { cpu: "a processor".to_owned(), cores: 2, lags, date, ..Machine::default() }
}

/// A repetition with all series, spans and cells that any plot draws.
fn repetition(measured: BTreeMap<String, f64>) -> Repetition {
    let points = |xs: &[f64]| xs.iter().map(|x| [*x, x * 2.0]).collect::<Vec<_>>();
    let mut series = BTreeMap::new();
    for name in ["latency", "measured", "waiting", "spinning", "accepted", "rejected"] {
        series.insert(name.to_owned(), points(&[1.0, 4.0, 11.0, 64.0]));
    }
    for queue in ["bounded", "unbounded", "waiting"] {
        for what in ["in_time", "age", "model"] {
            series.insert(format!("{what}_{queue}"), points(&[0.2, 1.0, 5.0]));
        }
    }
    series.insert("left".to_owned(), vec![[0.0, 84.0], [2.0, 40.0], [4.2, 0.0]]);
    let span = |what: &str, from, to| Span { worker: 3, what: what.to_owned(), from, to };
    let spans = vec![span("work", 0.0, 0.1), span("wait", 0.1, 0.15), span("hold", 0.15, 0.16)];
    let cells = vec![[0.0, 0.0, 40.0], [0.25, 100.0, 1.0]];
    Repetition {
        measured,
        series,
        spans: BTreeMap::from([("workers".to_owned(), spans)]),
        cells: BTreeMap::from([("latency".to_owned(), cells)]),
        ..Repetition::default()
    }
}

/// Returns one outcome of every experiment, with every figure as predicted. Computed once for all
/// tests.
fn outcomes() -> Vec<Outcome> {
    static OUTCOMES: OnceLock<Vec<Outcome>> = OnceLock::new();
    let make = || {
        let machine = machine();
        let outcome = |experiment: &crate::experiments::Experiment| {
            let figures = (experiment.figures)(&machine);
            let value = |figure: &crate::experiments::figure::Figure| {
                Some((figure.id.clone(), figure.expected.value()?))
            };
            let found = vec![repetition(figures.iter().filter_map(value).collect())];
            let mut outcome = Outcome::new(experiment, figures, &machine, None, found);
            outcome.commands = vec![format!("cargo run -p {}", experiment.name)];
            outcome
        };
        all().iter().map(outcome).collect()
    };
    OUTCOMES.get_or_init(make).clone()
}

fn results(experiments: Vec<Outcome>) -> Results {
    Results { experiments, ..Results::new(machine()) }
}

/// Parses a plot and checks that no attribute is NaN or infinite.
fn parse(plot: &Plot) -> Document<'_> {
    let document =
        Document::parse(&plot.svg).unwrap_or_else(|error| panic!("{}: {error}", plot.name));
    for element in document.descendants().filter(|node| node.is_element()) {
        for attribute in element.attributes() {
            let value = attribute.value();
            assert!(!value.contains("NaN") && value != "inf", "{}: {element:?}", plot.name);
        }
    }
    assert!(!plot.title.is_empty() && !plot.title.contains("NaN"), "{}: {}", plot.name, plot.title);
    document
}

#[test]
fn every_plot_is_a_complete_document() {
    let plots = plots(&outcomes());
    assert!(plots.iter().map(|plot| plot.name).eq(ALL.iter().map(|spec| spec.name)));
    let mut ids = HashSet::new();
    for plot in &plots {
        let (document, own) = (parse(plot), format!("plot-{}", plot.name));
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert_eq!(root.attribute("viewBox"), Some("0 0 960 540"));
        let text = |name| {
            root.children().find(|node| node.has_tag_name(name)).and_then(|node| node.text())
        };
        let svg = |name| ("http://www.w3.org/2000/svg", name);
        assert_eq!(text(svg("title")), Some(&*plot.title));
        assert!(text(svg("desc")).is_some_and(|text| text.contains("cargo tour")));
        let style = text(svg("style")).unwrap();
        assert!(style.contains("prefers-color-scheme:dark"));
        // Ids and CSS rules are unique to the plot, so that all fit on one page.
        let rules = style.split_inclusive('}').map(|rule| rule.trim_start_matches(['}', ' ']));
        let rules = rules.map(|rule| rule.rsplit_once("){").map_or(rule, |(_, inner)| inner));
        assert!(
            rules.filter(|rule| !rule.is_empty()).all(|rule| rule.starts_with(&format!("#{own}")))
        );
        for element in root.descendants() {
            if let Some(id) = element.attribute("id") {
                assert!(id.starts_with(&own) && ids.insert(id.to_owned()), "{id}");
            }
            if let Some(size) = element.attribute("font-size") {
                assert!(size.parse::<u32>().unwrap() >= 14, "{}: {element:?}", plot.name);
            }
            for axis in ["x", "y"] {
                let at = element.attribute(axis).map_or(0.0, |value| value.parse::<f64>().unwrap());
                assert!((0.0..=960.0).contains(&at), "{}: {element:?}", plot.name);
            }
        }
    }
}

#[test]
fn the_page_is_complete_and_loads_nothing() {
    let results = results(outcomes());
    let plots = plots(&results.experiments);
    let page = page::render(&results, &plots);
    let escaped = |words: &str| maud::html! { (words) }.into_string();
    for outcome in &results.experiments {
        assert!(page.contains(&escaped(&outcome.title)), "{}", outcome.title);
        assert!(page.contains(&format!("cargo run -p {}", outcome.experiment)));
        for row in &outcome.rows {
            let cells = [row.figure.what.clone(), row.figure.measured_words(&row.measured)];
            assert!(cells.iter().all(|cell| page.contains(&escaped(cell))), "{cells:?}");
        }
    }
    for plot in &plots {
        assert!(page.contains(&plot.svg));
    }
    let elsewhere = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for word in ["http:", "https:", "src=", "url(", "@import", "<link", "<script"] {
        assert!(!elsewhere.contains(word), "{word}");
    }
    assert!(elsewhere.split("href=\"").skip(1).all(|target| target.starts_with('#')));
}

#[test]
fn plots_of_missing_experiments_are_listed_as_missing() {
    let only: Vec<Outcome> =
        outcomes().into_iter().filter(|outcome| outcome.experiment == "plateau").collect();
    let results = results(only);
    let plots = plots(&results.experiments);
    assert_eq!(plots.iter().map(|plot| plot.name).collect::<Vec<_>>(), ["throughput"]);
    let page = page::render(&results, &plots);
    for spec in ALL.iter().filter(|spec| spec.name != "throughput") {
        assert!(page.contains(&format!("cargo tour {} --report DIR", spec.needs.join(" "))));
    }
    assert!(!page.contains("cargo tour plateau --report"));
}

#[test]
fn text_from_outside_is_escaped() {
    let hostile = "</title><script>alert('1')</script>\"&]]>";
    let mut outcomes = outcomes();
    for outcome in &mut outcomes {
        outcome.server = Some(format!("{hostile}\u{1b}[31m\0"));
        outcome.machine.cpu = hostile.to_owned();
        outcome.title = hostile.to_owned();
        outcome.commands = vec![hostile.to_owned()];
        outcome.repetitions[0].interference = vec![hostile.to_owned()];
    }
    let results = results(outcomes);
    let plots = plots(&results.experiments);
    for plot in &plots {
        let document = parse(plot);
        assert!(
            document
                .descendants()
                .any(|node| node.text().is_some_and(|text| text.contains(hostile)))
        );
    }
    let page = page::render(&results, &plots);
    assert!(page.contains("&lt;script&gt;alert") && !page.contains("<script"));
}

#[test]
fn odd_data_does_not_break_a_plot() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let oddities: [&[[f64; 2]]; 10] = [
        &[],
        &[[1.0, 1.0]],
        &[[0.0, 0.0], [0.0, 0.0]],
        &[[1.0, 0.0], [2.0, 0.0]],
        &[[3.0, 7.0], [3.0, 7.0], [3.0, 7.0]],
        &[[nan, 1.0], [1.0, nan]],
        &[[1.0, inf], [inf, 1.0], [-inf, 2.0]],
        &[[1.0, -5.0], [2.0, -6.0]],
        &[[1e300, 1e300], [2e300, 1e-300]],
        &[[1.0, 1.0], [2.0, nan], [3.0, 3.0]],
    ];
    for odd in oddities {
        for (measured, twice) in [(Some(nan), false), (Some(0.0), true), (None, true)] {
            let mut outcomes = outcomes();
            for outcome in &mut outcomes {
                for row in &mut outcome.rows {
                    row.measured = measured.into_iter().collect();
                }
                let found = &mut outcome.repetitions[0];
                found.series.values_mut().for_each(|points| *points = odd.to_vec());
                found.cells.values_mut().for_each(|cells| {
                    *cells = odd.iter().map(|[x, y]| [*x, *y, *y]).collect();
                });
                let span =
                    |&[from, to]: &[f64; 2]| Span { worker: 1, what: "hold".to_owned(), from, to };
                found.spans.values_mut().for_each(|spans| *spans = odd.iter().map(span).collect());
                if twice {
                    let other = repetition(BTreeMap::new());
                    outcome.repetitions.push(other);
                }
            }
            let results = results(outcomes);
            let plots = plots(&results.experiments);
            for plot in &plots {
                parse(plot);
            }
            page::render(&results, &plots);
        }
    }
}

#[test]
fn the_folder_has_the_page_and_only_the_plots_of_this_report() {
    let folder = tempfile::tempdir().unwrap();
    let page = write(&results(outcomes()), folder.path()).unwrap();
    assert!(std::fs::read_to_string(page).unwrap().starts_with("<!DOCTYPE html>"));
    let plots = || std::fs::read_dir(folder.path().join("plots")).unwrap().count();
    assert_eq!(plots(), ALL.len());
    write(&results(Vec::new()), folder.path()).unwrap();
    assert_eq!(plots(), 0);
}
