//! Copies the files of stage 10 that `tests/interleavings.rs` tries in every interleaving, with
//! `std::sync` put in the hands of the test: nothing in the stage has to know of it.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    for name in ["counter.rs", "gate.rs", "metrics.rs"] {
        let source = format!("../stage10/src/{name}");
        println!("cargo::rerun-if-changed={source}");
        // A file's own `//!` cannot be included in the middle of another.
        let lines = fs::read_to_string(&source)?.replace("//! ", "// ");
        fs::write(Path::new(&out).join(name), lines.replace("std::sync", "super::sync"))?;
    }
    Ok(())
}
