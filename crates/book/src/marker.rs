//! Markers: the comments that say what belongs between them and `<!-- end -->`, or what the block
//! below them has to agree with.

use std::ops::Range;

use super::page::{Comment, Page, Place};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An excerpt of a source.
    Code,
    /// The table of a recorded result.
    Result,
    /// One figure of it, in running text.
    Number,
    /// A picture drawn from results.
    Plot,
    /// A picture drawn by hand, as text.
    Diagram,
    /// What changed from one stage to the next, in part.
    Diff,
    /// Checks the table of files below it.
    Files,
    /// Runs the console block below it.
    Run,
}

const KINDS: [(&str, Kind); 8] = [
    ("code", Kind::Code),
    ("result", Kind::Result),
    ("n", Kind::Number),
    ("plot", Kind::Plot),
    ("diagram", Kind::Diagram),
    ("diff", Kind::Diff),
    ("files", Kind::Files),
    ("run", Kind::Run),
];
const END: &str = "end";

#[derive(Debug)]
pub struct Marker {
    pub kind: Kind,
    pub argument: String,
    /// Where its comment begins.
    pub start: usize,
    /// What stands between it and its end; nothing when it has none.
    pub body: Range<usize>,
}

/// What a comment is: `KIND: ARGUMENT`, `KIND` or `end`. Everything else is for people.
enum Said {
    Marker(Kind, String),
    End,
    Unknown(String),
    Nothing,
}

/// The markers of a page, and what is wrong with them.
pub fn read(page: &Page) -> (Vec<Marker>, Vec<String>) {
    let (mut markers, mut faults) = (Vec::new(), Vec::new());
    let mut open: Option<Marker> = None;
    for comment in &page.comments {
        let Comment { range, place } = comment;
        let mut fault = |words: &str| faults.push(page.fault(range.start, words));
        let said = said(&page.text[range.clone()]);
        match (&said, place) {
            (Said::Nothing, _) => continue,
            (_, Place::Spoilt) => fault(
                "begins its line, which Markdown then takes for HTML as a whole: break the line \
                 elsewhere, or give the marker a line of its own",
            ),
            (Said::Marker(kind, _), Place::InText) if *kind != Kind::Number => {
                fault("has to stand on a line of its own");
            }
            _ => {}
        }
        match said {
            Said::Marker(kind, argument) => {
                let marker =
                    Marker { kind, argument, start: range.start, body: range.end..range.end };
                match kind.has_end() {
                    false => markers.push(marker),
                    true => {
                        let before = open.replace(marker);
                        faults.extend(before.map(|it| page.fault(it.start, NO_END)));
                    }
                }
            }
            Said::End => match open.take() {
                Some(marker) => {
                    markers.push(Marker { body: marker.body.end..range.start, ..marker });
                }
                None => fault("ends nothing: there is no marker above it that would need an end"),
            },
            Said::Unknown(word) => {
                let kinds = KINDS.map(|(name, _)| name).join(", ");
                fault(&format!("`{word}` is no marker; there are {kinds}"));
            }
            Said::Nothing => {}
        }
    }
    faults.extend(open.map(|it| page.fault(it.start, NO_END)));
    markers.sort_by_key(|marker| marker.start);
    (markers, faults)
}

const NO_END: &str = "has no `<!-- end -->` before the next marker";

impl Kind {
    fn has_end(self) -> bool {
        !matches!(self, Kind::Files | Kind::Run)
    }
}

fn said(comment: &str) -> Said {
    let inner = comment.trim_start_matches("<!--").trim_end_matches("-->").trim();
    let (word, argument) = inner.split_once(':').unwrap_or((inner, ""));
    let kind = KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    let argument = argument.split_whitespace().collect::<Vec<_>>().join(" ");
    match kind {
        Some(kind) => Said::Marker(kind, argument),
        None if inner == END => Said::End,
        None if word != inner && !word.contains(char::is_whitespace) => {
            Said::Unknown(word.to_owned())
        }
        None => Said::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Vec<(Kind, String, String)>, Vec<String>) {
        let page = Page::new("docs/a.md", text.to_owned());
        let (markers, faults) = read(&page);
        let seen = |it: Marker| (it.kind, it.argument, text[it.body].to_owned());
        (markers.into_iter().map(seen).collect(), faults)
    }

    #[test]
    fn a_marker_has_a_kind_an_argument_and_a_body() {
        let (markers, faults) = read_text(
            "<!-- code: a.rs Job,\n     run -->\nold\n<!-- end -->\n\nIt took <!-- n: a.b -->5 s<!-- end -->.\n\n\
             <!-- run -->\n```console\n```\n\n<!-- for people -->\n",
        );
        assert_eq!(faults, Vec::<String>::new());
        let expected = [
            (Kind::Code, "a.rs Job, run".to_owned(), "\nold\n".to_owned()),
            (Kind::Number, "a.b".to_owned(), "5 s".to_owned()),
            (Kind::Run, String::new(), String::new()),
        ];
        assert_eq!(markers, expected);
    }

    #[test]
    fn every_marker_that_cannot_be_meant_is_told_with_its_line() {
        let (_, faults) = read_text(
            "<!-- cod: a.rs -->\n\n<!-- end -->\n\ntext <!-- plot: a --> text <!-- end -->\n\n\
             <!-- n: a.b -->5<!-- end --> text\n\n<!-- code: a.rs -->\n\n<!-- diff: 2 a.rs x -->\n",
        );
        let lines: Vec<&str> = faults.iter().map(|it| it.split(": ").next().unwrap()).collect();
        let mut expected = vec!["docs/a.md:1", "docs/a.md:3", "docs/a.md:5"];
        expected.extend(["docs/a.md:7", "docs/a.md:7", "docs/a.md:9", "docs/a.md:11"]);
        assert_eq!(lines, expected, "{faults:#?}");
    }
}
