//! Stage 10 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(10, env!("CARGO_BIN_EXE_stage10"))
}
