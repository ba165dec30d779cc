//! The units of figures.

use load::words::with_commas;
use serde::{Deserialize, Serialize};

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A number of things.
    Count,
    /// Things per second.
    PerSecond,
    /// Nanoseconds.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// KiB, 1024 bytes.
    Kibibytes,
    /// MB, a million bytes.
    Megabytes,
    /// Percent.
    Percent,
    /// A ratio.
    Times,
    /// A ratio of two amounts of memory.
    MemoryTimes,
    /// 1 for yes, 0 for no.
    YesNo,
}

impl Unit {
    /// Returns whether it measures memory, which a busy machine does not change.
    pub(super) fn is_memory(self) -> bool {
        matches!(self, Self::Kibibytes | Self::Megabytes | Self::MemoryTimes)
    }

    /// Formats a value without its unit, with about three significant digits.
    #[must_use]
    pub fn number(self, value: f64) -> String {
        let number = match value.abs() {
            _ if self == Self::Count => format!("{value:.0}"),
            size if size >= 100.0 || value == value.trunc() => format!("{value:.0}"),
            size if size >= 10.0 => format!("{value:.1}"),
            size if size >= 0.095 => format!("{value:.2}"),
            _ => format!("{value:.3}"),
        };
        with_commas(&number)
    }

    /// Formats a value with its unit.
    #[must_use]
    pub fn words(self, value: f64) -> String {
        let number = self.number(value);
        match self {
            Self::Count => number,
            Self::PerSecond => format!("{number}/s"),
            Self::Nanoseconds => format!("{number} ns"),
            Self::Microseconds => format!("{number} µs"),
            Self::Milliseconds => format!("{number} ms"),
            Self::Seconds => format!("{number} s"),
            Self::Kibibytes => format!("{number} KiB"),
            Self::Megabytes => format!("{number} MB"),
            Self::Percent => format!("{number} %"),
            Self::Times | Self::MemoryTimes => format!("{number}×"),
            Self::YesNo if value == 1.0 => "yes".to_owned(),
            Self::YesNo if value == 0.0 => "no".to_owned(),
            Self::YesNo => format!("in {:.0} % of the runs", value * 100.0),
        }
    }
}
