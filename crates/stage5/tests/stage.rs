//! Stage 5 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(5, env!("CARGO_BIN_EXE_stage5"))
}
