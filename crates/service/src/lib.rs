//! Services of the operating system for a long-running server: [`Signals`] that stop it, and a
//! [`StateFile`] that one server at a time owns.

mod saver;
mod signals;
mod state_file;

pub use saver::{Saver, StateFileError};
pub use signals::Signals;
pub use state_file::{ReplaceError, StateFile};
