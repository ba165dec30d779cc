//! Markers: comments that name the source of the text up to `<!-- end -->`, or of the block below.

use std::ops::Range;

use super::page::{Comment, Page, Place};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An excerpt of a source file.
    Code,
    /// A table of a recorded result.
    Result,
    /// A figure of a recorded result, in running text.
    Number,
    /// A plot of recorded results.
    Plot,
    /// An image of a text drawing.
    Diagram,
    /// Hunks of the diff between two stages.
    Diff,
    /// Checks the table of files below.
    Files,
    /// Runs the console block below.
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
    /// The offset of its comment.
    pub start: usize,
    /// The text up to its end; empty for a kind without one.
    pub body: Range<usize>,
}

/// The meaning of a comment.
enum Meaning {
    /// `KIND: ARGUMENT` or `KIND`.
    Marker(Kind, String),
    End,
    /// A marker of no known kind.
    Unknown(String),
    /// An ordinary comment.
    Ordinary,
}

/// Returns the markers of a page, and their faults.
pub fn read(page: &Page) -> (Vec<Marker>, Vec<String>) {
    let (mut markers, mut faults) = (Vec::new(), Vec::new());
    let mut open: Option<Marker> = None;
    for comment in &page.comments {
        let Comment { range, place } = comment;
        let mut fault = |message: &str| faults.push(page.fault(range.start, message));
        let meaning = parse(&page.text[range.clone()]);
        match (&meaning, place) {
            (Meaning::Ordinary, _) => continue,
            (_, Place::BeforeText) => fault(
                "a marker at the start of a line of text makes Markdown treat the line as HTML: \
                 break the line elsewhere, or give the marker a line of its own",
            ),
            (Meaning::Marker(kind, _), Place::InText) if *kind != Kind::Number => {
                fault("the marker must be on a line of its own");
            }
            _ => {}
        }
        match meaning {
            Meaning::Marker(kind, argument) => {
                let marker =
                    Marker { kind, argument, start: range.start, body: range.end..range.end };
                if kind.has_end() {
                    let unclosed = open.replace(marker);
                    faults.extend(unclosed.map(|marker| page.fault(marker.start, NO_END)));
                } else {
                    markers.push(marker);
                }
            }
            Meaning::End => match open.take() {
                Some(marker) => {
                    markers.push(Marker { body: marker.body.end..range.start, ..marker });
                }
                None => fault("`end` without a marker above"),
            },
            Meaning::Unknown(word) => {
                let kinds = KINDS.map(|(name, _)| name).join(", ");
                fault(&format!("unknown marker `{word}`; expected one of {kinds}"));
            }
            Meaning::Ordinary => {}
        }
    }
    faults.extend(open.map(|marker| page.fault(marker.start, NO_END)));
    markers.sort_by_key(|marker| marker.start);
    (markers, faults)
}

const NO_END: &str = "no `<!-- end -->` before the next marker";

impl Kind {
    fn has_end(self) -> bool {
        !matches!(self, Kind::Files | Kind::Run)
    }
}

fn parse(comment: &str) -> Meaning {
    let inner = comment.trim_start_matches("<!--").trim_end_matches("-->").trim();
    let (word, argument) = inner.split_once(':').unwrap_or((inner, ""));
    let kind = KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    let argument = argument.split_whitespace().collect::<Vec<_>>().join(" ");
    match kind {
        Some(kind) => Meaning::Marker(kind, argument),
        None if inner == END => Meaning::End,
        None if word != inner && !word.contains(char::is_whitespace) => {
            Meaning::Unknown(word.to_owned())
        }
        None => Meaning::Ordinary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Vec<(Kind, String, String)>, Vec<String>) {
        let page = Page::new("docs/a.md", text.to_owned());
        let (markers, faults) = read(&page);
        let seen = |marker: Marker| (marker.kind, marker.argument, text[marker.body].to_owned());
        (markers.into_iter().map(seen).collect(), faults)
    }

    #[test]
    fn a_marker_has_a_kind_an_argument_and_a_body() {
        let (markers, faults) = read_text(
            "<!-- code: a.rs Job,\n     run -->\nold\n<!-- end -->\n\nIt took <!-- n: a.b -->5 s<!-- end -->.\n\n\
             <!-- run -->\n```console\n```\n\n<!-- a remark -->\n",
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
    fn invalid_markers_are_reported_with_their_line() {
        let (_, faults) = read_text(
            "<!-- cod: a.rs -->\n\n<!-- end -->\n\ntext <!-- plot: a --> text <!-- end -->\n\n\
             <!-- n: a.b -->5<!-- end --> text\n\n<!-- code: a.rs -->\n\n<!-- diff: 2 a.rs x -->\n",
        );
        let lines: Vec<&str> =
            faults.iter().map(|fault| fault.split(": ").next().unwrap()).collect();
        let mut expected = vec!["docs/a.md:1", "docs/a.md:3", "docs/a.md:5"];
        expected.extend(["docs/a.md:7", "docs/a.md:7", "docs/a.md:9", "docs/a.md:11"]);
        assert_eq!(lines, expected, "{faults:#?}");
    }
}
