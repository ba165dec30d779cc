use super::*;

/// The book as it stands: nothing in it has drifted, and its transcripts are what comes out today.
#[test]
fn the_book_says_what_the_code_says() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let faults = run(&repository, &Options { check: true, ..Options::default() });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
