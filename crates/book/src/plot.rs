//! `<!-- plot: throughput -->`: a picture that is drawn from the recorded results.

use charts::Plot;

use super::page::Page;

pub const FOLDER: &str = "docs/plots";

/// Where a picture's file is, below the repository.
pub fn path(plot: &Plot) -> String {
    format!("{FOLDER}/{}.svg", plot.name)
}

/// A picture by its name, with its title for those who do not see it.
///
/// # Errors
/// A sentence when the results are not there that it is drawn from.
pub fn markdown(name: &str, plots: &[Plot], page: &Page) -> Result<String, String> {
    let plot = plots.iter().find(|plot| plot.name == name).ok_or_else(|| {
        let names: Vec<&str> = plots.iter().map(|plot| plot.name).collect();
        format!("no result draws a picture `{name}`; they draw {}", names.join(", "))
    })?;
    Ok(page.image(&plot.title, &path(plot)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_shown_with_its_title() {
        let plots =
            [Plot { name: "drain", title: "A [quick] drain".to_owned(), svg: String::new() }];
        let page = Page::new("docs/a.md", String::new());
        assert_eq!(
            markdown("drain", &plots, &page).unwrap(),
            "![A (quick) drain](plots/drain.svg)"
        );
        let fault = markdown("pool", &plots, &page).unwrap_err();
        assert_eq!(fault, "no result draws a picture `pool`; they draw drain");
    }
}
