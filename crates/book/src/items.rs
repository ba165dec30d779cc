//! Finds the lines of Rust items by name, with their attributes, doc comments and the comment
//! directly above.

use std::ops::RangeInclusive;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{ImplItem, Item, TraitItem};

/// Line numbers, counted from 1.
pub type Lines = RangeInclusive<usize>;

#[derive(Debug)]
struct Found {
    /// `fn`, `struct`, `impl` …
    kind: &'static str,
    /// `run`, `Server::accept`, `Display for Job`; empty for a `use`.
    name: String,
    lines: Lines,
    is_empty: bool,
}

/// Returns the lines of the items called `run`, `fn run`, `Server::accept` (a method, field or
/// variant), `impl Server` or `mod tests`. `use` and `mod` alone mean all of them.
///
/// # Errors
/// When there is no such item, it is empty, or the name is ambiguous.
pub fn find(source: &str, named: &str) -> Result<Vec<Lines>, String> {
    let file = syn::parse_file(source).map_err(|error| {
        format!("is not valid Rust: line {}: {error}", error.span().start().line)
    })?;
    let mut all = Vec::new();
    walk(&file.items, "", &mut all);
    let (kind, name) = match named.split_once(' ') {
        Some((kind, name)) => (Some(kind), name),
        None if matches!(named, "use" | "mod") => (Some(named), ""),
        None => (None, named),
    };
    let has_name = |item: &&Found| match kind {
        Some(kind) => item.kind == kind && (name.is_empty() || item.name == spaced(name)),
        None => item.kind != "impl" && item.name == name,
    };
    let found: Vec<&Found> = all.iter().filter(has_name).collect();
    let Some(first) = found.first() else {
        return Err(format!("has no item `{named}`"));
    };
    if let Some(other) = found.iter().find(|item| item.kind != first.kind) {
        let (one, two) = (first.kind, other.kind);
        return Err(format!("has several `{named}`: use `{one} {named}` or `{two} {named}`"));
    }
    if found.iter().all(|item| item.is_empty) {
        return Err(format!("has an empty `{named}`"));
    }
    let source: Vec<&str> = source.lines().collect();
    Ok(found.iter().map(|item| with_comment(&source, &item.lines)).collect())
}

/// Extends the lines by a comment directly above them.
fn with_comment(source: &[&str], lines: &Lines) -> Lines {
    let is_comment = |line: &&usize| {
        let line = source[**line - 1].trim_start();
        line.starts_with("//") && !line.starts_with("//!")
    };
    let above: Vec<usize> = (1..*lines.start()).rev().collect();
    *lines.start() - above.iter().take_while(is_comment).count()..=*lines.end()
}

fn walk(items: &[Item], inside: &str, all: &mut Vec<Found>) {
    for item in items {
        let (kind, name, is_empty) = match item {
            Item::Const(constant) => ("const", constant.ident.to_string(), false),
            Item::Enum(enumeration) => ("enum", enumeration.ident.to_string(), false),
            Item::Fn(function) => {
                ("fn", function.sig.ident.to_string(), function.block.stmts.is_empty())
            }
            Item::Impl(block) => ("impl", header(block), block.items.is_empty()),
            Item::Macro(invoked) => {
                let name = invoked.ident.as_ref().map_or(String::new(), ToString::to_string);
                ("macro", name, false)
            }
            Item::Mod(module) => {
                let is_empty = module.content.as_ref().is_some_and(|(_, items)| items.is_empty());
                ("mod", module.ident.to_string(), is_empty)
            }
            Item::Static(constant) => ("static", constant.ident.to_string(), false),
            Item::Struct(structure) => ("struct", structure.ident.to_string(), false),
            Item::Trait(block) => ("trait", block.ident.to_string(), block.items.is_empty()),
            Item::Type(alias) => ("type", alias.ident.to_string(), false),
            Item::Union(union) => ("union", union.ident.to_string(), false),
            Item::Use(_) => ("use", String::new(), false),
            _ => continue,
        };
        let name = format!("{inside}{name}");
        all.push(Found { kind, name: name.clone(), lines: lines(item.span()), is_empty });
        walk_parts(item, inside, &name, all);
    }
}

/// Collects the fields, variants, methods and nested items of an item.
fn walk_parts(item: &Item, inside: &str, name: &str, all: &mut Vec<Found>) {
    let mut add = |kind, part: &dyn ToString, span, is_empty| {
        let name = format!("{name}::{}", part.to_string());
        all.push(Found { kind, name, lines: lines(span), is_empty });
    };
    match item {
        Item::Enum(enumeration) => {
            for variant in &enumeration.variants {
                add("variant", &variant.ident, variant.span(), false);
            }
        }
        Item::Struct(structure) => {
            for field in &structure.fields {
                field.ident.iter().for_each(|ident| add("field", ident, field.span(), false));
            }
        }
        Item::Trait(block) => {
            for part in &block.items {
                let (kind, ident) = match part {
                    TraitItem::Const(constant) => ("const", &constant.ident),
                    TraitItem::Fn(method) => ("fn", &method.sig.ident),
                    TraitItem::Type(alias) => ("type", &alias.ident),
                    _ => continue,
                };
                add(kind, ident, part.span(), false);
            }
        }
        Item::Impl(block) => {
            let self_type = format!("{inside}{}", type_name(&block.self_ty));
            for part in &block.items {
                let (kind, ident, is_empty) = match part {
                    ImplItem::Const(constant) => ("const", &constant.ident, false),
                    ImplItem::Fn(method) => {
                        ("fn", &method.sig.ident, method.block.stmts.is_empty())
                    }
                    ImplItem::Type(alias) => ("type", &alias.ident, false),
                    _ => continue,
                };
                let name = format!("{self_type}::{ident}");
                all.push(Found { kind, name, lines: lines(part.span()), is_empty });
            }
        }
        Item::Mod(module) => {
            let items = module.content.as_ref().map_or(&[][..], |(_, items)| items);
            walk(items, &format!("{name}::"), all);
        }
        _ => {}
    }
}

fn lines(span: Span) -> Lines {
    span.start().line..=span.end().line
}

/// Returns the source between `impl<T>` and the brace: `Server`, `Display for Job`.
fn header(block: &syn::ItemImpl) -> String {
    let self_type = source_text(block.self_ty.span());
    match &block.trait_ {
        Some((path, _)) => format!("{} for {self_type}", source_text(path.span())),
        None => self_type,
    }
}

/// Returns the last name of a type, without generics: `Server` for `crate::Server<T>`.
fn type_name(self_type: &syn::Type) -> String {
    match self_type {
        syn::Type::Path(path) => {
            let last = path.path.segments.last();
            last.map_or(String::new(), |segment| segment.ident.to_string())
        }
        other => source_text(other.span()),
    }
}

fn source_text(span: Span) -> String {
    spaced(&span.source_text().unwrap_or_default())
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
use a;
use b;

/// A job.
#[derive(Debug)]
pub struct Job {
    /// The name.
    user: String,
}

impl<T> Queue<T> {
    // A reason.
    fn push(&self) {
        // inside
        self.0.push()
    }
    fn nothing() {}
}

impl Display for
    Job
{
    fn fmt() -> u8 { 1 }
}

mod run;
fn run() { one() }
mod empty {}
#[cfg(test)]
mod tests {
    enum Mode { Fast }
}
";

    #[test]
    fn items_are_found_by_name_with_their_comments() {
        for (named, expected) in [
            ("use", vec![1..=1, 2..=2]),
            ("Job", vec![4..=9]),
            ("struct Job", vec![4..=9]),
            ("Job::user", vec![7..=8]),
            ("Queue::push", vec![12..=16]),
            ("impl Queue<T>", vec![11..=18]),
            ("impl Display for Job", vec![20..=24]),
            ("Job::fmt", vec![23..=23]),
            ("fn run", vec![27..=27]),
            ("tests", vec![29..=32]),
            ("tests::Mode::Fast", vec![31..=31]),
        ] {
            assert_eq!(find(SOURCE, named), Ok(expected), "{named}");
        }
    }

    #[test]
    fn missing_empty_and_ambiguous_names_are_refused() {
        for (named, expected) in [
            ("Jobs", "has no item `Jobs`"),
            ("impl Job", "has no item `impl Job`"),
            ("empty", "has an empty `empty`"),
            ("Queue::nothing", "has an empty `Queue::nothing`"),
            ("run", "has several `run`: use `mod run` or `fn run`"),
        ] {
            assert_eq!(find(SOURCE, named), Err(expected.to_owned()), "{named}");
        }
        assert!(find("fn {", "x").unwrap_err().starts_with("is not valid Rust: line 1"));
    }
}
