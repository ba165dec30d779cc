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
        ("<!-- run: a=1..2 -->\n```console\n$ x\nb 1\n```\n", "the block shows no count after `a`"),
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
    assert_eq!(blocks[0].compare(&same), None);
    let other = [lines("accepted 102 9.3%\nmore"), lines("x 1")];
    let edit = blocks[0].compare(&other).unwrap();
    assert_eq!(edit.text, "$ a\naccepted 102 9.3%\n…\n$ b\nx 1\n");
    assert_eq!(&text[edit.range.clone()], "$ a\naccepted 101 33.7%\n…\n$ b\nx 1\n");
    assert!(
        edit.why.starts_with("docs/a.md:1: `a` wrote something else:\naccepted 102"),
        "{edit:?}"
    );
    let missing = [lines("accepted 101 33.7%"), lines("")];
    assert_eq!(blocks[0].compare(&missing).unwrap().text, "$ a\naccepted 101 33.7%\n…\n$ b\n");
}
