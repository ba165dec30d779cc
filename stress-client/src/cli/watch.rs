//! How people look on while a run lasts: a line with its counts, or the whole terminal.

use super::progress::Progress;
#[cfg(feature = "tui")]
use super::{refuse, tui};
use load::{Live, Plan};
use std::sync::Arc;

/// The flags that say how.
#[derive(Default, clap::Args)]
pub struct Watch {
    /// Fill the terminal that standard error is with rates, latencies and, where the server has metrics,
    /// its queue; q, Esc or Ctrl-C ends the run. Asking for the metrics opens a connection beside the
    /// run's own now and then, twice a second.
    #[cfg(feature = "tui")]
    #[arg(long)]
    tui: bool,
}

/// Somebody who looks on.
pub enum Watching {
    Line(Progress),
    #[cfg(feature = "tui")]
    Terminal(tui::Watching),
}

impl Watch {
    /// Begins to look on. A terminal that is asked for and is not there is a refused argument.
    pub fn start(&self, plan: &Plan, live: &Arc<Live>) -> Watching {
        #[cfg(feature = "tui")]
        if self.tui {
            return match tui::start(plan, live) {
                Ok(watching) => Watching::Terminal(watching),
                Err(error) => refuse(format_args!("--tui: {error}")),
            };
        }
        Watching::Line(Progress::start(plan, live))
    }
}

impl Watching {
    /// Leaves the terminal as it was.
    pub fn finish(self) {
        match self {
            Self::Line(progress) => progress.finish(),
            #[cfg(feature = "tui")]
            Self::Terminal(watching) => watching.finish(),
        }
    }
}
