//! Two axes and what is drawn between them, in the data's own numbers.

use super::canvas::{Anchor, Canvas, Face, HEIGHT, Line, MARGIN, Mark, WIDTH};
use super::colour::Colour;
use super::courses::middle;
use crate::experiments::figure::Unit;

/// A rectangle of the sheet, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    /// All of the sheet below its heading, with so much room for labels at the right.
    pub fn below(canvas: &Canvas, labels: f64) -> Self {
        let right = WIDTH - MARGIN - labels;
        Self { left: 88.0, top: canvas.top + 44.0, right, bottom: HEIGHT - 92.0 }
    }
}

/// One axis, from its first to its last number.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What it counts, with the unit.
    pub name: String,
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Axis {
    /// From zero up to the round number that nothing exceeds.
    pub fn from_zero(name: impl Into<String>, most: f64) -> Self {
        Self::stepping(name.into(), most, 6.0)
    }

    /// The same with fewer ticks, where there is little room.
    pub fn coarse(name: impl Into<String>, most: f64) -> Self {
        Self::stepping(name.into(), most, 3.0)
    }

    fn stepping(name: String, most: f64, steps: f64) -> Self {
        // Of nothing, or of what is no sensible number, an axis is still an axis.
        let most = if (1e-9..1e15).contains(&most) { most } else { 1.0 };
        let step = round_up(most / steps);
        let steps = (most / step - 1e-9).ceil().max(1.0);
        let ticks: Vec<f64> = (0..=steps as u32).map(|i| f64::from(i) * step).collect();
        Self { name, low: 0.0, high: steps * step, ticks }
    }

    /// From zero to just where it ends, which need not be round.
    pub fn until(name: impl Into<String>, end: f64) -> Self {
        let mut axis = Self::from_zero(name, end);
        if (1e-9..1e15).contains(&end) {
            axis.high = end;
            axis.ticks.retain(|tick| *tick <= end);
        }
        axis
    }

    /// Between two numbers, with ticks at these.
    pub fn with_ticks(name: impl Into<String>, low: f64, high: f64, ticks: Vec<f64>) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { name: name.into(), low, high, ticks }
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// The next of 1, 2, 2.5, 5 and 10 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    power * steps.into_iter().find(|step| power * step >= value * (1.0 - 1e-9)).unwrap_or(10.0)
}

/// How a course is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub colour: Colour,
    pub mark: Option<Mark>,
}

/// Two axes at their place.
#[derive(Debug, Clone)]
pub struct Axes {
    pub area: Area,
    pub x: Axis,
    pub y: Axis,
}

impl Axes {
    /// Draws them: numbers, names, and a line across for each number at the left.
    pub fn draw(&self, canvas: &mut Canvas) {
        let Area { left, top, right, bottom } = self.area;
        for tick in &self.y.ticks {
            let y = self.place([self.x.low, *tick])[1];
            canvas.line(&[[left, y], [right, y]], Colour::Grid, Line::Hair);
            let at = [left - 10.0, y + 5.0];
            canvas.text(at, Anchor::End, Face::Text, Colour::Muted, &words(*tick));
        }
        canvas.line(&[[left, bottom], [right, bottom]], Colour::Muted, Line::Hair);
        for tick in &self.x.ticks {
            let x = self.place([*tick, 0.0])[0];
            canvas.line(&[[x, bottom], [x, bottom + 6.0]], Colour::Muted, Line::Hair);
            let at = [x, bottom + 24.0];
            canvas.text(at, Anchor::Middle, Face::Text, Colour::Muted, &words(*tick));
        }
        let name = [MARGIN, top - 18.0];
        canvas.text(name, Anchor::Start, Face::Text, Colour::Ink, &self.y.name);
        let name = [f64::midpoint(left, right), bottom + 48.0];
        canvas.text(name, Anchor::Middle, Face::Text, Colour::Ink, &self.x.name);
    }

    /// Says at the upper right how to tell a measurement from a prediction.
    pub fn key(&self, canvas: &mut Canvas, measured: Option<Mark>) {
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

    /// Where a point of the data is on the sheet.
    pub fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let Area { left, top, right, bottom } = self.area;
        [left + self.x.share(x) * (right - left), bottom - self.y.share(y) * (bottom - top)]
    }

    /// A line through points of the data.
    pub fn line(&self, canvas: &mut Canvas, points: &[[f64; 2]], colour: Colour, line: Line) {
        let points: Vec<[f64; 2]> = points.iter().map(|point| self.place(*point)).collect();
        canvas.line(&points, colour, line);
    }

    /// What all repetitions measured: the middle one, and the others lightly.
    pub fn courses(&self, canvas: &mut Canvas, courses: &[Vec<[f64; 2]>], look: Look) {
        for course in courses.iter().filter(|_| courses.len() > 1) {
            self.line(canvas, course, look.colour, Line::Faint);
        }
        let middle = middle(courses);
        self.line(canvas, &middle, look.colour, Line::Solid);
        if let Some(mark) = look.mark {
            for point in middle {
                canvas.mark(self.place(point), look.colour, mark);
            }
        }
    }

    /// Says at the right whose line ends there; names that would overlap move apart.
    pub fn names(&self, canvas: &mut Canvas, names: &[(f64, Colour, String)]) {
        const LINE: f64 = 19.0;
        let mut names: Vec<(f64, Colour, Vec<&str>)> = names
            .iter()
            .map(|(y, colour, words)| {
                (self.place([self.x.low, *y])[1], *colour, words.lines().collect())
            })
            .collect();
        names.sort_by(|a, b| a.0.total_cmp(&b.0));
        let height = |lines: usize| LINE * lines as f64;
        // From the top down none begins before the one above it has ended; then from the bottom up none
        // ends below the axis.
        let mut free = self.area.top - 4.0;
        for (y, _, lines) in &mut names {
            *y = (*y - height(lines.len()) / 2.0).max(free);
            free = *y + height(lines.len()) + 5.0;
        }
        let mut end = self.area.bottom + 10.0;
        for (y, _, lines) in names.iter_mut().rev() {
            *y = y.min(end - height(lines.len()));
            end = *y - 5.0;
        }
        for (y, colour, lines) in names {
            for (i, line) in lines.into_iter().enumerate() {
                let at = [self.area.right + 14.0, y + height(i) + 15.0];
                let face = if i == 0 { Face::Label } else { Face::Text };
                canvas.text(at, Anchor::Start, face, colour, line);
            }
        }
    }
}

/// A tick's number, to no more digits than it has.
fn words(tick: f64) -> String {
    let rounded = (tick * 1e6).round() / 1e6;
    match rounded.fract() == 0.0 {
        true => Unit::Count.words(rounded),
        false => rounded.to_string(),
    }
}
