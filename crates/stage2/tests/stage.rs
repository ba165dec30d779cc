//! Stage 2 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(2, env!("CARGO_BIN_EXE_stage2"))
}
