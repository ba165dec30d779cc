//! Writes the seed corpus: the streams of the decoder's tests, and some events.

use std::path::Path;
use std::{fs, io};

#[path = "../../crates/protocol/tests/contract/corpus.rs"]
mod corpus;

const EVENTS: &[(&str, &str)] = &[
    ("event", r#"{"user":"alice","action":"buy","amount":100}"#),
    (
        "others",
        r#"{"x":[null,{"user":1.5e3}],"amount":-1,"action":"","user":"\u00e9\ud83d\ude00"}"#,
    ),
    ("twice", r#"{"user":"a","user":"b","action":"buy","amount":1}"#),
    ("minus-zero", r#"{"user":"a","action":"buy","amount":-0}"#),
    ("fraction", r#"{"user":"a","action":"buy","amount":1.0}"#),
    ("exponent", r#"{"user":"a","action":"buy","amount":1e2}"#),
    ("largest", r#"{"user":"a","action":"buy","amount":9223372036854775807}"#),
    ("too-large", r#"{"user":"a","action":"buy","amount":9223372036854775808}"#),
    ("smallest", "\t{\"amount\" : -9223372036854775808 ,\r\n\"user\":\"a\",\"action\":\"b\" }\n"),
    ("array", r#"["alice","buy",100]"#),
    ("metrics", r#"{"type":"metrics"}"#),
    ("no-string", r#"{"user":null,"action":{},"amount":"1"}"#),
];

fn main() -> io::Result<()> {
    for (name, bytes, _) in corpus::ALL.iter().copied().flatten() {
        write("decoder", name, bytes)?;
    }
    // The fuzzer lengthens inputs slowly, so start at the limit.
    for length in [256, 257] {
        let user = "u".repeat(length);
        let text = format!(r#"{{"user":"{user}","action":"buy","amount":1}}"#);
        write("event", &format!("user-of-{length}"), text.as_bytes())?;
    }
    EVENTS.iter().try_for_each(|(name, text)| write("event", name, text.as_bytes()))
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name.replace('/', " ")), bytes)
}
