//! Runs the cases of a conformance corpus: whole charts, and what real Helm made of them.
//!
//! Ours lie in `cases`; `WINDLASS_CORPUS` names a folder whose `given` holds more, with charts that
//! are too large or not ours to keep here. tests/corpus/README.md says what a case consists of.

#![expect(clippy::panic, reason = "tests fail by panicking, their own functions too")]

#[path = "../support/sandbox.rs"]
mod sandbox;

mod case;
mod data;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::{Case, Verdict};
use sandbox::Sandbox;

const OURS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/cases");

#[test]
fn our_charts_render_as_in_helm() {
    judge(Path::new(OURS));
}

#[test]
fn given_charts_render_as_in_helm() {
    match given() {
        Some(folder) => judge(&folder),
        None => say("WINDLASS_CORPUS is not set, so only our own cases are run"),
    }
}

/// The folder of cases beside the project, if there is one.
#[expect(clippy::disallowed_methods, reason = "a test harness has no command line to read")]
fn given() -> Option<PathBuf> {
    let corpus = std::env::var_os("WINDLASS_CORPUS").filter(|value| !value.is_empty())?;
    Some(PathBuf::from(corpus).join("given"))
}

/// Runs every case of a folder, and fails with a line for each that differs from Helm.
fn judge(root: &Path) {
    let folders = folders_of_cases(root);
    assert!(!folders.is_empty(), "there is no case in `{}`", root.display());
    let mut failures = Vec::new();
    let mut incomplete = Vec::new();
    for (name, verdict) in run_all(&folders) {
        match verdict {
            Verdict::Same => {}
            Verdict::Different(difference) => failures.push(format!("{name}: {difference}")),
            Verdict::Incomplete => incomplete.push(name),
        }
    }
    if !incomplete.is_empty() {
        say(&format!(
            "{} cases cannot be judged, because their charts lack subcharts: {}",
            incomplete.len(),
            incomplete.join(", ")
        ));
    }
    let (failed, all) = (failures.len(), folders.len());
    assert!(failed == 0, "{failed} of {all} cases differ:\n{}", failures.join("\n"));
    assert!(incomplete.len() < all, "no case in `{}` can be judged", root.display());
}

fn folders_of_cases(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root)
        .unwrap_or_else(|err| panic!("cannot list the cases in `{}`: {err}", root.display()));
    let paths = entries.map(|entry| entry.expect("the folder can be listed to its end").path());
    let mut folders: Vec<_> = paths.filter(|path| path.join("cmd").exists()).collect();
    folders.sort();
    folders
}

/// Runs the cases on all processors, and returns the verdicts in the order of the folders.
fn run_all(folders: &[PathBuf]) -> Vec<(String, Verdict)> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        let sandbox = Sandbox::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(folder) = folders.get(at) else { break };
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let verdict = match Case::read(folder) {
                Ok(case) => case.judge(&sandbox),
                Err(problem) => Verdict::Different(problem),
            };
            done.lock().expect("no thread panics with the list").push((name, verdict));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut verdicts = done.into_inner().expect("no thread panics with the list");
    verdicts.sort_by(|(one, _), (other, _)| one.cmp(other));
    verdicts
}

/// Writes a line to the real stderr: the test runner captures only what the print macros write.
fn say(line: &str) {
    // Nobody listening is no reason to fail a test.
    let _ = std::io::stderr().write_all(format!("windlass tests: {line}\n").as_bytes());
}
