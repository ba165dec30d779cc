//! Finds items of a Rust source by name, and the lines where each stands: with its attributes, its doc
//! comments, and the comment right above it.

use std::ops::RangeInclusive;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Fields, ImplItem, Item, TraitItem};

/// Lines of a source, counted from 1.
pub type Lines = RangeInclusive<usize>;

#[derive(Debug)]
struct Found {
    /// `fn`, `struct`, `impl` …
    kind: &'static str,
    /// `run`, `Server::accept`, `Display for Job`; of a `use`, nothing.
    name: String,
    lines: Lines,
    is_empty: bool,
}

/// The lines of what is named: `run`, `fn run`, `Server::accept` (a method, a field, a variant), `impl
/// Server`, `mod tests`; `use` and `mod` alone are all of them. Several when several are called so.
///
/// # Errors
/// A sentence when there is no such item, when it is empty, or when its name is not its own.
pub fn find(source: &str, named: &str) -> Result<Vec<Lines>, String> {
    let file = syn::parse_file(source).map_err(|error| {
        format!("cannot be read as Rust: line {}: {error}", error.span().start().line)
    })?;
    let mut all = Vec::new();
    walk(&file.items, "", &mut all);
    let (kind, name) = match named.split_once(' ') {
        Some((kind, name)) => (Some(kind), name),
        None if matches!(named, "use" | "mod") => (Some(named), ""),
        None => (None, named),
    };
    let is_meant = |it: &&Found| match kind {
        Some(kind) => it.kind == kind && (name.is_empty() || it.name == spaced(name)),
        None => it.kind != "impl" && it.name == name,
    };
    let found: Vec<&Found> = all.iter().filter(is_meant).collect();
    let Some(first) = found.first() else {
        return Err(format!("has no item `{named}`"));
    };
    if let Some(other) = found.iter().find(|it| it.kind != first.kind) {
        let (one, two) = (first.kind, other.kind);
        return Err(format!("has several `{named}`: say `{one} {named}` or `{two} {named}`"));
    }
    if found.iter().all(|it| it.is_empty) {
        return Err(format!("has nothing in its `{named}`"));
    }
    let source: Vec<&str> = source.lines().collect();
    Ok(found.iter().map(|it| with_comment(&source, &it.lines)).collect())
}

/// The same lines and those of a comment right above them.
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
            Item::Const(it) => ("const", it.ident.to_string(), false),
            Item::Enum(it) => ("enum", it.ident.to_string(), false),
            Item::Fn(it) => ("fn", it.sig.ident.to_string(), it.block.stmts.is_empty()),
            Item::Impl(it) => ("impl", header(it), it.items.is_empty()),
            Item::Macro(it) => {
                ("macro", it.ident.as_ref().map_or(String::new(), ToString::to_string), false)
            }
            Item::Mod(it) => {
                let is_empty = it.content.as_ref().is_some_and(|(_, items)| items.is_empty());
                ("mod", it.ident.to_string(), is_empty)
            }
            Item::Static(it) => ("static", it.ident.to_string(), false),
            Item::Struct(it) => ("struct", it.ident.to_string(), false),
            Item::Trait(it) => ("trait", it.ident.to_string(), it.items.is_empty()),
            Item::Type(it) => ("type", it.ident.to_string(), false),
            Item::Union(it) => ("union", it.ident.to_string(), false),
            Item::Use(_) => ("use", String::new(), false),
            _ => continue,
        };
        let name = format!("{inside}{name}");
        all.push(Found { kind, name: name.clone(), lines: lines(item.span()), is_empty });
        parts(item, inside, &name, all);
    }
}

/// What is inside an item and can be named with it.
fn parts(item: &Item, inside: &str, name: &str, all: &mut Vec<Found>) {
    let mut add = |kind, part: &dyn ToString, span, is_empty| {
        let name = format!("{name}::{}", part.to_string());
        all.push(Found { kind, name, lines: lines(span), is_empty });
    };
    match item {
        Item::Enum(it) => {
            it.variants.iter().for_each(|it| add("variant", &it.ident, it.span(), false))
        }
        Item::Struct(it) => {
            if let Fields::Named(fields) = &it.fields {
                for field in &fields.named {
                    field.ident.iter().for_each(|ident| add("field", ident, field.span(), false));
                }
            }
        }
        Item::Trait(it) => {
            for part in &it.items {
                match part {
                    TraitItem::Const(it) => add("const", &it.ident, it.span(), false),
                    TraitItem::Fn(it) => add("fn", &it.sig.ident, it.span(), false),
                    TraitItem::Type(it) => add("type", &it.ident, it.span(), false),
                    _ => {}
                }
            }
        }
        Item::Impl(block) => {
            let of = format!("{inside}{}", type_name(&block.self_ty));
            for part in &block.items {
                let (kind, ident, is_empty) = match part {
                    ImplItem::Const(it) => ("const", &it.ident, false),
                    ImplItem::Fn(it) => ("fn", &it.sig.ident, it.block.stmts.is_empty()),
                    ImplItem::Type(it) => ("type", &it.ident, false),
                    _ => continue,
                };
                let name = format!("{of}::{ident}");
                all.push(Found { kind, name, lines: lines(part.span()), is_empty });
            }
        }
        Item::Mod(it) => {
            let items = it.content.as_ref().map_or(&[][..], |(_, items)| items);
            walk(items, &format!("{name}::"), all);
        }
        _ => {}
    }
}

fn lines(span: Span) -> Lines {
    span.start().line..=span.end().line
}

/// `Server`, `Display for Job`: what stands between `impl` and the brace, without generics of its own.
fn header(block: &syn::ItemImpl) -> String {
    let of = written(block.self_ty.span());
    match &block.trait_ {
        Some((path, _)) => format!("{} for {of}", written(path.span())),
        None => of,
    }
}

/// A type's last name without its generics: `Server` of `crate::Server<T>`.
fn type_name(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(it) => {
            it.path.segments.last().map_or(String::new(), |it| it.ident.to_string())
        }
        other => written(other.span()),
    }
}

fn written(span: Span) -> String {
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
    /// Who.
    user: String,
}

impl<T> Queue<T> {
    // Why so.
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
    enum Way { Out }
}
";

    #[test]
    fn items_are_found_by_name_with_all_that_belongs_to_them() {
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
            ("tests::Way::Out", vec![31..=31]),
        ] {
            assert_eq!(find(SOURCE, named), Ok(expected), "{named}");
        }
    }

    #[test]
    fn what_is_missing_empty_or_not_one_thing_is_refused() {
        for (named, expected) in [
            ("Jobs", "has no item `Jobs`"),
            ("impl Job", "has no item `impl Job`"),
            ("empty", "has nothing in its `empty`"),
            ("Queue::nothing", "has nothing in its `Queue::nothing`"),
            ("run", "has several `run`: say `mod run` or `fn run`"),
        ] {
            assert_eq!(find(SOURCE, named), Err(expected.to_owned()), "{named}");
        }
        assert!(find("fn {", "x").unwrap_err().starts_with("cannot be read as Rust: line 1"));
    }
}
