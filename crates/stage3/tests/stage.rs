//! Stage 3 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(3, env!("CARGO_BIN_EXE_stage3"))
}
