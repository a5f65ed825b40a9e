//! Times whole commands of windlass beside the same commands of real Helm: CPU time of the process.
//!
//! `cargo bench --bench commands` prints a row for each command; benches/README.md keeps the last table.
//! CPU time is read from the kernel's account of finished children, so it needs Linux.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark prints, and stops when it cannot measure"
)]

#[path = "support/cpu.rs"]
mod cpu;
#[path = "../tests/support/sandbox.rs"]
mod sandbox;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cpu::children_cpu;
use sandbox::{Sandbox, WINDLASS};

/// The kernel counts in hundredths of a second, so a row is the mean of many runs.
const RUNS: u32 = 100;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/charts/data-pipeline");
const SEED_IN_TERA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/data-pipeline");

fn main() {
    let helm = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let helm = helm.unwrap_or_else(|| "helm".to_owned());
    println!("mean of {RUNS} runs; CPU and wall time in milliseconds");
    println!("| command | windlass CPU | Helm CPU | ratio | windlass wall | Helm wall | ratio |");
    println!("|---|---|---|---|---|---|---|");
    row("version", &helm, &["version"], &["version"]);
    let seed = ["template", "data-pipeline", SEED];
    row("template, the seed's chart", &helm, &seed, &seed);
    let tera = ["template", "data-pipeline", SEED_IN_TERA];
    row("template, the same in Tera (Helm: in Go)", &helm, &tera, &seed);
}

fn row(name: &str, helm: &str, args: &[&str], helm_args: &[&str]) {
    let ours = measure(WINDLASS, args);
    let theirs = measure(helm, helm_args);
    println!(
        "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
        ours.cpu,
        theirs.cpu,
        theirs.cpu / ours.cpu.max(0.01),
        ours.wall,
        theirs.wall,
        theirs.wall / ours.wall,
    );
}

/// Milliseconds of one run.
struct Cost {
    cpu: f64,
    wall: f64,
}

fn measure(program: &str, args: &[&str]) -> Cost {
    let sandbox = Sandbox::new();
    run(&sandbox, program, args);
    let (cpu, started) = (children_cpu(), Instant::now());
    for _ in 0..RUNS {
        run(&sandbox, program, args);
    }
    let per_run = |total: Duration| total.as_secs_f64() * 1000.0 / f64::from(RUNS);
    Cost { cpu: per_run(children_cpu() - cpu), wall: per_run(started.elapsed()) }
}

fn run(sandbox: &Sandbox, program: &str, args: &[&str]) {
    let mut command: Command = sandbox.command(program);
    command.args(args).stdout(Stdio::null());
    let status = command.status().unwrap_or_else(|err| panic!("cannot start `{program}`: {err}"));
    assert!(status.success(), "`{program} {}` failed", args.join(" "));
}
