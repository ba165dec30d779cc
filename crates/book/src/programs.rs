//! The programs of a measurement: built by cargo, which says where they are, or installed.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What was built, for [`find`].
#[derive(Debug, Default)]
pub struct Built(Vec<Value>);

impl Built {
    /// Has cargo build in the folder of a workspace: `build --release --package stage10`.
    pub fn add(&mut self, folder: &Path, arguments: &[&str]) -> Result<(), String> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).args(["--locked", "--message-format", "json-render-diagnostics"]);
        cargo.current_dir(folder).stderr(Stdio::inherit());
        let output = cargo.output().map_err(|error| format!("cannot run cargo: {error}"))?;
        if !output.status.success() {
            return Err(format!("{} does not build", folder.display()));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        // A test's binary may have a program's name.
        let is_program = |message: &Value| {
            message["executable"].is_string() && message["profile"]["test"] != true
        };
        self.0.extend(messages.filter(is_program));
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
