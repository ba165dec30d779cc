//! `<!-- diagram: stage5 -->`: an image of docs/diagrams/stage5.txt, which holds a title, an empty line,
//! and a drawing of box-drawing characters, arrows and words.
//!
//! The page shows it as an SVG for light and dark themes, and the text folded below for editors and
//! screen readers.

use std::fs;
use std::path::Path;

use lab::report::{Colour, style};
use maud::{Markup, PreEscaped, html};

use super::page::Page;

pub const FOLDER: &str = "docs/diagrams";
/// The extension of a drawing.
pub const SOURCE: &str = ".txt";
/// Width and height of a character, in pixels.
const CELL: [usize; 2] = [10, 20];
/// A unit of a time bar.
const BAR: char = '█';
/// The margin around the drawing, in pixels.
const MARGIN: usize = 16;

#[derive(Debug)]
pub struct Diagram {
    name: String,
    /// The alternative text.
    title: String,
    drawing: String,
}

/// Reads the drawings of the book, ordered by name.
///
/// # Errors
/// When one cannot be read, or lacks a title or a drawing.
pub fn read_all(repository: &Path) -> Result<Vec<Diagram>, String> {
    let entries = fs::read_dir(repository.join(FOLDER)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter_map(|name| name.strip_suffix(SOURCE).map(str::to_owned)).collect();
    names.sort_unstable();
    names.into_iter().map(|name| Diagram::read(repository, name)).collect()
}

impl Diagram {
    fn read(repository: &Path, name: String) -> Result<Diagram, String> {
        let path = format!("{FOLDER}/{name}{SOURCE}");
        let text = fs::read_to_string(repository.join(&path));
        Diagram::new(name, &text.map_err(|error| format!("{path}: {error}"))?)
            .ok_or_else(|| format!("{path}: expected a title, an empty line, and a drawing"))
    }

    fn new(name: String, text: &str) -> Option<Diagram> {
        let (title, drawing) = text.split_once("\n\n")?;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let drawing = drawing.trim_matches('\n').to_owned();
        let is_complete = !title.is_empty() && !drawing.trim().is_empty();
        is_complete.then_some(Diagram { name, title, drawing })
    }

    /// Returns the path of the image in the repository.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}.svg", self.name)
    }

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
                font-family="ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
                font-size="16" {
                title id=(label) { (self.title) }
                style { (PreEscaped(style(&id))) }
                rect width=(width) height=(height) rx="6" class=(Colour::Paper.fill())
                    fill=(Colour::Paper.light()) {}
                path d=(lines) fill="none" class=(Colour::Blue.stroke())
                    stroke=(Colour::Blue.light()) stroke-width="2" stroke-linecap="round" {}
                path d=(filled) class=(Colour::Blue.fill()) fill=(Colour::Blue.light()) {}
                @for (row, line) in grid.iter().enumerate() {
                    g font-weight=[is_heading(&grid, row).then_some("bold")] { (words(row, line)) }
                }
            }
        }
        .into_string()
    }
}

/// Returns the image of that name, and its source text.
///
/// # Errors
/// When there is no such diagram.
pub fn markdown(name: &str, diagrams: &[Diagram], page: &Page) -> Result<String, String> {
    let diagram = diagrams
        .iter()
        .find(|diagram| diagram.name == name)
        .ok_or_else(|| format!("there is no {FOLDER}/{name}{SOURCE}"))?;
    let image = page.image(&diagram.title, &diagram.path());
    let drawing = &diagram.drawing;
    Ok(format!(
        "{image}\n\n<details><summary>The same as text</summary>\n\n```text\n{drawing}\n```\n\n</details>"
    ))
}

/// Returns the SVG paths of the lines, and of the filled shapes: arrow heads and bars.
fn strokes(grid: &[Vec<char>]) -> (String, String) {
    let (mut lines, mut filled) = (String::new(), String::new());
    // Half a character to each side, so that the lines of neighbours meet.
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

/// Returns true for a row that starts at the left margin, with an empty row above and below.
fn is_heading(grid: &[Vec<char>], row: usize) -> bool {
    let is_empty = |row: Option<usize>| row.and_then(|row| grid.get(row)).is_none_or(Vec::is_empty);
    let starts_with_word = grid[row].first().is_some_and(|first| first.is_alphanumeric());
    let is_text = grid[row].iter().all(|character| !is_drawn(*character));
    starts_with_word && is_text && is_empty(row.checked_sub(1)) && is_empty(Some(row + 1))
}

/// Returns the text of a row. Words one space apart form one element.
fn words(row: usize, line: &[char]) -> Markup {
    let mut runs: Vec<(usize, String)> = Vec::new();
    let mut last = None;
    for (column, &character) in line.iter().enumerate() {
        if character == ' ' || is_drawn(character) {
            continue;
        }
        let is_near = |last: usize| {
            column - last <= 2 && line[last + 1..column].iter().all(|between| *between == ' ')
        };
        match (last, runs.last_mut()) {
            (Some(last), Some((_, run))) if is_near(last) => {
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

/// Returns the directions in which a box-drawing character or an arrow leaves its centre: left, right,
/// up, down.
fn ends(character: char) -> &'static str {
    match character {
        '─' => "lr",
        '│' => "ud",
        // An arrow ends at the edge it points to; its line stops below the head.
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

/// Returns the centre of a character, in pixels.
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
    fn a_page_shows_the_image_and_its_source_text() {
        let diagram = Diagram::new("a".to_owned(), TEXT).unwrap();
        let page = Page::new("docs/a.md", String::new());
        let shown = markdown("a", &[diagram], &page).unwrap();
        assert!(shown.starts_with("![A client asks a server.](diagrams/a.svg)\n\n<details>"));
        assert!(shown.contains("```text\nbefore\n\nclient ──▶┌────────┐\n"), "{shown}");
        let fault = markdown("b", &[], &page).unwrap_err();
        assert_eq!(fault, "there is no docs/diagrams/b.txt");
    }

    #[test]
    fn a_drawing_needs_a_title() {
        for text in ["", "words", "words\n\n", "\n\n──▶\n"] {
            assert!(Diagram::new("a".to_owned(), text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn characters_become_lines_arrow_heads_and_text() {
        let svg = Diagram::new("a".to_owned(), TEXT).unwrap().svg();
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
        // The upper left corner of the box.
        let [x, y] = centre(2, 10);
        assert!(svg.contains(&format!("M{x} {y}h5M{x} {y}v10")), "{svg}");
        assert_eq!(svg.matches("l-10 -5v10z").count(), 1, "{svg}");
    }
}
