//! The binary: parse, run, print the error, exit code.

mod cli;

use std::process::ExitCode;

use cli::Outcome;
use mimalloc::MiMalloc;
use windlass::action::ErrorKind;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let (outcome, is_helm) = cli::run(std::env::args_os());
    ExitCode::from(code(outcome, is_helm))
}

/// Returns the exit code; docs/reference/exit-codes.md says what each means.
fn code(outcome: Outcome, is_helm: bool) -> u8 {
    match outcome {
        Outcome::Done => 0,
        // The code of helm-diff, under both names.
        Outcome::Changes => 2,
        // Whoever calls windlass by Helm's name may test for Helm's one code.
        _ if is_helm => 1,
        Outcome::BadUsage => 2,
        Outcome::Failed(kind) => match kind {
            ErrorKind::Failed => 1,
            ErrorKind::BadInput => 3,
            ErrorKind::NoCluster => 4,
            ErrorKind::NotFound => 5,
            ErrorKind::InTheWay => 6,
            ErrorKind::NotReady => 7,
            // As a shell says that a signal ended a program.
            ErrorKind::Interrupted => 130,
            ErrorKind::Terminated => 143,
        },
    }
}
