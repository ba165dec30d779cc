//! What a reader's terminal would write: the commands of one block in one shell, against a server that
//! stands at another port than the book says.

use std::io;
use std::path::Path;

use harness::server::Server;

/// The port of the book.
const PORT: &str = "8080";
/// A port where nobody listens, and a number that nothing else writes.
const NOBODY: u16 = 65535;
/// Written after each command, on a line of its own.
const MARK: &str = "\u{1e}";

/// `cargo stress` is the client that was just built, and is told where the server is; all else that cargo
/// does is about this repository. `pkill` reaches that server and no other program of its name.
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

/// Ends a command's output, and leaves its exit status to the next one.
const NEXT: &str = "\nstatus=$?; printf '\\n\\036\\n'; (exit $status)\n";
/// No process that a block left in the background outlives it.
const LEAVE: &str = "for job in $(jobs -p); do kill -KILL -- \"-$job\"; done 2>/dev/null";

#[derive(Debug)]
pub struct Terminal<'a> {
    pub client: &'a str,
    /// Where commands find a server; without one they find none.
    pub server: Option<&'a Server>,
    /// Where they leave their files.
    pub folder: &'a Path,
}

impl Terminal<'_> {
    /// What each command wrote, on both of its outputs.
    ///
    /// # Errors
    /// When there is no shell, or they are not done within half a minute.
    pub fn run(&self, commands: &[&str]) -> io::Result<Vec<Vec<String>>> {
        let port = self.server.map_or(NOBODY, |server| server.address().port()).to_string();
        let process = self.server.map_or(String::new(), |it| it.process_id().to_string());
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
        let at = |line: &String| line.replace(&format!(":{port}"), &format!(":{PORT}"));
        let written: Vec<String> = exit.stdout.iter().map(at).collect();
        let mut outputs: Vec<Vec<String>> =
            written.split(|line| line == MARK).map(trimmed).collect();
        outputs.resize(commands.len(), Vec::new());
        Ok(outputs)
    }
}

/// Without the empty lines at its end, of which one is the mark's.
fn trimmed(lines: &[String]) -> Vec<String> {
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
