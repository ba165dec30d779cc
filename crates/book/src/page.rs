//! Parses a page as mdBook does: its comments, links, headings, tables and code blocks.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

#[derive(Debug, Default)]
pub struct Page {
    /// The path in the repository, such as `docs/stage5.md`.
    pub name: String,
    pub text: String,
    pub comments: Vec<Comment>,
    /// Links and images: offset and target.
    pub links: Vec<(usize, String)>,
    /// The fragments that a link to this page can have.
    pub anchors: Vec<String>,
    pub tables: Vec<Table>,
    pub fences: Vec<Fence>,
}

#[derive(Debug)]
pub struct Comment {
    pub range: Range<usize>,
    pub place: Place,
}

/// The position of a comment in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    OwnLine,
    /// Within text.
    InText,
    /// Before other text, so that Markdown treats the whole line as HTML.
    BeforeText,
}

#[derive(Debug)]
pub struct Table {
    pub start: usize,
    /// The text of each cell; the first row is the header.
    pub rows: Vec<Vec<String>>,
}

/// A fenced code block.
#[derive(Debug)]
pub struct Fence {
    pub start: usize,
    pub language: String,
    pub content: Range<usize>,
}

impl Page {
    pub fn new(name: &str, text: String) -> Page {
        let mut page = Page { name: name.to_owned(), ..Page::default() };
        page.read(&text);
        Page { text, ..page }
    }

    fn read(&mut self, text: &str) {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let mut text_of_block = String::new();
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::HtmlBlock) => self.comments.extend(comments(text, range)),
                Event::InlineHtml(html) if html.starts_with("<!--") => {
                    self.comments.push(Comment { range, place: Place::InText });
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    self.links.push((range.start, dest_url.into_string()));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    self.fences.push(Fence::new(text, range, &language));
                }
                Event::Start(Tag::Table(_)) => {
                    self.tables.push(Table { start: range.start, rows: Vec::new() });
                }
                Event::Start(Tag::TableHead | Tag::TableRow) => {
                    if let Some(table) = self.tables.last_mut() {
                        table.rows.push(Vec::new());
                    }
                }
                Event::Start(Tag::Heading { .. } | Tag::TableCell) => text_of_block.clear(),
                Event::Text(more) | Event::Code(more) => text_of_block.push_str(&more),
                Event::End(TagEnd::TableCell) => {
                    let row = self.tables.last_mut().and_then(|table| table.rows.last_mut());
                    row.into_iter().for_each(|row| row.push(text_of_block.clone()));
                }
                Event::End(TagEnd::Heading(_)) => self.anchors.push(self.anchor(&text_of_block)),
                _ => {}
            }
        }
    }

    /// Returns the anchor of a heading, which is the same on GitHub and in mdBook.
    fn anchor(&self, heading: &str) -> String {
        let kept = |c: char| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
        };
        let anchor: String = heading.trim().chars().filter_map(kept).collect();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let mut anchors = std::iter::once(anchor.clone()).chain(numbered);
        anchors.find(|anchor| !self.anchors.contains(anchor)).unwrap_or(anchor)
    }

    /// Formats a message with the line of an offset: `docs/stage5.md:12: message`.
    pub fn fault(&self, at: usize, message: &str) -> String {
        let line = self.text[..at].matches('\n').count() + 1;
        format!("{}:{line}: {message}", self.name)
    }

    /// Returns an image with alternative text.
    pub fn image(&self, alt: &str, path: &str) -> String {
        format!("![{}]({})", alt.replace('[', "(").replace(']', ")"), self.link(path))
    }

    /// Returns the link target on this page for a path in the repository.
    pub fn link(&self, path: &str) -> String {
        match (self.name.starts_with("docs/"), path.strip_prefix("docs/")) {
            (true, Some(beside)) => beside.to_owned(),
            (true, None) => format!("../{path}"),
            (false, _) => path.to_owned(),
        }
    }
}

impl Fence {
    fn new(text: &str, range: Range<usize>, language: &str) -> Fence {
        let block = text[range.clone()].trim_end();
        let begin = block.find('\n').map_or(block.len(), |end| end + 1);
        let end = block.rfind('\n').map_or(begin, |end| (end + 1).max(begin));
        let content = range.start + begin..range.start + end;
        Fence { start: range.start, language: language.to_owned(), content }
    }
}

/// Returns the comments of an HTML block.
fn comments(text: &str, block: Range<usize>) -> Vec<Comment> {
    let html = &text[block.clone()];
    let starts = html.match_indices("<!--").map(|(start, _)| start);
    let ends = |start: usize| html[start..].find("-->").map(|length| start + length + 3);
    let ranges = starts.filter_map(|start| Some(start..ends(start)?));
    let place = |range: &Range<usize>| {
        if html.trim() == &html[range.clone()] { Place::OwnLine } else { Place::BeforeText }
    };
    let shift = |range: Range<usize>| block.start + range.start..block.start + range.end;
    ranges.map(|range| Comment { place: place(&range), range: shift(range) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_anchors_of_github() {
        let text =
            "# What's `new`, and why?\n## Twice\n## Twice\n## A – b_c\n```\n# no heading\n```\n";
        let page = Page::new("docs/a.md", text.to_owned());
        assert_eq!(page.anchors, ["whats-new-and-why", "twice", "twice-1", "a--b_c"]);
    }

    #[test]
    fn a_comment_has_its_place_in_the_line() {
        let text = "<!-- a -->\n\nText <!-- b -->1<!-- c --> goes on\n\n<!-- d -->2<!-- e --> text\n\n\
                    ```\n<!-- f -->\n```\n\n`<!-- g -->`\n\n| x |\n|---|\n| <!-- h -->1 |\n";
        let page = Page::new("README.md", text.to_owned());
        let seen = |comment: &Comment| (&text[comment.range.clone()], comment.place);
        let found: Vec<(&str, Place)> = page.comments.iter().map(seen).collect();
        let expected = [
            ("<!-- a -->", Place::OwnLine),
            ("<!-- b -->", Place::InText),
            ("<!-- c -->", Place::InText),
            ("<!-- d -->", Place::BeforeText),
            ("<!-- e -->", Place::BeforeText),
            ("<!-- h -->", Place::InText),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_fault_has_a_line_and_a_link_is_relative() {
        let page = Page::new("docs/a.md", "one\ntwo\n".to_owned());
        assert_eq!(page.fault(4, "is wrong"), "docs/a.md:2: is wrong");
        assert_eq!(page.link("crates/a.rs"), "../crates/a.rs");
        assert_eq!(page.link("docs/plots/a.svg"), "plots/a.svg");
    }
}
