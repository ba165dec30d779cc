//! The stress client's binary: parse, dispatch, exit.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
