//! The binaries of the stages.

use super::Failure;
use harness::programs::Built;
use std::path::{Path, PathBuf};

/// The servers that experiments start.
#[derive(Debug, Clone)]
pub struct Programs {
    stages: Built,
    /// A shell command that replaces the stage that an experiment is about.
    pub server: Option<String>,
}

impl Programs {
    /// Builds the ten stages with this program's profile. An edited stage is rebuilt, so it is the
    /// one that is measured.
    ///
    /// # Errors
    /// When a stage does not build.
    pub fn build(server: Option<String>) -> Result<Self, Failure> {
        let packages = (1..=10).map(|stage| format!("--package=stage{stage}"));
        let packages: Vec<String> = packages.collect();
        let arguments = if cfg!(debug_assertions) {
            // The README's test command: fewer packages would have other features and be built
            // anew.
            vec!["test", "--quiet", "--workspace", "--no-run"]
        } else {
            ["build", "--release"].into_iter().chain(packages.iter().map(String::as_str)).collect()
        };
        let mut stages = Built::default();
        stages.add(&Self::repository(), &arguments)?;
        Ok(Self { stages, server })
    }

    /// Returns the root folder of the workspace.
    #[must_use]
    pub fn repository() -> PathBuf {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
        lab.ancestors().nth(2).unwrap_or(lab).to_owned()
    }

    /// Returns the path of a stage's binary.
    pub(super) fn binary(&self, stage: u8) -> Result<String, Failure> {
        Ok(self.stages.find(&format!("stage{stage}"))?)
    }
}
