//! `scripts/abuse`: treats stage 10 badly and judges how it bears that.

use std::process::ExitCode;

/// Treat stage 10 badly, and hold every figure against what it should be
///
/// Exit status: 0 when everything holds, 1 when something fails or a trial could not be made.
#[derive(clap::Parser)]
#[command(name = "abuse")]
struct Args {
    /// Only these trials
    trials: Vec<String>,
    /// List the trials instead of making them
    #[arg(long)]
    list: bool,
}

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use clap::Parser;
    use lab::abuse::{Stand, trials};

    let args = Args::parse();
    let all = trials();
    if args.list {
        all.iter().for_each(|trial| println!("{:16} {}", trial.name, trial.about));
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = args.trials.iter().find(|name| all.iter().all(|it| it.name != **name)) {
        eprintln!("there is no trial `{unknown}`: --list shows them");
        return ExitCode::from(2);
    }
    // Built by the script, next to this program.
    let beside = std::env::current_exe().ok().and_then(|it| Some(it.parent()?.join("stage10")));
    let Some(binary) = beside.filter(|it| it.exists()) else {
        eprintln!("stage 10 is not built: run scripts/abuse, or cargo build --release -p stage10");
        return ExitCode::FAILURE;
    };
    let _ = rlimit::increase_nofile_limit(u64::MAX); // a trial that wants more says so
    let stand = Stand { binary: binary.display().to_string() };
    let mut failed = Vec::new();
    for trial in all {
        if !args.trials.is_empty() && !args.trials.iter().any(|name| name == trial.name) {
            continue;
        }
        println!("{}: {}", trial.name, trial.about);
        match trial.run(&stand) {
            Ok(findings) => {
                findings.iter().for_each(|finding| println!("{finding}"));
                failed.extend((!findings.iter().all(|it| it.holds)).then_some(trial.name));
            }
            Err(error) => {
                println!("  FAILS  it could not be made: {error}");
                failed.push(trial.name);
            }
        }
    }
    match failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => {
            eprintln!("failed: {}", failed.join(", "));
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("memory, descriptors and threads are read from /proc: this runs on Linux only");
    ExitCode::FAILURE
}
