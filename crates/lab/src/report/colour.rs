//! The colours of the pictures, in light and dark: Okabe and Ito's (*Color Universal Design*, 2008),
//! which colour-blind people tell apart, darkened or lightened until text in them can be read.

use std::fmt::Write;

/// What something is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The ground.
    Paper,
    /// Words.
    Ink,
    /// Words of less weight.
    Muted,
    /// Lines to read by.
    Grid,
    /// What is drawn: one of three that are told apart.
    Blue,
    /// The second.
    Vermillion,
    /// The third.
    Green,
}

impl Colour {
    const ALL: [Self; 7] = [
        Self::Paper,
        Self::Ink,
        Self::Muted,
        Self::Grid,
        Self::Blue,
        Self::Vermillion,
        Self::Green,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Ink => "ink",
            Self::Muted => "muted",
            Self::Grid => "grid",
            Self::Blue => "blue",
            Self::Vermillion => "vermillion",
            Self::Green => "green",
        }
    }

    /// The colour on a light ground. It stands in the element itself, for programs that draw SVG and
    /// know no variables.
    #[must_use]
    pub fn light(self) -> &'static str {
        match self {
            Self::Paper => "#ffffff",
            Self::Ink => "#1b1b1f",
            Self::Muted => "#5a5a63",
            Self::Grid => "#d7d7dc",
            Self::Blue => "#0068a5",
            Self::Vermillion => "#b84a00",
            Self::Green => "#00775a",
        }
    }

    fn dark(self) -> &'static str {
        match self {
            Self::Paper => "#16181d",
            Self::Ink => "#f1f1f3",
            Self::Muted => "#b4b7bf",
            Self::Grid => "#3b3e47",
            Self::Blue => "#5fbdf0",
            Self::Vermillion => "#ff9a52",
            Self::Green => "#3ecfa2",
        }
    }

    /// The class of what is filled with it.
    #[must_use]
    pub fn fill(self) -> String {
        format!("fill-{}", self.name())
    }

    /// The class of what is drawn with it.
    #[must_use]
    pub fn stroke(self) -> String {
        format!("stroke-{}", self.name())
    }
}

/// The style of one picture. Every rule begins with its id, so that it is nobody else's on a page.
#[must_use]
pub fn style(id: &str) -> String {
    let variables = |shade: fn(Colour) -> &'static str| {
        let one = |it: &Colour| format!("--{}:{};", it.name(), shade(*it));
        Colour::ALL.iter().map(one).collect::<String>()
    };
    let mut style = format!(
        "#{id}{{{}}}@media(prefers-color-scheme:dark){{#{id}{{{}}}}}",
        variables(Colour::light),
        variables(Colour::dark)
    );
    for colour in Colour::ALL {
        let name = colour.name();
        let _ = write!(
            style,
            "#{id} .fill-{name}{{fill:var(--{name})}}#{id} .stroke-{name}{{stroke:var(--{name})}}"
        );
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(hex: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn text_can_be_read_in_light_and_in_dark() {
        for shade in [Colour::light, Colour::dark] {
            let paper = luminance(shade(Colour::Paper));
            for colour in
                Colour::ALL.into_iter().filter(|it| !matches!(it, Colour::Paper | Colour::Grid))
            {
                let text = luminance(shade(colour));
                let contrast = (paper.max(text) + 0.05) / (paper.min(text) + 0.05);
                assert!(contrast >= 4.5, "{colour:?}: {contrast}");
            }
        }
    }
}
