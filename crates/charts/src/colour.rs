//! The colours for a light and a dark scheme: those of Okabe and Ito (*Color Universal Design*,
//! 2008), which remain distinct with colour blindness, darkened or lightened until text in them has
//! enough contrast.

use std::fmt::Write;

/// A colour of the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The background.
    Paper,
    /// Text.
    Ink,
    /// Secondary text.
    Muted,
    /// Grid lines.
    Grid,
    /// The first colour for data.
    Blue,
    /// The second colour for data.
    Vermillion,
    /// The third colour for data.
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

    /// Returns the colour on a light background. Elements have it as an attribute too, for
    /// renderers without CSS variables.
    pub(crate) fn light(self) -> &'static str {
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

    /// Returns the CSS class that fills with this colour.
    pub(crate) fn fill(self) -> String {
        format!("fill-{}", self.name())
    }

    /// Returns the CSS class that strokes with this colour.
    pub(crate) fn stroke(self) -> String {
        format!("stroke-{}", self.name())
    }
}

/// Returns the style sheet of one image. Every rule begins with the image's id, so that several
/// images can be embedded in one page.
pub(crate) fn css(id: &str) -> String {
    let variables = |shade: fn(Colour) -> &'static str| {
        let variable = |colour: &Colour| format!("--{}:{};", colour.name(), shade(*colour));
        Colour::ALL.iter().map(variable).collect::<String>()
    };
    let mut css = format!(
        "#{id}{{{}}}@media(prefers-color-scheme:dark){{#{id}{{{}}}}}",
        variables(Colour::light),
        variables(Colour::dark)
    );
    for colour in Colour::ALL {
        let name = colour.name();
        let _ = write!(
            css,
            "#{id} .fill-{name}{{fill:var(--{name})}}#{id} .stroke-{name}{{stroke:var(--{name})}}"
        );
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the relative luminance (WCAG 2.2).
    fn luminance(hex: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn text_has_enough_contrast_in_both_schemes() {
        for shade in [Colour::light, Colour::dark] {
            let paper = luminance(shade(Colour::Paper));
            for colour in Colour::ALL
                .into_iter()
                .filter(|colour| !matches!(colour, Colour::Paper | Colour::Grid))
            {
                let text = luminance(shade(colour));
                let contrast = (paper.max(text) + 0.05) / (paper.min(text) + 0.05);
                assert!(contrast >= 4.5, "{colour:?}: {contrast}");
            }
        }
    }
}
