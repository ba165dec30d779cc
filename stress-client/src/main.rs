//! The stress client's binary: parse, dispatch, exit.

mod cli;

/// An HTTP client asks for memory some sixty times a request, which this one answers in half the time:
/// a sixth of all that the client does, and that no server has to wait for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
