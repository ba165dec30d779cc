//! `<!-- plot: throughput -->`: an image drawn from the recorded results.

use charts::Plot;

use super::page::Page;

pub const FOLDER: &str = "docs/plots";

/// Returns the path of a plot in the repository.
pub fn path(plot: &Plot) -> String {
    format!("{FOLDER}/{}.svg", plot.name)
}

/// Returns the image of a plot, with its title as the alternative text.
///
/// # Errors
/// When there is no such plot, or its results are missing.
pub fn markdown(name: &str, plots: &[Plot], page: &Page) -> Result<String, String> {
    let plot = plots.iter().find(|plot| plot.name == name).ok_or_else(|| {
        let names: Vec<&str> = plots.iter().map(|plot| plot.name).collect();
        format!("no plot `{name}`; the results give {}", names.join(", "))
    })?;
    Ok(page.image(&plot.title, &path(plot)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_has_its_title_as_alternative_text() {
        let plots =
            [Plot { name: "drain", title: "A [quick] drain".to_owned(), svg: String::new() }];
        let page = Page::new("docs/a.md", String::new());
        assert_eq!(
            markdown("drain", &plots, &page).unwrap(),
            "![A (quick) drain](plots/drain.svg)"
        );
        let fault = markdown("pool", &plots, &page).unwrap_err();
        assert_eq!(fault, "no plot `pool`; the results give drain");
    }
}
