//! Plots and diagrams as SVG files that need no network and follow a light or dark colour scheme.
//!
//! A plot is drawn on a [`Canvas`], between [`Axes`], from [`series`] of points; the caller chooses
//! the data and the words. A [`Diagram`] is converted from a drawing in box-drawing characters.

pub mod axes;
pub mod canvas;
mod colour;
mod diagram;
pub mod series;

pub use axes::Axes;
pub use canvas::Canvas;
pub use colour::Colour;
pub use diagram::Diagram;

/// A finished plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// Its name, unique within a report; also the name of its file.
    pub name: &'static str,
    /// The finding, in a sentence.
    pub title: String,
    /// A complete SVG document.
    pub svg: String,
}
