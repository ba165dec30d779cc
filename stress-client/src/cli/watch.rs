//! Shows a run while it lasts: as a progress line, or on the whole terminal.

use super::progress::Progress;
#[cfg(feature = "tui")]
use super::{refuse, tui};
use load::{Live, Plan};
use std::sync::Arc;

/// The flags that choose the display.
#[derive(Default, clap::Args)]
pub struct Watch {
    /// Show rates, latencies and, if the server has metrics, its queue on the whole terminal.
    ///
    /// q, Esc or Ctrl-C ends the run. Reads the metrics twice a second, each time over an extra
    /// connection.
    #[cfg(feature = "tui")]
    #[arg(long)]
    tui: bool,
}

/// The display of a run.
pub enum Display {
    Line(Progress),
    #[cfg(feature = "tui")]
    Terminal(tui::Tui),
}

impl Watch {
    /// Starts the display. Exits with an invalid argument if `--tui` has no terminal to use.
    pub fn start(&self, plan: &Plan, live: &Arc<Live>) -> Display {
        #[cfg(feature = "tui")]
        if self.tui {
            return match tui::Tui::start(plan, live) {
                Ok(tui) => Display::Terminal(tui),
                Err(error) => refuse(format_args!("--tui: {error}")),
            };
        }
        Display::Line(Progress::start(plan, live))
    }
}

impl Display {
    /// Restores the terminal.
    pub fn finish(self) {
        match self {
            Self::Line(progress) => progress.finish(),
            #[cfg(feature = "tui")]
            Self::Terminal(tui) => tui.finish(),
        }
    }
}
