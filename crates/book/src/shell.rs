//! Runs the commands of a block in one shell, against a server on another port than the book's
//! 8080.

use std::io;
use std::path::Path;

use harness::server::Server;

/// The port of the book.
const PORT: &str = "8080";
/// A port without a listener, and a number that appears in no other output.
const UNUSED_PORT: u16 = 65535;
/// Separates the outputs of commands, on a line of its own.
const MARK: &str = "\u{1e}";

/// `cargo stress` runs the client just built, with the server's URL; other cargo commands run in
/// the repository. `pkill` reaches only that server, not other programs of its name.
const TERMINAL: &str = r#"
exec 2>&1 </dev/null
set -m
cargo() {
  local all="$*"
  case "$all" in
    stress\ predict* | stress\ compare* | stress\ schema* | stress\ completions* | stress*\ --help* | stress*\ --url*)
      shift; "$CLIENT" "$@" ;;
    stress*) shift; "$CLIENT" "$@" --url "http://$ADDRESS" ;;
    *) (cd "$REPOSITORY" && command cargo "$@") ;;
  esac
}
pkill() { kill "$1" "$SERVER"; }
"#;

/// Ends the output of a command and passes its exit status on.
const NEXT: &str = "\nstatus=$?; printf '\\n\\036\\n'; (exit $status)\n";
/// Kills the background processes of a block.
const LEAVE: &str = "for job in $(jobs -p); do kill -KILL -- \"-$job\"; done 2>/dev/null";

#[derive(Debug)]
pub struct Terminal<'a> {
    pub client: &'a str,
    /// The server that commands reach, if any.
    pub server: Option<&'a Server>,
    /// The working directory.
    pub folder: &'a Path,
}

impl Terminal<'_> {
    /// Runs the commands and returns the lines of each, from standard output and standard error.
    ///
    /// # Errors
    /// When the shell cannot be started, or runs longer than half a minute.
    pub fn run(&self, commands: &[&str]) -> io::Result<Vec<Vec<String>>> {
        let port = self.server.map_or(UNUSED_PORT, |server| server.address().port()).to_string();
        let process = self.server.map_or(String::new(), |server| server.process_id().to_string());
        let (client, folder) = (self.client, self.folder.display());
        let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let mut script = format!(
            "CLIENT='{client}'\nADDRESS=127.0.0.1:{port}\nSERVER={process}\n\
             REPOSITORY='{repository}'\ncd '{folder}'\n"
        );
        script.push_str(TERMINAL);
        for command in commands {
            script.push_str(&command.replace(PORT, &port));
            script.push_str(NEXT);
        }
        script.push_str(LEAVE);
        let exit = Server::run_to_end("bash", &["-c", &script])?;
        let restore = |line: &String| line.replace(&format!(":{port}"), &format!(":{PORT}"));
        let written: Vec<String> = exit.stdout.iter().map(restore).collect();
        let mut outputs: Vec<Vec<String>> = written.split(|line| line == MARK).map(trim).collect();
        outputs.resize(commands.len(), Vec::new());
        Ok(outputs)
    }
}

/// Removes trailing white space and empty lines, one of which comes from the mark.
fn trim(lines: &[String]) -> Vec<String> {
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    lines[..end].iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn commands_share_a_shell_and_each_has_its_own_output() {
        let folder = tempfile::tempdir().unwrap();
        let terminal = Terminal { client: "/bin/echo", server: None, folder: folder.path() };
        let outputs = terminal.run(&[
            "echo left > file",
            "echo one; echo two >&2",
            "false",
            "echo $?",
            "printf 'no end'",
            "cargo stress --requests 5",
            "cargo stress predict",
            "echo :8080",
            "sleep 100 &",
            "cat file",
        ]);
        let expected = [
            &[][..],
            &["one", "two"],
            &[],
            &["1"],
            &["no end"],
            &["--requests 5 --url http://127.0.0.1:8080"],
            &["predict"],
            &[":8080"],
            &[],
            &["left"],
        ];
        assert_eq!(outputs.unwrap(), expected);
    }
}
