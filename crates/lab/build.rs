//! Compiles the lab with `cfg(loom)`: `tests/interleavings.rs` has files of stage 10 in it, which take loom's
//! types in place of std's then.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cfg=loom");
}
