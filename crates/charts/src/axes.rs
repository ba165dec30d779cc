//! A pair of axes and the shapes between them, in the units of the data.

use super::canvas::{Anchor, Canvas, Face, HEIGHT, Line, MARGIN, Mark, WIDTH};
use super::colour::Colour;
use super::series::{Series, median_series};
use load::words::with_commas;

/// A rectangle of the canvas, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// The x of its left edge.
    pub left: f64,
    /// The y of its upper edge.
    pub top: f64,
    /// The x of its right edge.
    pub right: f64,
    /// The y of its lower edge.
    pub bottom: f64,
}

impl Area {
    /// Returns the canvas below its heading, less `labels` pixels at the right.
    #[must_use]
    pub fn below(canvas: &Canvas, labels: f64) -> Self {
        let right = WIDTH - MARGIN - labels;
        Self { left: 88.0, top: canvas.top + 44.0, right, bottom: HEIGHT - 92.0 }
    }
}

/// One axis: its range and its ticks.
#[derive(Debug, Clone)]
pub struct Axis {
    /// Its label, with the unit.
    pub name: String,
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Axis {
    /// Creates an axis from zero to the first tick that is not below `most`.
    #[must_use]
    pub fn from_zero(name: impl Into<String>, most: f64) -> Self {
        Self::with_steps(name.into(), most, 6.0)
    }

    /// Like [`Axis::from_zero`], with about half as many ticks.
    #[must_use]
    pub fn coarse(name: impl Into<String>, most: f64) -> Self {
        Self::with_steps(name.into(), most, 3.0)
    }

    fn with_steps(name: String, most: f64, steps: f64) -> Self {
        // NaN and values too small or too large for ticks get an axis to 1.
        let most = if (1e-9..1e15).contains(&most) { most } else { 1.0 };
        let step = round_up(most / steps);
        let steps = (most / step - 1e-9).ceil().max(1.0);
        let ticks: Vec<f64> = (0..=steps as u32).map(|i| f64::from(i) * step).collect();
        Self { name, low: 0.0, high: steps * step, ticks }
    }

    /// Creates an axis from zero to exactly `end`.
    #[must_use]
    pub fn until(name: impl Into<String>, end: f64) -> Self {
        let mut axis = Self::from_zero(name, end);
        if (1e-9..1e15).contains(&end) {
            axis.high = end;
            axis.ticks.retain(|tick| *tick <= end);
        }
        axis
    }

    /// Creates an axis between two values, with the given ticks.
    #[must_use]
    pub fn with_ticks(name: impl Into<String>, low: f64, high: f64, ticks: Vec<f64>) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { name: name.into(), low, high, ticks }
    }

    /// Returns the position of a value along the axis, from 0 to 1.
    fn fraction(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// Rounds up to 1, 2, 2.5, 5 or 10 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    power * steps.into_iter().find(|step| power * step >= value * (1.0 - 1e-9)).unwrap_or(10.0)
}

/// The colour and the point marker of a series.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The colour of its line and its markers.
    pub colour: Colour,
    /// The shape at each point, if any.
    pub mark: Option<Mark>,
}

/// A pair of axes and their position on the canvas.
#[derive(Debug, Clone)]
pub struct Axes {
    /// The rectangle between the axes.
    pub area: Area,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
}

impl Axes {
    /// Draws ticks, labels and horizontal grid lines.
    pub fn draw(&self, canvas: &mut Canvas) {
        let Area { left, top, right, bottom } = self.area;
        for tick in &self.y.ticks {
            let y = self.to_pixels([self.x.low, *tick])[1];
            canvas.line(&[[left, y], [right, y]], Colour::Grid, Line::Hair);
            let at = [left - 10.0, y + 5.0];
            canvas.text(at, Anchor::End, Face::Text, Colour::Muted, &tick_label(*tick));
        }
        canvas.line(&[[left, bottom], [right, bottom]], Colour::Muted, Line::Hair);
        for tick in &self.x.ticks {
            let x = self.to_pixels([*tick, 0.0])[0];
            canvas.line(&[[x, bottom], [x, bottom + 6.0]], Colour::Muted, Line::Hair);
            let at = [x, bottom + 24.0];
            canvas.text(at, Anchor::Middle, Face::Text, Colour::Muted, &tick_label(*tick));
        }
        let name = [MARGIN, top - 18.0];
        canvas.text(name, Anchor::Start, Face::Text, Colour::Ink, &self.y.name);
        let name = [f64::midpoint(left, right), bottom + 48.0];
        canvas.text(name, Anchor::Middle, Face::Text, Colour::Ink, &self.x.name);
    }

    /// Draws the legend of measured and predicted lines at the upper right.
    pub fn legend(&self, canvas: &mut Canvas, measured: Option<Mark>) {
        let y = self.area.top - 23.0;
        let right = WIDTH - MARGIN;
        let mut sample = |right: f64, line, words: &str| {
            let x = right - 9.4 * words.len() as f64;
            canvas.line(&[[x - 44.0, y], [x - 8.0, y]], Colour::Muted, line);
            if let (Line::Solid, Some(mark)) = (line, measured) {
                canvas.mark([x - 26.0, y], Colour::Muted, mark);
            }
            canvas.text([x, y + 5.0], Anchor::Start, Face::Text, Colour::Muted, words);
        };
        sample(right, Line::Dashed, "predicted");
        sample(right - 150.0, Line::Solid, "measured");
    }

    /// Converts a point of the data to pixels.
    #[must_use]
    pub fn to_pixels(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let Area { left, top, right, bottom } = self.area;
        [left + self.x.fraction(x) * (right - left), bottom - self.y.fraction(y) * (bottom - top)]
    }

    /// Draws a line through points of the data.
    pub fn line(&self, canvas: &mut Canvas, points: &[[f64; 2]], colour: Colour, line: Line) {
        let points: Vec<[f64; 2]> = points.iter().map(|point| self.to_pixels(*point)).collect();
        canvas.line(&points, colour, line);
    }

    /// Draws the median of all repetitions, and each of them as a faint line.
    pub fn repetitions(&self, canvas: &mut Canvas, repetitions: &[Series], style: Style) {
        for series in repetitions.iter().filter(|_| repetitions.len() > 1) {
            self.line(canvas, series, style.colour, Line::Faint);
        }
        let median = median_series(repetitions);
        self.line(canvas, &median, style.colour, Line::Solid);
        if let Some(mark) = style.mark {
            for point in median {
                canvas.mark(self.to_pixels(point), style.colour, mark);
            }
        }
    }

    /// Labels the right ends of lines, given as y, colour and text; overlapping labels are moved
    /// apart.
    pub fn end_labels(&self, canvas: &mut Canvas, labels: &[(f64, Colour, String)]) {
        const LINE: f64 = 19.0;
        let mut labels: Vec<(f64, Colour, Vec<&str>)> = labels
            .iter()
            .map(|(y, colour, words)| {
                (self.to_pixels([self.x.low, *y])[1], *colour, words.lines().collect())
            })
            .collect();
        labels.sort_by(|a, b| a.0.total_cmp(&b.0));
        let height = |lines: usize| LINE * lines as f64;
        // Downwards, move each below the one before; then upwards, move each above the one after
        // and the last above the axis.
        let mut free = self.area.top - 4.0;
        for (y, _, lines) in &mut labels {
            *y = (*y - height(lines.len()) / 2.0).max(free);
            free = *y + height(lines.len()) + 5.0;
        }
        let mut end = self.area.bottom + 10.0;
        for (y, _, lines) in labels.iter_mut().rev() {
            *y = y.min(end - height(lines.len()));
            end = *y - 5.0;
        }
        for (y, colour, lines) in labels {
            for (i, line) in lines.into_iter().enumerate() {
                let at = [self.area.right + 14.0, y + height(i) + 15.0];
                let face = if i == 0 { Face::Label } else { Face::Text };
                canvas.text(at, Anchor::Start, face, colour, line);
            }
        }
    }
}

/// Formats a tick's value, to at most six decimal places.
fn tick_label(tick: f64) -> String {
    let rounded = (tick * 1e6).round() / 1e6;
    if rounded.fract() == 0.0 { with_commas(&format!("{rounded:.0}")) } else { rounded.to_string() }
}
