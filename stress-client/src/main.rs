//! The stress client's command line.
fn main() {}
