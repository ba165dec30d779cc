//! The command `cargo tour`.

fn main() -> std::process::ExitCode {
    lab::tour::main()
}
