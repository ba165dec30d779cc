//! Locates programs: built by cargo, or installed.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The binaries that cargo has built.
#[derive(Debug, Clone, Default)]
pub struct Built(Vec<Value>);

impl Built {
    /// Runs cargo in the folder of a workspace, with arguments such as `build --release --package
    /// stage10`, and adds the binaries that it builds or finds fresh.
    ///
    /// # Errors
    /// If cargo cannot be started or fails.
    pub fn add(&mut self, folder: &Path, arguments: &[&str]) -> Result<(), String> {
        let mut cargo =
            Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
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

    /// Returns binaries with these names and paths, for tests.
    #[must_use]
    pub fn fake(binaries: &[(&str, &str)]) -> Self {
        let message = |(name, path): &(&str, &str)| serde_json::json!({ "target": { "name": name }, "executable": path });
        Self(binaries.iter().map(message).collect())
    }

    /// Returns the path of a binary.
    ///
    /// # Errors
    /// If it was not built.
    pub fn find(&self, name: &str) -> Result<String, String> {
        let built = self.0.iter().find(|message| message["target"]["name"] == name);
        let path = built.and_then(|message| message["executable"].as_str()).map(str::to_owned);
        path.ok_or_else(|| format!("cargo reported no binary {name}"))
    }
}

/// Returns true if a program is installed, that is, if it can be started.
#[must_use]
pub fn is_installed(program: &str) -> bool {
    let mut trial = Command::new(program);
    trial.arg("-h").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    trial.status().is_ok()
}
