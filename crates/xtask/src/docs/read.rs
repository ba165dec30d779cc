//! What no program can check: whether a page's words say what its code does and its figures are. A person
//! reads one beside the other, and docs/read.lock has the digest of both as they were then. When a sentence,
//! a figure or the stage has changed since, the page wants to be read again.

use std::fs;

use sha2::{Digest, Sha256};

use super::book::{Book, Chapter};
use super::diff;

const LOCK: &str = "docs/read.lock";
const HEAD: &str = "# Pages as they were when they were last read beside their code: `cargo xtask docs --read PAGE`.\n";

/// The pages that were changed since they were read, or whose stage was.
pub fn check(book: &Book, chosen: &[&Chapter]) -> Vec<String> {
    let lock = fs::read_to_string(book.repository.join(LOCK)).unwrap_or_default();
    let is_stale = |chapter: &&&Chapter| {
        let entry = entry(book, chapter);
        lock.lines().all(|line| line != entry)
    };
    let stale = chosen.iter().filter(is_stale);
    let fault = |chapter: &&Chapter| {
        let name = &chapter.page.name;
        let beside = stage(name).map_or(String::new(), |folder| format!(" or {folder}"));
        format!(
            "{name}: it{beside} was changed since somebody read it as a whole: read it beside the code, \
             then `cargo xtask docs --read {name}`"
        )
    };
    stale.map(fault).collect()
}

/// Takes these pages as read.
///
/// # Errors
/// A sentence when the lock cannot be written.
pub fn note(book: &Book, chosen: &[&Chapter]) -> Result<(), String> {
    let path = book.repository.join(LOCK);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut lock = HEAD.to_owned();
    for chapter in &book.chapters {
        let name = &chapter.page.name;
        let is_read = chosen.iter().any(|it| it.page.name == *name);
        let old = before.lines().find(|line| line.split_whitespace().next_back() == Some(name));
        let line = if is_read { Some(entry(book, chapter)) } else { old.map(str::to_owned) };
        lock.extend(line.map(|line| line + "\n"));
    }
    fs::write(path, lock).map_err(|error| format!("{LOCK}: cannot be written: {error}"))
}

/// A page's line in the lock.
fn entry(book: &Book, chapter: &Chapter) -> String {
    let name = &chapter.page.name;
    let mut digest = Sha256::new();
    digest.update(&chapter.page.text);
    let folder = stage(name).map(|stage| book.repository.join(stage).join("src"));
    let sources = folder.and_then(|it| diff::sources(&it).ok()).unwrap_or_default();
    sources.values().for_each(|source| digest.update(source));
    let digest = digest.finalize();
    let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex} {name}")
}

/// The stage that a page is about.
fn stage(page: &str) -> Option<String> {
    let name = page.strip_prefix("docs/")?.strip_suffix(".md")?;
    let number = name.strip_prefix("stage")?;
    number.parse::<u8>().is_ok().then(|| format!("crates/{name}"))
}
