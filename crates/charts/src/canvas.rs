//! A 16:9 canvas with a heading at the top and the origin of the data at the bottom. Coordinates
//! are pixels from the upper left corner.

use super::Plot;
use super::colour::{Colour, css};
use maud::{PreEscaped, html};

/// Proportional fonts; the last is the fallback of most systems.
const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
/// The width of a canvas.
pub const WIDTH: f64 = 960.0;
/// The height of a canvas.
pub const HEIGHT: f64 = 540.0;
/// The margin at the left and at the right.
pub const MARGIN: f64 = 32.0;

/// The stroke of a line. Measurements are solid, predictions dashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Measured.
    Solid,
    /// A single repetition beside the median.
    Faint,
    /// Predicted.
    Dashed,
    /// An axis, a tick or a grid line.
    Hair,
}

/// The shape of a point marker: series differ in shape as well as in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A disc.
    Circle,
    /// A square.
    Square,
    /// A triangle, point up.
    Triangle,
}

/// The size and weight of text; at least 14 px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Large and bold.
    Title,
    /// Medium and bold.
    Label,
    /// Medium.
    Text,
    /// Small.
    Small,
}

impl Face {
    fn size(self) -> u32 {
        match self {
            Self::Title => 26,
            Self::Label | Self::Text => 16,
            Self::Small => 14,
        }
    }

    fn weight(self) -> u32 {
        if matches!(self, Self::Title | Self::Label) { 650 } else { 400 }
    }
}

/// The part of a text that is at its x coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The left end.
    Start,
    /// The middle.
    Middle,
    /// The right end.
    End,
}

/// The texts around a plot.
#[derive(Debug, Clone)]
pub struct Heading {
    /// The plot's name, unique within a report.
    pub name: &'static str,
    /// The finding, in a sentence.
    pub title: String,
    /// The configuration that was run.
    pub run: String,
    /// The command, the date and the machine.
    pub origin: String,
}

/// A plot that is being drawn.
#[derive(Debug)]
pub struct Canvas {
    heading: Heading,
    body: String,
    /// The y of the heading's last line.
    pub top: f64,
}

impl Canvas {
    /// Draws the background, the heading and the origin.
    #[must_use]
    pub fn new(heading: Heading) -> Self {
        // XML 1.0 forbids control characters, escaped or not.
        let clean = |words: String| words.replace(char::is_control, "\u{fffd}");
        let Heading { name, title, run, origin } = heading;
        let heading = Heading { name, title: clean(title), run: clean(run), origin: clean(origin) };
        let (title, run) = (balance(&heading.title, 60), wrap(&heading.run, 96));
        let origin = truncate(&heading.origin, 106);
        let mut canvas = Self { heading, body: String::new(), top: 14.0 };
        canvas.rect([0.0, 0.0], [WIDTH, HEIGHT], Colour::Paper, 1.0);
        for line in &title {
            canvas.top += 32.0;
            canvas.text([MARGIN, canvas.top], Anchor::Start, Face::Title, Colour::Ink, line);
        }
        canvas.top += 5.0;
        for line in &run {
            canvas.top += 22.0;
            canvas.text([MARGIN, canvas.top], Anchor::Start, Face::Text, Colour::Muted, line);
        }
        let foot = [MARGIN, HEIGHT - 16.0];
        canvas.text(foot, Anchor::Start, Face::Small, Colour::Muted, &origin);
        canvas
    }

    /// Draws a line through points; nothing when there are fewer than two.
    pub fn line(&mut self, points: &[[f64; 2]], colour: Colour, line: Line) {
        if points.len() < 2 {
            return;
        }
        let d: String = points
            .iter()
            .enumerate()
            .map(|(i, [x, y])| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, px(*x), px(*y)))
            .collect();
        let (width, dashes, opacity) = match line {
            // Wide enough to show on both sides of a dashed line drawn over it.
            Line::Solid => (4.0, None, 1.0),
            Line::Faint => (2.0, None, 0.35),
            Line::Dashed => (2.0, Some("8 6"), 1.0),
            Line::Hair => (1.0, None, 1.0),
        };
        self.push(html! {
            path d=(d) class=(colour.stroke()) fill="none" stroke=(colour.light())
                stroke-width=(width) stroke-dasharray=[dashes] stroke-opacity=(opacity)
                stroke-linejoin="round" {}
        });
    }

    /// Fills a rectangle, given by its upper left corner, width and height.
    pub fn rect(&mut self, [x, y]: [f64; 2], [w, h]: [f64; 2], colour: Colour, opacity: f64) {
        let opacity = (opacity < 1.0).then(|| (opacity * 1e3).round() / 1e3);
        self.push(html! {
            rect x=(px(x)) y=(px(y)) width=(px(w.max(0.0))) height=(px(h.max(0.0)))
                class=(colour.fill()) fill=(colour.light()) fill-opacity=[opacity] {}
        });
    }

    /// Draws a point marker.
    pub fn mark(&mut self, [x, y]: [f64; 2], colour: Colour, mark: Mark) {
        let corners: &[[f64; 2]] = match mark {
            Mark::Circle => &[],
            Mark::Square => &[[-5.0, -5.0], [5.0, -5.0], [5.0, 5.0], [-5.0, 5.0]],
            Mark::Triangle => &[[0.0, -6.5], [6.0, 5.0], [-6.0, 5.0]],
        };
        let corners: Vec<String> =
            corners.iter().map(|[dx, dy]| format!("{},{}", px(x + dx), px(y + dy))).collect();
        self.push(match mark {
            Mark::Circle => html! {
                circle cx=(px(x)) cy=(px(y)) r="5" class=(colour.fill()) fill=(colour.light()) {}
            },
            Mark::Square | Mark::Triangle => html! {
                polygon points=(corners.join(" ")) class=(colour.fill()) fill=(colour.light()) {}
            },
        });
    }

    /// Writes a line of text with its baseline at `at`.
    pub fn text(&mut self, at: [f64; 2], anchor: Anchor, face: Face, colour: Colour, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(html! {
            text x=(px(at[0])) y=(px(at[1])) text-anchor=(anchor) font-size=(face.size())
                font-weight=(face.weight()) class=(colour.fill()) fill=(colour.light()) { (words) }
        });
    }

    /// Returns the SVG document; `description` is its text alternative.
    #[must_use]
    pub fn finish(self, description: &str) -> Plot {
        let Heading { name, title, run, origin } = self.heading;
        let id = format!("plot-{name}");
        let label = format!("{id}-title {id}-text");
        let view_box = format!("0 0 {WIDTH} {HEIGHT}");
        let svg = html! {
            svg xmlns="http://www.w3.org/2000/svg" id=(id) viewBox=(view_box)
                width=(WIDTH) height=(HEIGHT) role="img" aria-labelledby=(label)
                font-family=(FONTS) {
                title id=(format!("{id}-title")) { (title) }
                desc id=(format!("{id}-text")) { (description) " " (run) " " (origin) }
                style { (PreEscaped(css(&id))) }
                (PreEscaped(self.body))
            }
        };
        Plot { name, title, svg: svg.into_string() }
    }

    fn push(&mut self, element: PreEscaped<String>) {
        self.body.push_str(&element.0);
        self.body.push('\n');
    }
}

/// Rounds to 0.1 px; NaN and infinity become 0.
fn px(value: f64) -> f64 {
    if value.is_finite() { (value * 10.0).round() / 10.0 } else { 0.0 }
}

/// Breaks text into lines of at most `most` characters, longer ones only for a longer word. A
/// number stays on the line of the word after it.
fn wrap(words: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut kept = String::new();
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        kept.push_str(word);
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            kept.push('\u{a0}');
            continue;
        }
        let word = std::mem::take(&mut kept);
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    match (lines.last_mut(), kept.trim_end()) {
        (_, "") => {}
        (Some(line), last) => *line += &format!(" {last}"),
        (None, last) => lines.push(last.to_owned()),
    }
    lines
}

/// Breaks text into as few lines as [`wrap`]; the first line ends at punctuation where possible,
/// otherwise the lines are equally long.
fn balance(words: &str, most: usize) -> Vec<String> {
    let wide = wrap(words, most);
    let options: Vec<_> = (1..=most)
        .map(|width| wrap(words, width))
        .filter(|lines| lines.len() <= wide.len())
        .collect();
    let ends_at_pause =
        |lines: &&Vec<String>| lines.len() > 1 && lines[0].ends_with([',', ';', ':']);
    options.iter().find(ends_at_pause).or(options.first()).cloned().unwrap_or(wide)
}

/// Shortens text to `most` characters and an ellipsis.
#[must_use]
pub fn truncate(words: &str, most: usize) -> String {
    match words.char_indices().nth(most) {
        None => words.to_owned(),
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_but_not_after_numbers() {
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
        assert_eq!(wrap("after 5.01 s it is done", 9), ["after", "5.01\u{a0}s it", "is done"]);
        assert_eq!(wrap("a word_without_any_end", 9), ["a", "word_without_any_end"]);
        assert_eq!(wrap("no more than 11", 40), ["no more than 11"]);
        assert_eq!(wrap("11", 40), ["11"]);
        assert!(wrap("", 9).is_empty());
        assert_eq!(balance("one two three four", 14), ["one two", "three four"]);
        assert_eq!(balance("one two three, four", 15), ["one two three,", "four"]);
        assert_eq!(balance("one, two", 15), ["one, two"]);
    }

    #[test]
    fn long_text_is_truncated_between_characters() {
        assert_eq!(truncate("über alles", 4), "über…");
        assert_eq!(truncate("über", 4), "über");
    }
}
