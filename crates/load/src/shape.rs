//! Load shapes: the rate of an open loop over time.

use super::duration;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A rate over time, in pieces that follow each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape(Vec<Piece>);

/// A part of a shape.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece {
    /// This many requests at once.
    Burst(u64),
    /// A rate in requests a second that changes evenly from one value to the other.
    Rate {
        from: f64,
        to: f64,
        /// In seconds; infinite for the last piece of a shape without an end.
        seconds: f64,
    },
}

/// Errors in a shape.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// The text is not a piece.
    #[error(
        "`{0}` is not a piece of a shape: write 100/s:10s for a rate, 0..500/s:10s for a rate that \
         changes evenly, burst:200 for requests at once, with commas between them"
    )]
    Piece(String),
    /// A rate is negative or not finite.
    #[error("a rate of {0} requests a second: it must be finite, and not below zero")]
    Rate(f64),
    /// The shape has no requests.
    #[error("a shape without a request")]
    Empty,
}

impl Shape {
    /// Returns a steady rate without an end, reached evenly over `ramp`; `None` unless the rate is
    /// finite and above zero.
    #[must_use]
    pub fn steady(rate: f64, ramp: Duration) -> Option<Self> {
        let ramp = ramp.as_secs_f64();
        let rise = Piece::Rate { from: 0.0, to: rate, seconds: ramp };
        let level = Piece::Rate { from: rate, to: rate, seconds: f64::INFINITY };
        let pieces = if ramp > 0.0 { vec![rise, level] } else { vec![level] };
        (rate.is_finite() && rate > 0.0).then_some(Self(pieces))
    }

    /// Returns the duration; `None` if the shape has no end.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.0.iter().map(Piece::seconds).sum()).ok()
    }

    /// Returns the position that is due after `seconds` from the start; the inverse of
    /// [`due`](Self::due).
    #[must_use]
    pub fn position(&self, seconds: f64) -> f64 {
        let (mut position, mut start) = (0.0, 0.0);
        for piece in &self.0 {
            if start >= seconds {
                break;
            }
            position += piece.position(seconds - start);
            start += piece.seconds();
        }
        position
    }

    /// Returns the highest rate, in requests per second.
    #[must_use]
    pub fn max_rate(&self) -> f64 {
        let rates = self.0.iter().map(|piece| match *piece {
            Piece::Burst(_) => 0.0,
            Piece::Rate { from, to, .. } => from.max(to),
        });
        rates.fold(0.0, f64::max)
    }

    /// Returns the due time of request `position` in seconds from the start; `None` after the last
    /// request. Positions count from 0; a fraction is between two requests.
    #[must_use]
    pub fn due(&self, position: f64) -> Option<f64> {
        let (mut before, mut start) = (0.0, 0.0);
        for piece in &self.0 {
            let requests = piece.requests();
            if position < before + requests {
                return Some(start + piece.due(position - before));
            }
            before += requests;
            start += piece.seconds();
        }
        None
    }
}

impl Piece {
    fn seconds(&self) -> f64 {
        match self {
            Self::Burst(_) => 0.0,
            Self::Rate { seconds, .. } => *seconds,
        }
    }

    /// Returns the number of requests; a fraction means that the last is not due before the end.
    fn requests(&self) -> f64 {
        match *self {
            Self::Burst(count) => count as f64,
            Self::Rate { from, to, .. } if from + to == 0.0 => 0.0,
            Self::Rate { from, to, seconds } => (from + to) / 2.0 * seconds,
        }
    }

    /// Returns the position that is due after `elapsed` seconds of the piece.
    fn position(&self, elapsed: f64) -> f64 {
        match *self {
            Self::Rate { from, to, seconds } if elapsed < seconds => {
                from * elapsed + (to - from) * elapsed * elapsed / (2.0 * seconds)
            }
            _ => self.requests(),
        }
    }

    /// Returns the due time of a position within the piece, in seconds from its start: the solution
    /// of `from t + (to - from) t² / (2 seconds) = position`, in the form without cancellation.
    fn due(&self, position: f64) -> f64 {
        match *self {
            Self::Rate { from, to, seconds } if position > 0.0 => {
                let slope = (to - from) / seconds;
                let rate = (from * from + 2.0 * slope * position).max(0.0).sqrt();
                2.0 * position / (from + rate)
            }
            _ => 0.0,
        }
    }
}

impl FromStr for Shape {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let shape =
            Self(text.split(',').map(|piece| piece.trim().parse()).collect::<Result<_, _>>()?);
        let requests: f64 = shape.0.iter().map(Piece::requests).sum();
        if requests > 0.0 { Ok(shape) } else { Err(ShapeError::Empty) }
    }
}

impl FromStr for Piece {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        let no_piece = || ShapeError::Piece(text.to_owned());
        let (what, time) = text.split_once(':').ok_or_else(no_piece)?;
        if what == "burst" {
            return time.parse().map(Self::Burst).map_err(|_| no_piece());
        }
        let rates = what.strip_suffix("/s").unwrap_or(what);
        let (from, to) = rates.split_once("..").unwrap_or((rates, rates));
        let rate = |text: &str| {
            let rate: f64 =
                text.strip_suffix("/s").unwrap_or(text).parse().map_err(|_| no_piece())?;
            if rate.is_finite() && rate >= 0.0 { Ok(rate) } else { Err(ShapeError::Rate(rate)) }
        };
        let (from, to) = (rate(from)?, rate(to)?);
        let seconds = duration::parse(time).map_err(|_| no_piece())?.as_secs_f64();
        if seconds > 0.0 { Ok(Self::Rate { from, to, seconds }) } else { Err(no_piece()) }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, piece) in self.0.iter().enumerate() {
            if nth > 0 {
                f.write_str(",")?;
            }
            match piece {
                Piece::Burst(count) => write!(f, "burst:{count}")?,
                Piece::Rate { from, to, seconds } if from == to => {
                    write!(f, "{from}/s:{seconds}s")?
                }
                Piece::Rate { from, to, seconds } => write!(f, "{from}..{to}/s:{seconds}s")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that requests are due at these times, in seconds, and that there is none behind them.
    fn assert_due(shape: &str, from: usize, due: &[f64]) {
        let shape: Shape = shape.parse().unwrap();
        for (nth, due) in due.iter().enumerate() {
            let found = shape.due((from + nth) as f64).unwrap();
            assert!((found - due).abs() < 1e-9, "{shape} {}: {found} {due}", from + nth);
        }
        assert_eq!(shape.due((from + due.len()) as f64), None, "{shape}");
    }

    #[test]
    fn requests_are_due_as_the_shape_has_it() {
        assert_due("2/s:2s", 0, &[0.0, 0.5, 1.0, 1.5]);
        assert_due("1/s:2s,0:3s,2/s:1s", 0, &[0.0, 1.0, 5.0, 5.5]);
        assert_due("burst:3,0/s:1s,burst:1", 0, &[0.0, 0.0, 0.0, 1.0]);
        // A rise to 100 a second in 10 s: a quarter of the 500 in the first half.
        assert_due(
            "0..100/s:10s",
            497,
            &[
                (2.0 * 497.0 * 10.0 / 100.0_f64).sqrt(),
                (2.0 * 498.0 * 10.0 / 100.0_f64).sqrt(),
                (2.0 * 499.0 * 10.0 / 100.0_f64).sqrt(),
            ],
        );
        let rise: Shape = "0..100/s:10s".parse().unwrap();
        assert!((rise.due(125.0).unwrap() - 5.0).abs() < 1e-9);
        let fall: Shape = "100..0/s:10s".parse().unwrap();
        assert!((fall.due(375.0).unwrap() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_steady_rate_has_no_end() {
        let shape = Shape::steady(100.0, Duration::from_secs(10)).unwrap();
        assert_eq!(shape.duration(), None);
        for (position, due) in [(0.0, 0.0), (125.0, 5.0), (500.0, 10.0), (600.0, 11.0)] {
            assert!((shape.due(position).unwrap() - due).abs() < 1e-9, "{position}");
        }
        for rate in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Shape::steady(rate, Duration::ZERO), None, "{rate}");
        }
        // Beyond all clocks, and still a number.
        for rate in [f64::MIN_POSITIVE, 1e18, f64::MAX] {
            assert!(!Shape::steady(rate, Duration::ZERO).unwrap().due(1e9).unwrap().is_nan());
        }
    }

    #[test]
    fn a_shape_is_written_as_it_is_read() {
        for text in ["100/s:10s,0..1000/s:30s,0/s:5s", "burst:50", "0.5/s:1.5s,burst:2"] {
            let shape: Shape = text.parse().unwrap();
            assert_eq!(shape.to_string(), text);
        }
        assert_eq!("1/s:1s, 2..3/s:1m".parse::<Shape>().unwrap().duration().unwrap().as_secs(), 61);
    }

    #[test]
    fn no_shape_is_refused_in_words() {
        for text in ["", "100", "100/s", "100/s:", "x/s:1s", "1..2..3/s:1s", "1/s:0s", "burst:x"] {
            let refusal = text.parse::<Shape>().unwrap_err();
            assert_eq!(refusal, ShapeError::Piece(text.to_owned()), "{text}");
        }
        assert_eq!("-1/s:1s".parse::<Shape>(), Err(ShapeError::Rate(-1.0)));
        assert_eq!("0/s:1s".parse::<Shape>(), Err(ShapeError::Empty));
    }
}
