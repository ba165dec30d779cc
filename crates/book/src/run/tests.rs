use super::super::marker;
use super::*;

/// The faults of a page's blocks before anything is run.
fn faults(text: &str) -> Vec<String> {
    let page = Page::new("docs/a.md", text.to_owned());
    let (markers, mut faults) = marker::read(&page);
    blocks(&page, &markers, &mut faults);
    faults
}

#[test]
fn a_command_line_starts_a_server_as_the_reader_does() {
    let line = "RUST_LOG=debug cargo run -q --release -p stage5 -- --queue 5; echo $?";
    let launch = Launch::read(line).unwrap();
    assert_eq!(launch.environment, ["RUST_LOG=debug"]);
    assert_eq!((&*launch.stage, &*launch.after), ("stage5", "echo $?"));
    assert_eq!(launch.flags, ["--queue", "5"]);
    let plain = Launch::read("cargo run -p stage1").unwrap();
    assert_eq!(plain, Launch::new("stage1", &[]));
    for other in ["cargo stress", "cargo run -p xtask", "cargo build -p stage1", "run"] {
        assert_eq!(Launch::read(other), None, "{other}");
    }
}

#[test]
fn a_block_that_cannot_be_run_is_told() {
    for (text, expected) in [
        ("<!-- run -->\n```sh\n$ x\n```\n", "stands above no ```console block"),
        ("<!-- run -->\n\ntext\n\n```console\n$ x\n```\n", "stands above no ```console block"),
        ("<!-- run -->\n```console\nx\n```\n", "`x` stands above the first `$ `"),
        (
            "<!-- run: accepted=x -->\n```console\n$ x\n```\n",
            "`accepted=x` is neither a server nor a range such as accepted=5..6",
        ),
        (
            "<!-- run: stage5 -->\n```console\n$ cargo run -p stage5\n```\n",
            "names a server, and the block starts one",
        ),
        (
            "<!-- run -->\n```console\n$ x\n$ cargo run -p stage5\n```\n",
            "starts a server in the midst of a block: only its first line can",
        ),
    ] {
        assert_eq!(faults(text), [format!("docs/a.md:1: {expected}")]);
    }
}

#[test]
fn what_was_written_is_compared_and_put_in_its_place() {
    let text = "<!-- run: accepted=100..101 -->\n\n```console\n$ a\naccepted 101 33.7%\n…\n$ b\nx 1\n```\nafter\n";
    let page = Page::new("docs/a.md", text.to_owned());
    let (markers, mut faults) = marker::read(&page);
    let blocks = blocks(&page, &markers, &mut faults);
    assert_eq!(faults, Vec::<String>::new());
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let same = [lines("accepted 100 33.3%\nmore"), lines("x 1")];
    assert_eq!(blocks[0].compare(&same, false), None);
    let other = [lines("accepted 102 9.3%\nmore"), lines("x 1")];
    let edit = blocks[0].compare(&other, false).unwrap();
    assert_eq!(edit.text, "$ a\naccepted 102 9.3%\n…\n$ b\nx 1\n");
    assert_eq!(&text[edit.range.clone()], "$ a\naccepted 101 33.7%\n…\n$ b\nx 1\n");
    assert!(
        edit.why.starts_with("docs/a.md:1: `a` wrote something else:\naccepted 102"),
        "{edit:?}"
    );
    let missing = [lines("accepted 101 33.7%"), lines("")];
    assert_eq!(
        blocks[0].compare(&missing, false).unwrap().text,
        "$ a\naccepted 101 33.7%\n…\n$ b\n"
    );
}

/// Stands for a stage: listens nowhere, says what it was told, and leaves on SIGTERM.
#[cfg(unix)]
const SERVER: &str = "#!/bin/sh
echo listening on http://127.0.0.1:4321
trap 'echo \"$WORD $*\"; exit 7' TERM
while :; do sleep 0.01; done
";

/// What is found when a page's blocks are run with that server.
#[cfg(unix)]
fn run_page(text: &str) -> Findings {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let server = folder.path().join("server");
    std::fs::write(&server, SERVER).unwrap();
    std::fs::set_permissions(&server, PermissionsExt::from_mode(0o755)).unwrap();
    let binaries = [("stage5", server.to_str().unwrap()), ("stress-client", "/bin/echo")];
    let page = Page::new("docs/a.md", text.to_owned());
    let (markers, mut faults) = marker::read(&page);
    let blocks = blocks(&page, &markers, &mut faults);
    assert_eq!(faults, Vec::<String>::new());
    run(&blocks, &Built::pretend(&binaries))
}

#[test]
#[cfg(unix)]
fn a_range_for_nothing_is_told_once_the_block_is_right() {
    let block = |shown| format!("<!-- run: a=1..2 -->\n```console\n$ echo b 1\n{shown}```\n");
    let Findings { edits, faults, .. } = run_page(&block(""));
    assert_eq!((edits.len(), faults), (1, Vec::new()));
    let Findings { edits, faults, .. } = run_page(&block("b 1\n"));
    assert_eq!(
        (edits.len(), faults),
        (0, vec!["docs/a.md:1: the block shows no count after `a`".to_owned()])
    );
}

#[cfg(unix)]
const TRANSCRIPT: &str = "\
<!-- run -->

```console
$ WORD=bye cargo run -q -p stage5 -- --queue 5; echo \"status $?\"
listening on http://127.0.0.1:8080
bye --listen 127.0.0.1:0 --queue 5
status 7
```

<!-- run -->

```console
$ cargo stress --requests 3; echo localhost:8080
--requests 3 --url http://127.0.0.1:8080
localhost:8080
$ pkill -TERM -x stage5
```
";

#[test]
#[cfg(unix)]
fn a_server_serves_the_blocks_below_it_and_is_shown_to_its_end() {
    let Findings { edits, faults, .. } = run_page(TRANSCRIPT);
    assert_eq!((edits, faults), (Vec::new(), Vec::new()));
}

#[test]
#[cfg(unix)]
fn a_transcript_that_says_something_else_is_found_and_mended() {
    for (from, to) in [
        ("status 7\n", "status 0\n"),
        ("--requests 3 --url", "--requests 4 --url"),
        ("\n```\n\n<!-- run -->", "\nmore\n```\n\n<!-- run -->"),
        ("localhost:8080\n$", "$"),
    ] {
        let drifted = TRANSCRIPT.replacen(from, to, 1);
        let Findings { edits, faults, .. } = run_page(&drifted);
        assert_eq!((edits.len(), faults.len()), (1, 0), "{from:?}: {edits:?} {faults:?}");
        let mended = super::super::edited(&drifted, edits);
        assert_eq!(mended, TRANSCRIPT, "{from:?}");
    }
}

#[test]
fn what_needs_speed_is_not_judged_where_the_machine_was_in_the_way_and_that_is_told() {
    let machine = "held back by: the machine: its cores were 100 % busy";
    let server = "held back by: the server: its answers were waited for";
    let late = Some("sleeps of 20ms ended 9ms late, on average");
    for (ranges, last, watched, expected) in [
        ("accepted~137..151", machine, None, (0, 0, 1)),
        ("accepted~137..151", server, late, (0, 0, 1)),
        ("accepted~137..151", server, None, (1, 0, 0)),
        ("accepted~137..151 accepted=116..190", machine, None, (0, 0, 1)),
        ("accepted~137..151 accepted=116..180", machine, None, (1, 0, 0)),
        ("accepted=116..180", machine, late, (1, 0, 0)),
        ("accepted=150..190", server, None, (0, 1, 0)),
        ("~", machine, None, (0, 0, 1)),
        ("~", server, None, (1, 0, 0)),
    ] {
        let text =
            format!("<!-- run: {ranges} -->\n```console\n$ cargo stress\naccepted 140\n…\n```\n");
        let page = Page::new("docs/a.md", text);
        let (markers, mut faults) = marker::read(&page);
        let blocks = blocks(&page, &markers, &mut faults);
        let mut found = Findings::default();
        let outputs = [vec!["accepted 188".to_owned(), last.to_owned()]];
        blocks[0].judge(&outputs, watched.map(str::to_owned), &mut found);
        let counts = (found.edits.len(), found.faults.len(), found.not_judged.len());
        assert_eq!(counts, expected, "{ranges}, {last}: {found:?}");
    }
}

#[test]
fn blocks_that_share_a_server_with_load_are_left_out_together() {
    let block = |marker: &str, command: &str| {
        format!("<!-- run{marker} -->\n```console\n$ {command}\n```\n")
    };
    let text = [
        block("", "cargo stress predict --requests 5"),
        block(": stage5", "curl localhost:8080"),
        block("", "sleep 1; cargo stress --requests 5"),
        block(": stage6", "cargo stress silent"),
        block("", "cargo stress check --stage 6"),
        block(": stage7", "cargo stress --json a.json; echo"),
        block(": stage8", "jq . a.json"),
    ];
    let page = Page::new("docs/a.md", text.concat());
    let (markers, mut faults) = marker::read(&page);
    let left = without_load(blocks(&page, &markers, &mut faults));
    let commands: Vec<_> = left.iter().map(|block| &*block.steps[0].command).collect();
    let expected = [
        "cargo stress predict --requests 5",
        "cargo stress silent",
        "cargo stress check --stage 6",
    ];
    assert_eq!(commands, expected);
}
