//! `<!-- diagram: stage5 -->`: a picture that is drawn once, as text, in docs/diagrams/stage5.txt: what it
//! shows in a paragraph, an empty line, and the drawing, of box-drawing characters, arrows and words.
//!
//! The page gets an SVG of it, which reads in light and dark and on a phone, and the text folded below:
//! for those who read the page in an editor, or have it read to them.

use std::fs;
use std::path::Path;

use lab::report::{Colour, style};
use maud::{Markup, PreEscaped, html};

use super::page::Page;

pub const FOLDER: &str = "docs/diagrams";
/// What the name of a drawing ends with.
pub const SOURCE: &str = ".txt";
/// A character's place, in pixels.
const CELL: [usize; 2] = [10, 20];
/// Time that passes, in a row of them.
const BAR: char = '█';
/// What stays free around the drawing.
const MARGIN: usize = 16;

#[derive(Debug)]
pub struct Diagram {
    name: String,
    /// What it shows, for those who do not see it.
    title: String,
    drawing: String,
}

/// The drawings of the book, by name.
///
/// # Errors
/// A sentence when one cannot be read, or says nothing of itself.
pub fn all(repository: &Path) -> Result<Vec<Diagram>, String> {
    let entries = fs::read_dir(repository.join(FOLDER)).into_iter().flatten().flatten();
    let names = entries.filter_map(|it| it.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter_map(|it| it.strip_suffix(SOURCE).map(str::to_owned)).collect();
    names.sort_unstable();
    names.into_iter().map(|name| Diagram::read(repository, name)).collect()
}

impl Diagram {
    fn read(repository: &Path, name: String) -> Result<Diagram, String> {
        let path = format!("{FOLDER}/{name}{SOURCE}");
        let text = fs::read_to_string(repository.join(&path));
        Diagram::new(name, &text.map_err(|error| format!("{path}: {error}"))?).ok_or_else(|| {
            format!("{path}: has no words about it above an empty line and a drawing")
        })
    }

    fn new(name: String, text: &str) -> Option<Diagram> {
        let (title, drawing) = text.split_once("\n\n")?;
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let drawing = drawing.trim_matches('\n').to_owned();
        let whole = !title.is_empty() && !drawing.trim().is_empty();
        whole.then_some(Diagram { name, title, drawing })
    }

    /// Where the picture is, below the repository.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}.svg", self.name)
    }

    pub fn svg(&self) -> String {
        let grid: Vec<Vec<char>> = self.drawing.lines().map(|it| it.chars().collect()).collect();
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

/// The picture of a name, and the text that it was drawn from.
///
/// # Errors
/// A sentence when there is none of that name.
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

/// The paths of all lines, and of what is filled: arrow heads and bars.
fn strokes(grid: &[Vec<char>]) -> (String, String) {
    let (mut lines, mut filled) = (String::new(), String::new());
    // Half of a place to each side, so that neighbours meet at its edge.
    let [across, along] = [CELL[0] / 2, CELL[1] / 2];
    for (row, line) in grid.iter().enumerate() {
        for (column, &character) in line.iter().enumerate() {
            let [x, y] = middle(row, column);
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

/// A line that begins at the left is a heading when there is an empty one above and below it.
fn is_heading(grid: &[Vec<char>], row: usize) -> bool {
    let is_empty = |row: Option<usize>| row.and_then(|it| grid.get(it)).is_none_or(Vec::is_empty);
    let begins = grid[row].first().is_some_and(|it| it.is_alphanumeric());
    let words = grid[row].iter().all(|it| !is_drawn(*it));
    begins && words && is_empty(row.checked_sub(1)) && is_empty(Some(row + 1))
}

/// The words of a line, each run of them where it begins.
fn words(row: usize, line: &[char]) -> Markup {
    let mut runs: Vec<(usize, String)> = Vec::new();
    let mut last = None;
    for (column, &character) in line.iter().enumerate() {
        if character == ' ' || is_drawn(character) {
            continue;
        }
        // One space is within words; more, or a line, is between them.
        let near =
            |last: usize| column - last <= 2 && line[last + 1..column].iter().all(|it| *it == ' ');
        match (last, runs.last_mut()) {
            (Some(last), Some((_, run))) if near(last) => {
                run.extend(&line[last + 1..=column]);
            }
            _ => runs.push((column, character.to_string())),
        }
        last = Some(column);
    }
    html! {
        @for (column, run) in runs {
            text x=(MARGIN + column * CELL[0]) y=(middle(row, 0)[1] + 5)
                textLength=(run.chars().count() * CELL[0]) class=(Colour::Ink.fill())
                fill=(Colour::Ink.light()) { (run) }
        }
    }
}

fn is_drawn(character: char) -> bool {
    character == BAR || !ends(character).is_empty()
}

/// Where a box-drawing character or an arrow leaves the middle of its place: left, right, up, down.
fn ends(character: char) -> &'static str {
    match character {
        '─' => "lr",
        '│' => "ud",
        // What an arrow points to is the edge of its place; its line ends below its head.
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

/// The middle of a character's place.
fn middle(row: usize, column: usize) -> [usize; 2] {
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
    fn a_page_shows_the_picture_and_the_text_that_it_is_drawn_from() {
        let diagram = Diagram::new("a".to_owned(), TEXT).unwrap();
        let page = Page::new("docs/a.md", String::new());
        let shown = markdown("a", &[diagram], &page).unwrap();
        assert!(shown.starts_with("![A client asks a server.](diagrams/a.svg)\n\n<details>"));
        assert!(shown.contains("```text\nbefore\n\nclient ──▶┌────────┐\n"), "{shown}");
        let fault = markdown("b", &[], &page).unwrap_err();
        assert_eq!(fault, "there is no docs/diagrams/b.txt");
    }

    #[test]
    fn a_drawing_without_words_about_it_is_none() {
        for text in ["", "words", "words\n\n", "\n\n──▶\n"] {
            assert!(Diagram::new("a".to_owned(), text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn characters_become_lines_heads_and_runs_of_words() {
        let svg = Diagram::new("a".to_owned(), TEXT).unwrap().svg();
        assert!(svg.contains("<title id=\"diagram-a-title\">A client asks a server.</title>"));
        let words = ["before", "client", "server", "(one thread)", "··"];
        for word in words {
            let length = word.chars().count() * CELL[0];
            let text = svg.split("<text").find(|it| it.contains(&format!(">{word}</text>")));
            assert!(text.unwrap().contains(&format!("textLength=\"{length}\"")), "{word}: {svg}");
        }
        assert_eq!(svg.matches("<text").count(), words.len() + 2, "{svg}"); // `say`, twice
        assert_eq!(svg.matches("v12h-10z").count(), 3, "{svg}");
        assert_eq!(svg.matches("bold").count(), 1, "{svg}");
        // The upper left corner of the box: from its middle to the right, and down.
        let [x, y] = middle(2, 10);
        assert!(svg.contains(&format!("M{x} {y}h5M{x} {y}v10")), "{svg}");
        assert_eq!(svg.matches("l-10 -5v10z").count(), 1, "{svg}");
    }
}
