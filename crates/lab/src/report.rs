//! The report of a tour: an HTML page that needs no network, and its plots as SVG files.

mod lookup;
mod page;
mod plots;

#[cfg(test)]
mod tests;

use crate::experiments::Failure;
use crate::experiments::results::{Outcome, Results};
use charts::Plot;
use std::fs;
use std::path::{Path, PathBuf};

/// Draws every plot that these outcomes have data for, in the order of the tour.
#[must_use]
pub fn plots(outcomes: &[Outcome]) -> Vec<Plot> {
    plots::ALL.iter().filter_map(|plot| (plot.draw)(outcomes)).collect()
}

/// Writes `index.html` and `plots/NAME.svg` into a folder, which is created if missing. Returns the
/// path of the page.
///
/// # Errors
/// When a file cannot be written.
pub fn write(results: &Results, folder: &Path) -> Result<PathBuf, Failure> {
    let plots = plots(&results.experiments);
    let plots_folder = folder.join("plots");
    fs::create_dir_all(&plots_folder)
        .map_err(|error| format!("cannot create {}: {error}", plots_folder.display()))?;
    let write = |path: PathBuf, text: &str| {
        fs::write(&path, text)
            .map(|()| path.clone())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    // Plots of an earlier report would seem to belong to this one.
    for plot in plots::ALL {
        let _ = fs::remove_file(plots_folder.join(format!("{}.svg", plot.name)));
    }
    for plot in &plots {
        write(plots_folder.join(format!("{}.svg", plot.name)), &plot.svg)?;
    }
    Ok(write(folder.join("index.html"), &page::render(results, &plots))?)
}
