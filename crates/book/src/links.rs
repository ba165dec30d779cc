//! Checks that links lead to an existing file, folder or heading; mdBook accepts any link.
//!
//! lychee checks existence as well, but not what else is required here: paths within the
//! repository, no fragments on files other than pages, no machine-specific paths, and every page in
//! SUMMARY.md.

use std::path::{Component, Path, PathBuf};

use super::book::Chapter;
use super::page::Page;

const SUMMARY: &str = "docs/SUMMARY.md";

/// Returns the faults of the links of these pages.
pub fn check(repository: &Path, chapters: &[Chapter]) -> Vec<String> {
    let pages: Vec<&Page> = chapters.iter().map(|chapter| &chapter.page).collect();
    let mut faults = Vec::new();
    for page in &pages {
        for (at, link) in &page.links {
            let fault = link_fault(repository, &pages, page, link);
            faults
                .extend(fault.map(|fault| page.fault(*at, &format!("the link `{link}` {fault}"))));
        }
        faults.extend(machine_paths(repository, page));
    }
    faults.extend(missing_from_summary(&pages));
    faults
}

fn link_fault(repository: &Path, pages: &[&Page], page: &Page, link: &str) -> Option<String> {
    if ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
        return None; // not checked: a site may be down
    }
    let (path, anchor) = match link.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (link, None),
    };
    if path.starts_with('/') || path.contains(':') {
        return Some("is absolute: make it relative to this page".to_owned());
    }
    let Some(target) = resolve(&page.name, path) else {
        return Some("leaves the repository".to_owned());
    };
    if !repository.join(&target).exists() {
        return Some(format!("leads to {target}, which does not exist"));
    }
    let other = pages.iter().find(|other| other.name == target);
    match (anchor, other) {
        (None, _) => None,
        (Some(_), None) => Some(format!("has a fragment, but {target} is not a page")),
        (Some(anchor), Some(other)) => (!other.anchors.iter().any(|known| known == anchor))
            .then(|| format!("leads to no heading of {target}: {}", other.anchors.join(", "))),
    }
}

/// Resolves a link of a page to a path in the repository; returns `None` when it leads out of it.
fn resolve(page: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(page.to_owned());
    }
    let mut path = PathBuf::from(page).parent()?.to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => {
                path.file_name()?;
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    Some(path.display().to_string())
}

/// Reports machine-specific paths.
fn machine_paths(repository: &Path, page: &Page) -> Vec<String> {
    let own = repository.canonicalize().map(|path| path.display().to_string());
    let paths = ["/home/".to_owned(), "/Users/".to_owned()].into_iter().chain(own.ok());
    let found = paths.filter_map(|path| Some((page.text.find(&path)?, path)));
    found
        .map(|(at, path)| page.fault(at, &format!("`{path}` is a machine-specific path")))
        .collect()
}

/// Reports pages that the table of contents lacks, as mdBook would not render them.
fn missing_from_summary(pages: &[&Page]) -> Vec<String> {
    let Some(summary) = pages.iter().find(|page| page.name == SUMMARY) else {
        return Vec::new();
    };
    let is_listed = |page: &Page| {
        let name = page.name.trim_start_matches("docs/");
        summary.links.iter().any(|(_, link)| link == name)
    };
    let is_page = |page: &Page| page.name.starts_with("docs/") && page.name != SUMMARY;
    let missing = pages.iter().filter(|page| is_page(page) && !is_listed(page));
    missing.map(|page| format!("{}: missing from {SUMMARY}", page.name)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn faults(pages: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("docs/results")).unwrap();
        for (name, text) in pages {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let pages = pages.iter().filter(|(name, _)| name.ends_with(".md"));
        let page = |(name, text): &(&str, &str)| Page::new(name, (*text).to_owned());
        let chapter = |source| Chapter { page: page(source), markers: Vec::new() };
        check(folder.path(), &pages.map(chapter).collect::<Vec<_>>())
    }

    #[test]
    fn valid_links_have_no_faults() {
        let a = "# One head\n[b](b.md#so-what) [me](#one-head) [up](../README.md) [r](results) \
                 [out](https://example.com/x#y) ![i](../i.svg)\n```\n[no](link)\n```\n";
        let pages = [
            ("docs/a.md", a),
            ("docs/b.md", "## So, what?\n"),
            ("README.md", "[a](docs/a.md)"),
            ("i.svg", ""),
        ];
        assert_eq!(faults(&pages), Vec::<String>::new());
    }

    #[test]
    fn broken_links_are_reported_with_their_line() {
        let a = "\n[b](c.md)\n[h](#head)\n[o](../../x)\n[m](/etc)\n[l](../i.svg#L3)\n![i](i.svg)\n/home/me\n";
        let faults = faults(&[("docs/a.md", a), ("i.svg", "")]);
        let starts = [
            "docs/a.md:2: the link `c.md` leads to docs/c.md, which does not exist",
            "docs/a.md:3: the link `#head` leads to no heading of docs/a.md",
            "docs/a.md:4: the link `../../x` leaves the repository",
            "docs/a.md:5: the link `/etc` is absolute",
            "docs/a.md:6: the link `../i.svg#L3` has a fragment",
            "docs/a.md:7: the link `i.svg` leads to docs/i.svg, which does not exist",
            "docs/a.md:8: `/home/` is a machine-specific path",
        ];
        assert_eq!(faults.len(), starts.len(), "{faults:#?}");
        for (fault, start) in faults.iter().zip(starts) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn a_page_missing_from_the_summary_is_reported() {
        let pages = [("docs/SUMMARY.md", "- [a](a.md)\n"), ("docs/a.md", ""), ("docs/b.md", "")];
        assert_eq!(faults(&pages), ["docs/b.md: missing from docs/SUMMARY.md"]);
    }
}
