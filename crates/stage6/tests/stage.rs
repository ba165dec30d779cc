//! Stage 6 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(6, env!("CARGO_BIN_EXE_stage6"))
}
