//! Diagrams drawn with box-drawing characters, arrows and words, as SVG.

use maud::{Markup, PreEscaped, html};

use super::colour::{Colour, css};

/// The width and height of a character, in pixels.
const CELL: [usize; 2] = [10, 20];
/// A filled cell; a row of them is a bar on a time line.
const BAR: char = '█';
/// Monospaced fonts; the last is the fallback of most systems.
const FONTS: &str = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/// The margin around the drawing, in pixels.
const MARGIN: usize = 16;

/// A drawing with a description.
#[derive(Debug)]
pub struct Diagram {
    /// Its name, unique within a page.
    pub name: String,
    /// The description of the drawing, its text alternative.
    pub title: String,
    /// The drawing as text.
    pub drawing: String,
}

impl Diagram {
    /// Parses a description, an empty line and a drawing; `None` when either part is missing.
    #[must_use]
    pub fn parse(name: String, text: &str) -> Option<Self> {
        let (title, drawing) = text.split_once("\n\n")?;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let drawing = drawing.trim_matches('\n').to_owned();
        let is_complete = !title.is_empty() && !drawing.trim().is_empty();
        is_complete.then_some(Self { name, title, drawing })
    }

    /// Returns the SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        let grid: Vec<Vec<char>> =
            self.drawing.lines().map(|line| line.chars().collect()).collect();
        let columns = grid.iter().map(Vec::len).max().unwrap_or_default();
        let [width, height] = [columns * CELL[0] + 2 * MARGIN, grid.len() * CELL[1] + 2 * MARGIN];
        let id = format!("diagram-{}", self.name);
        let label = format!("{id}-title");
        let (lines, filled) = strokes(&grid);
        html! {
            svg xmlns="http://www.w3.org/2000/svg" id=(id) viewBox={ "0 0 " (width) " " (height) }
                width=(width) height=(height) role="img" aria-labelledby=(label)
                font-family=(FONTS) font-size="16" {
                title id=(label) { (self.title) }
                style { (PreEscaped(css(&id))) }
                rect width=(width) height=(height) rx="6" class=(Colour::Paper.fill())
                    fill=(Colour::Paper.light()) {}
                path d=(lines) fill="none" class=(Colour::Blue.stroke())
                    stroke=(Colour::Blue.light()) stroke-width="2" stroke-linecap="round" {}
                path d=(filled) class=(Colour::Blue.fill()) fill=(Colour::Blue.light()) {}
                @for (row, line) in grid.iter().enumerate() {
                    g font-weight=[is_heading(&grid, row).then_some("bold")] {
                        (text_runs(row, line))
                    }
                }
            }
        }
        .into_string()
    }
}

/// Returns the path of all lines and the path of all filled shapes: arrow heads and bars.
fn strokes(grid: &[Vec<char>]) -> (String, String) {
    let (mut lines, mut filled) = (String::new(), String::new());
    // Half a cell in each direction, so that lines of adjacent cells join.
    let [across, along] = [CELL[0] / 2, CELL[1] / 2];
    for (row, line) in grid.iter().enumerate() {
        for (column, &character) in line.iter().enumerate() {
            let [x, y] = centre(row, column);
            for end in ends(character).chars() {
                lines.push_str(&match end {
                    'l' => format!("M{x} {y}h-{across}"),
                    'r' => format!("M{x} {y}h{across}"),
                    'u' => format!("M{x} {y}v-{along}"),
                    _ => format!("M{x} {y}v{along}"),
                });
            }
            filled.push_str(&match character {
                '▶' => format!("M{} {}l-10 -5v10z", x + across, y),
                '◀' => format!("M{} {}l10 -5v10z", x - across, y),
                '▼' => format!("M{} {}l-5 -10h10z", x, y + along),
                '▲' => format!("M{} {}l-5 10h10z", x, y - along),
                BAR => format!("M{} {}h{}v12h-{}z", x - across, y - 6, CELL[0], CELL[0]),
                _ => String::new(),
            });
        }
    }
    (lines, filled)
}

/// Returns true for a line of words at the left edge with an empty line above and below.
fn is_heading(grid: &[Vec<char>], row: usize) -> bool {
    let is_empty = |row: Option<usize>| row.and_then(|row| grid.get(row)).is_none_or(Vec::is_empty);
    let begins = grid[row].first().is_some_and(|first| first.is_alphanumeric());
    let words = grid[row].iter().all(|character| !is_drawn(*character));
    begins && words && is_empty(row.checked_sub(1)) && is_empty(Some(row + 1))
}

/// Returns the words of a line as text elements, one for each run of words.
fn text_runs(row: usize, line: &[char]) -> Markup {
    let mut runs: Vec<(usize, String)> = Vec::new();
    let mut last = None;
    for (column, &character) in line.iter().enumerate() {
        if character == ' ' || is_drawn(character) {
            continue;
        }
        // A single space continues a run; two spaces or a line end it.
        let continues = |last: usize| {
            column - last <= 2 && line[last + 1..column].iter().all(|between| *between == ' ')
        };
        match (last, runs.last_mut()) {
            (Some(last), Some((_, run))) if continues(last) => {
                run.extend(&line[last + 1..=column]);
            }
            _ => runs.push((column, character.to_string())),
        }
        last = Some(column);
    }
    html! {
        @for (column, run) in runs {
            text x=(MARGIN + column * CELL[0]) y=(centre(row, 0)[1] + 5)
                textLength=(run.chars().count() * CELL[0]) class=(Colour::Ink.fill())
                fill=(Colour::Ink.light()) { (run) }
        }
    }
}

fn is_drawn(character: char) -> bool {
    character == BAR || !ends(character).is_empty()
}

/// Returns the directions of a character's lines from its centre: left, right, up, down.
fn ends(character: char) -> &'static str {
    match character {
        '─' => "lr",
        '│' => "ud",
        // The head reaches to the edge of the cell; the line ends beneath it.
        '▶' => "l",
        '◀' => "r",
        '▼' => "u",
        '▲' => "d",
        '┌' => "rd",
        '┐' => "ld",
        '└' => "ru",
        '┘' => "lu",
        '├' => "rud",
        '┤' => "lud",
        '┬' => "lrd",
        '┴' => "lru",
        '┼' => "lrud",
        _ => "",
    }
}

/// Returns the centre of a cell, in pixels.
fn centre(row: usize, column: usize) -> [usize; 2] {
    [MARGIN + column * CELL[0] + CELL[0] / 2, MARGIN + row * CELL[1] + CELL[1] / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
A client asks
a server.

before

client ──▶┌────────┐
     say  │ server │  (one thread)
          └────────┘
say  ··███
";

    #[test]
    fn a_description_and_a_drawing_are_required() {
        for text in ["", "words", "words\n\n", "\n\n──▶\n"] {
            assert!(Diagram::parse("a".to_owned(), text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn characters_become_lines_heads_and_runs_of_words() {
        let svg = Diagram::parse("a".to_owned(), TEXT).unwrap().svg();
        assert!(svg.contains("<title id=\"diagram-a-title\">A client asks a server.</title>"));
        let words = ["before", "client", "server", "(one thread)", "··"];
        for word in words {
            let length = word.chars().count() * CELL[0];
            let text = svg.split("<text").find(|text| text.contains(&format!(">{word}</text>")));
            assert!(text.unwrap().contains(&format!("textLength=\"{length}\"")), "{word}: {svg}");
        }
        assert_eq!(svg.matches("<text").count(), words.len() + 2, "{svg}"); // `say`, twice
        assert_eq!(svg.matches("v12h-10z").count(), 3, "{svg}");
        assert_eq!(svg.matches("bold").count(), 1, "{svg}");
        // The upper left corner of the box: from its centre to the right, and down.
        let [x, y] = centre(2, 10);
        assert!(svg.contains(&format!("M{x} {y}h5M{x} {y}v10")), "{svg}");
        assert_eq!(svg.matches("l-10 -5v10z").count(), 1, "{svg}");
    }
}
