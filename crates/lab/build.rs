//! Sets `cfg(loom)` for the lab, since `tests/interleavings.rs` includes files of stage 10, which
//! then use loom's types in place of std's.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cfg=loom");
}
