//! `<!-- diagram: stage5 -->`: an SVG image of the drawing in docs/diagrams/stage5.txt.
//!
//! The page shows the image, and the text of the drawing folded below it, for screen readers and for
//! readers of the plain Markdown.

use std::fs;
use std::path::Path;

use charts::Diagram;

use super::page::Page;

pub const FOLDER: &str = "docs/diagrams";
/// The extension of a drawing's file.
pub const SOURCE: &str = ".txt";

/// Reads all drawings, ordered by name.
///
/// # Errors
/// A sentence when one cannot be read, or has no description or no drawing.
pub fn all(repository: &Path) -> Result<Vec<Diagram>, String> {
    let entries = fs::read_dir(repository.join(FOLDER)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter_map(|name| name.strip_suffix(SOURCE).map(str::to_owned)).collect();
    names.sort_unstable();
    names.into_iter().map(|name| read(repository, name)).collect()
}

fn read(repository: &Path, name: String) -> Result<Diagram, String> {
    let path = format!("{FOLDER}/{name}{SOURCE}");
    let text = fs::read_to_string(repository.join(&path));
    Diagram::parse(name, &text.map_err(|error| format!("{path}: {error}"))?)
        .ok_or_else(|| format!("{path}: needs a description, an empty line and a drawing"))
}

/// Returns the path of an image, relative to the repository.
pub fn path(diagram: &Diagram) -> String {
    format!("{FOLDER}/{}.svg", diagram.name)
}

/// Returns the image of a diagram and the text that it was drawn from.
///
/// # Errors
/// A sentence when there is no diagram of that name.
pub fn markdown(name: &str, diagrams: &[Diagram], page: &Page) -> Result<String, String> {
    let diagram = diagrams
        .iter()
        .find(|diagram| diagram.name == name)
        .ok_or_else(|| format!("there is no {FOLDER}/{name}{SOURCE}"))?;
    let image = page.image(&diagram.title, &path(diagram));
    let drawing = &diagram.drawing;
    Ok(format!(
        "{image}\n\n<details><summary>The same as text</summary>\n\n```text\n{drawing}\n```\n\n</details>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_the_image_and_its_text() {
        let text = "A client asks\na server.\n\nclient ──▶ server\n";
        let diagram = Diagram::parse("a".to_owned(), text).unwrap();
        let page = Page::new("docs/a.md", String::new());
        let shown = markdown("a", &[diagram], &page).unwrap();
        assert!(shown.starts_with("![A client asks a server.](diagrams/a.svg)\n\n<details>"));
        assert!(shown.contains("```text\nclient ──▶ server\n```"), "{shown}");
        let fault = markdown("b", &[], &page).unwrap_err();
        assert_eq!(fault, "there is no docs/diagrams/b.txt");
    }
}
