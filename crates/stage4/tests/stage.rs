//! Stage 4 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(4, env!("CARGO_BIN_EXE_stage4"))
}
