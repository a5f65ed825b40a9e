//! Times the rendering of real charts beside real Helm: CPU time of all cases, and the most memory.
//!
//! `cargo bench --bench corpus -- HELM CASES` takes a folder of cases in the layout of tests/corpus,
//! and prints rows for benches/README.md. It needs Linux, for the accounts of /proc.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark prints, and stops when it cannot measure"
)]

#[path = "support/cpu.rs"]
mod cpu;
#[path = "../tests/support/sandbox.rs"]
mod sandbox;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use cpu::children_cpu;
use sandbox::{Sandbox, WINDLASS};

/// Each case is run this often with each program; the means are added up.
const RUNS: u32 = 3;

/// How often the memory of a running program is looked at.
const LOOK: Duration = Duration::from_micros(500);

fn main() {
    let mut args = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let helm = args.next().unwrap_or_else(|| "helm".to_owned());
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/cases");
    let folder = PathBuf::from(args.next().unwrap_or_else(|| own.to_owned()));
    let cases = cases(&folder);
    println!("| cases | windlass CPU | Helm CPU | ratio | windlass memory | Helm memory | ratio |");
    println!("|---|---|---|---|---|---|---|");
    let both = |case| Some((case, measure(WINDLASS, case)?, measure(&helm, case)?));
    let costs: Vec<(&Case, Cost, Cost)> = cases.iter().filter_map(both).collect();
    row(&format!("all {} that render", costs.len()), costs.iter());
    row("of these, without keys", costs.iter().filter(|(case, ..)| !case.makes_keys));
    let prometheus = |case: &Case| case.name.starts_with("kube-prometheus-stack");
    row("kube-prometheus-stack", costs.iter().filter(|(case, ..)| prometheus(case)));
    let largest = costs.iter().max_by_key(|(_, _, helm)| helm.memory);
    largest.iter().for_each(|cost| row(&cost.0.name, std::iter::once(*cost)));
}

/// A rendering of a chart.
struct Case {
    name: String,
    folder: PathBuf,
    args: Vec<String>,
    /// Whether it makes keys or certificates, whose time is a matter of luck.
    makes_keys: bool,
}

/// What one run takes.
struct Cost {
    cpu: Duration,
    /// The most memory that was resident, in bytes.
    memory: u64,
}

fn cases(folder: &Path) -> Vec<Case> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|err| panic!("cannot read `{}`: {err}", folder.display()));
    let mut cases: Vec<Case> = entries.flatten().filter_map(|entry| case(&entry.path())).collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// Reads a case; `None` if it renders nothing, or is made to fail.
fn case(folder: &Path) -> Option<Case> {
    let meta = fs::read_to_string(folder.join("meta.json")).ok()?;
    let meta: serde_json::Value = serde_json::from_str(&meta).ok()?;
    if meta["kind"] != "template" {
        return None;
    }
    let args = meta["args"].as_array()?.iter().filter_map(|word| Some(word.as_str()?.to_owned()));
    Some(Case {
        name: folder.file_name()?.to_string_lossy().into_owned(),
        folder: folder.to_owned(),
        args: args.collect(),
        makes_keys: meta["volatile_reason"].to_string().contains("certificates or keys"),
    })
}

/// Runs a case; `None` if it fails, as it does where a chart's dependencies are missing.
fn measure(program: &str, case: &Case) -> Option<Cost> {
    let sandbox = Sandbox::new();
    let (before, mut memory) = (children_cpu(), 0);
    for _ in 0..RUNS {
        let mut command = sandbox.command(program);
        command.args(&case.args).current_dir(&case.folder).env("KUBECONFIG", "/dev/null");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.unwrap_or_else(|err| panic!("cannot start `{program}`: {err}"));
        let status = loop {
            memory = memory.max(resident(child.id()));
            match child.try_wait().expect("a child can be waited for") {
                Some(status) => break status,
                None => std::thread::sleep(LOOK),
            }
        };
        if !status.success() {
            return None;
        }
    }
    Some(Cost { cpu: (children_cpu() - before) / RUNS, memory })
}

/// Returns the most memory that a process has had resident so far.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

fn row<'a>(name: &str, costs: impl Iterator<Item = &'a (&'a Case, Cost, Cost)> + Clone) {
    let seconds = |of: fn(&(&Case, Cost, Cost)) -> Duration| {
        costs.clone().map(of).sum::<Duration>().as_secs_f64()
    };
    let (ours, theirs) = (seconds(|cost| cost.1.cpu), seconds(|cost| cost.2.cpu));
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let memory =
        |of: fn(&(&Case, Cost, Cost)) -> u64| mib(costs.clone().map(of).max().unwrap_or(0));
    let (our_memory, their_memory) = (memory(|cost| cost.1.memory), memory(|cost| cost.2.memory));
    println!(
        "| {name} | {ours:.2} s | {theirs:.2} s | {:.1} | {our_memory:.0} MiB | {their_memory:.0} MiB | {:.1} |",
        theirs / ours.max(0.001),
        their_memory / our_memory.max(1.0),
    );
}
