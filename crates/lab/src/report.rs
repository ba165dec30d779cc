//! The report of a tour: one page that needs no network, and its pictures, each a whole file as well.

mod axes;
mod canvas;
mod colour;
mod courses;
mod page;
mod plots;

#[cfg(test)]
mod tests;

pub use colour::{Colour, style};

use crate::experiments::Failure;
use crate::experiments::results::{Outcome, Results};
use std::fs;
use std::path::{Path, PathBuf};

/// A picture of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Its name, unique among all; the name of its file.
    pub name: &'static str,
    /// What is found, in a sentence made from the data.
    pub title: String,
    /// The picture: a whole SVG, which follows light and dark by itself.
    pub svg: String,
}

/// Every picture that can be drawn of these, in the order of the tour.
#[must_use]
pub fn plots(outcomes: &[Outcome]) -> Vec<Plot> {
    plots::ALL.iter().filter_map(|picture| (picture.draw)(outcomes)).collect()
}

/// Writes `index.html` and `plots/NAME.svg` into a folder, which is made when it is not there. Returns
/// the page's path.
///
/// # Errors
/// When a file cannot be written.
pub fn write(results: &Results, folder: &Path) -> Result<PathBuf, Failure> {
    let plots = plots(&results.experiments);
    let pictures = folder.join("plots");
    fs::create_dir_all(&pictures)
        .map_err(|error| format!("cannot make {}: {error}", pictures.display()))?;
    let write = |path: PathBuf, text: &str| {
        fs::write(&path, text)
            .map(|()| path.clone())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    // A picture of an earlier report would be taken for one of this.
    for picture in plots::ALL {
        let _ = fs::remove_file(pictures.join(format!("{}.svg", picture.name)));
    }
    for plot in &plots {
        write(pictures.join(format!("{}.svg", plot.name)), &plot.svg)?;
    }
    Ok(write(folder.join("index.html"), &page::page(results, &plots))?)
}
