//! Stage 8 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(8, env!("CARGO_BIN_EXE_stage8"))
}
