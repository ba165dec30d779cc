//! Stage 7 against the suite that all stages share.

fn main() -> std::process::ExitCode {
    harness::suite::run(7, env!("CARGO_BIN_EXE_stage7"))
}
