//! Stage 1 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(1, env!("CARGO_BIN_EXE_stage1"))
}
