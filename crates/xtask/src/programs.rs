//! The programs of a measurement: built by cargo, which says where they are, or installed.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What was built, for [`find`].
#[derive(Debug, Default)]
pub struct Built(Vec<Value>);

impl Built {
    /// Builds in the folder of a workspace, with a profile of it, what the arguments choose.
    pub fn add(&mut self, folder: &Path, profile: &str, arguments: &[&str]) -> Result<(), String> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "--profile", profile]);
        cargo.args(["--message-format", "json-render-diagnostics"]);
        cargo.args(arguments).current_dir(folder).stderr(Stdio::inherit());
        let output = cargo.output().map_err(|error| format!("cannot run cargo: {error}"))?;
        if !output.status.success() {
            return Err(format!("{} does not build", folder.display()));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        self.0.extend(messages.filter(|message| message["executable"].is_string()));
        Ok(())
    }

    /// As if these had been built: name and path.
    #[cfg(test)]
    pub fn pretended(binaries: &[(&str, &str)]) -> Built {
        let message = |(name, path): &(&str, &str)| serde_json::json!({ "target": { "name": name }, "executable": path });
        Built(binaries.iter().map(message).collect())
    }

    /// Where a binary is.
    pub fn find(&self, name: &str) -> Result<String, String> {
        let built = self.0.iter().find(|it| it["target"]["name"] == name);
        let path = built.and_then(|it| it["executable"].as_str()).map(str::to_owned);
        path.ok_or_else(|| format!("cargo did not say where {name} is"))
    }
}

/// Whether a program is to be had.
pub fn is_installed(program: &str) -> bool {
    // Not every one has a flag that ends well; what counts is that it starts.
    let mut trial = Command::new(program);
    trial.arg("-h").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    trial.status().is_ok()
}
