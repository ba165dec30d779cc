//! Every link of the book leads somewhere: to a file, a folder, a heading. mdBook says nothing when one
//! does not.

use std::path::{Component, Path, PathBuf};

use super::book::Chapter;
use super::page::Page;

const SUMMARY: &str = "docs/SUMMARY.md";

/// What is wrong with the links of these pages.
pub fn check(repository: &Path, chapters: &[Chapter]) -> Vec<String> {
    let pages: Vec<&Page> = chapters.iter().map(|chapter| &chapter.page).collect();
    let mut faults = Vec::new();
    for page in &pages {
        for (at, link) in &page.links {
            let fault = broken(repository, &pages, page, link);
            faults
                .extend(fault.map(|fault| page.fault(*at, &format!("the link `{link}` {fault}"))));
        }
        faults.extend(machine_paths(repository, page));
    }
    faults.extend(left_out(&pages));
    faults
}

fn broken(repository: &Path, pages: &[&Page], page: &Page, link: &str) -> Option<String> {
    if ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
        return None; // another's page, which may be away today
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, it)| (path, Some(it)));
    if path.starts_with('/') || path.contains(':') {
        return Some("is absolute: say it from this page on".to_owned());
    }
    let Some(target) = resolve(&page.name, path) else {
        return Some("leaves the repository".to_owned());
    };
    if !repository.join(&target).exists() {
        return Some(format!("leads to {target}, which is not there"));
    }
    let other = pages.iter().find(|other| other.name == target);
    match (anchor, other) {
        (None, _) => None,
        (Some(_), None) => Some(format!("has a fragment, and {target} has none that would last")),
        (Some(anchor), Some(other)) => (!other.anchors.iter().any(|it| it == anchor)).then(|| {
            format!("leads to a heading that {target} has not; it has {}", other.anchors.join(", "))
        }),
    }
}

/// A path below the repository for one that is said from a page; `None` when it leads out.
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

/// Paths that only one machine has.
fn machine_paths(repository: &Path, page: &Page) -> Vec<String> {
    let own = repository.canonicalize().map(|path| path.display().to_string());
    let paths = ["/home/".to_owned(), "/Users/".to_owned()].into_iter().chain(own.ok());
    let found = paths.filter_map(|path| Some((page.text.find(&path)?, path)));
    found.map(|(at, path)| page.fault(at, &format!("`{path}` is a path of one machine"))).collect()
}

/// Pages of the book that its table of contents does not have: mdBook makes none of them.
fn left_out(pages: &[&Page]) -> Vec<String> {
    let Some(summary) = pages.iter().find(|page| page.name == SUMMARY) else {
        return Vec::new();
    };
    let has = |page: &&&Page| {
        let name = page.name.trim_start_matches("docs/");
        summary.links.iter().any(|(_, link)| link == name)
    };
    let book = pages.iter().filter(|it| it.name.starts_with("docs/") && it.name != SUMMARY);
    book.filter(|page| !has(page)).map(|it| format!("{}: is not in {SUMMARY}", it.name)).collect()
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
        let chapter = |it| Chapter { page: page(it), markers: Vec::new() };
        check(folder.path(), &pages.map(chapter).collect::<Vec<_>>())
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
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
    fn links_that_do_not_are_told_with_their_line() {
        let a = "\n[b](c.md)\n[h](#head)\n[o](../../x)\n[m](/etc)\n[l](../i.svg#L3)\n![i](i.svg)\n/home/me\n";
        let faults = faults(&[("docs/a.md", a), ("i.svg", "")]);
        let starts = [
            "docs/a.md:2: the link `c.md` leads to docs/c.md, which is not there",
            "docs/a.md:3: the link `#head` leads to a heading that docs/a.md has not",
            "docs/a.md:4: the link `../../x` leaves the repository",
            "docs/a.md:5: the link `/etc` is absolute",
            "docs/a.md:6: the link `../i.svg#L3` has a fragment",
            "docs/a.md:7: the link `i.svg` leads to docs/i.svg, which is not there",
            "docs/a.md:8: `/home/` is a path of one machine",
        ];
        assert_eq!(faults.len(), starts.len(), "{faults:#?}");
        for (fault, start) in faults.iter().zip(starts) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn a_page_that_the_contents_lack_is_told() {
        let pages = [("docs/SUMMARY.md", "- [a](a.md)\n"), ("docs/a.md", ""), ("docs/b.md", "")];
        assert_eq!(faults(&pages), ["docs/b.md: is not in docs/SUMMARY.md"]);
    }
}
