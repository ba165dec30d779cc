//! `<!-- code: crates/stage5/src/main.rs Server, Server::accept -->`: an excerpt of the named
//! items, or the whole file.

use std::fs;
use std::path::Path;

use super::items::{self, Lines};
use super::page::Page;

/// An excerpt of one file.
#[derive(Debug)]
pub struct Excerpt {
    /// The path in the repository.
    pub path: String,
    /// The names of the items, as written in the marker.
    names: Vec<String>,
    /// The lines of the items, in the order of their names.
    pub cuts: Vec<Lines>,
    source: String,
}

impl Excerpt {
    /// Reads the excerpt that `FILE ITEM, ITEM` names.
    ///
    /// # Errors
    /// When the file or an item does not exist or is empty.
    pub fn read(repository: &Path, argument: &str) -> Result<Excerpt, String> {
        let (path, names) = argument.split_once(' ').unwrap_or((argument, ""));
        let names = names.split(',').map(|name| name.trim().to_owned());
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        let source = fs::read_to_string(repository.join(path))
            .map_err(|error| format!("{path} cannot be read: {error}"))?;
        if source.trim().is_empty() {
            return Err(format!("{path} is empty"));
        }
        let mut cuts = Vec::new();
        for name in &names {
            let found = items::find(&source, name).map_err(|fault| format!("{path} {fault}"))?;
            cuts.extend(found);
        }
        if names.is_empty() {
            cuts.push(1..=source.lines().count());
        }
        Ok(Excerpt { path: path.to_owned(), names, cuts, source })
    }

    /// Returns a link to the file, and the code.
    pub fn markdown(&self, page: &Page) -> String {
        let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
        let names =
            if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        let (path, link) = (&self.path, page.link(&self.path));
        let language = if path.ends_with(".rs") { "rust" } else { "text" };
        format!("[{path}]({link}){names}\n\n{}", fenced(language, &self.code()))
    }

    /// Returns the cuts without their indentation. An empty line stands for omitted source.
    fn code(&self) -> String {
        let source: Vec<&str> = self.source.lines().collect();
        let mut code = String::new();
        let mut end = None;
        for cut in &self.cuts {
            if end.is_some_and(|end| end + 1 != *cut.start()) {
                code.push('\n');
            }
            end = Some(*cut.end());
            let lines = &source[cut.start() - 1..*cut.end()];
            let indent = |line: &&str| line.len() - line.trim_start().len();
            let indent =
                lines.iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or(0);
            for line in lines {
                code.push_str(line.get(indent..).unwrap_or_default());
                code.push('\n');
            }
        }
        code
    }
}

/// Returns a code block, in a fence longer than any in the code.
pub fn fenced(language: &str, code: &str) -> String {
    let mut fence = "```".to_owned();
    while code.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{code}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "use a;\nuse b;\n\nimpl Server {\n    /// Why.\n    fn accept() {\n        go()\n    }\n}\n\
                          fn other() {\n    1\n}\n";

    fn excerpt(argument: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.rs"), SOURCE).unwrap();
        fs::write(folder.path().join("empty.rs"), "\n").unwrap();
        let page = Page::new("docs/a.md", String::new());
        Ok(Excerpt::read(folder.path(), argument)?.markdown(&page))
    }

    #[test]
    fn items_are_cut_out_and_unindented() {
        let expected = "[a.rs](../a.rs): `use`, `Server::accept`\n\n```rust\nuse a;\nuse b;\n\n\
                        /// Why.\nfn accept() {\n    go()\n}\n```";
        assert_eq!(excerpt("a.rs use, Server::accept").unwrap(), expected);
        assert_eq!(excerpt("a.rs").unwrap(), format!("[a.rs](../a.rs)\n\n```rust\n{SOURCE}```"));
    }

    #[test]
    fn a_missing_item_and_an_empty_file_are_faults() {
        assert_eq!(excerpt("a.rs Server::take").unwrap_err(), "a.rs has no item `Server::take`");
        assert_eq!(excerpt("empty.rs").unwrap_err(), "empty.rs is empty");
        assert!(excerpt("b.rs run").unwrap_err().starts_with("b.rs cannot be read"));
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_code() {
        assert_eq!(fenced("rust", "/// ```\n"), "````rust\n/// ```\n````");
    }
}
