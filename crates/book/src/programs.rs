//! Locates programs: built by cargo, or installed.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The binaries that cargo has built, from its JSON messages.
#[derive(Debug, Default)]
pub struct Built(Vec<Value>);

impl Built {
    /// Runs cargo in a workspace with arguments such as `build --release --package stage10`.
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
        // Test binaries may have the name of a program.
        let is_program = |message: &Value| {
            message["executable"].is_string() && message["profile"]["test"] != true
        };
        self.0.extend(messages.filter(is_program));
        Ok(())
    }

    /// Pretends that these were built: name and path.
    #[cfg(test)]
    pub fn fake(binaries: &[(&str, &str)]) -> Built {
        let message = |(name, path): &(&str, &str)| {
            let target = serde_json::json!({ "name": name });
            serde_json::json!({ "target": target, "executable": path })
        };
        Built(binaries.iter().map(message).collect())
    }

    /// Returns the path of a binary.
    pub fn find(&self, name: &str) -> Result<String, String> {
        let built = self.0.iter().find(|message| message["target"]["name"] == name);
        let path = built.and_then(|message| message["executable"].as_str()).map(str::to_owned);
        path.ok_or_else(|| format!("cargo reported no binary {name}"))
    }
}

/// Returns true if a program is installed.
pub fn is_installed(program: &str) -> bool {
    // The exit status does not matter: not every program has a harmless flag that succeeds.
    let mut trial = Command::new(program);
    trial.arg("-h").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    trial.status().is_ok()
}
