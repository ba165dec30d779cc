//! Stage 9 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(9, env!("CARGO_BIN_EXE_stage9"))
}
