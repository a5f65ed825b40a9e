//! The programs of the test plane, built from `tests/cluster/controlplane/go.mod` and kept in the user's cache folder.
//! The build takes minutes, so it happens once per version of that file and says on stderr how far it is.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::processes::Processes;

/// The Go module that pins the programs.
pub(crate) const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/controlplane");

const NO_GO: &str = "the cluster tests need Go on the PATH (https://go.dev/dl) to build their control plane, \
    or WINDLASS_TEST_KUBECONFIG set to the kubeconfig of a throwaway cluster";
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Returns the folder of the built programs, building them when this version was never built here.
pub(crate) fn folder() -> Result<&'static Path, String> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOLDER.get_or_init(find_or_build).as_deref().map_err(String::clone)
}

/// Reads a variable that steers the test run.
#[expect(clippy::disallowed_methods, reason = "a test harness has no command line to read")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn find_or_build() -> Result<PathBuf, String> {
    let cache = cache_folder()?;
    let go_mod = std::fs::read_to_string(Path::new(MODULE).join("go.mod"))
        .map_err(|err| format!("cannot read `{MODULE}/go.mod`: {err}"))?;
    let linker_flags = linker_flags(&go_mod);
    let version = version(&go_mod, &linker_flags)
        .map_err(|err| format!("cannot read `{MODULE}/go.sum`: {err}"))?;
    let tools = cache.join(&version);
    if tools.is_dir() {
        return Ok(tools);
    }
    let _building = lock(&cache, &version)
        .map_err(|err| format!("cannot lock `{}`: {err}", cache.display()))?;
    if !tools.is_dir() {
        install(&tools, &linker_flags)?;
    }
    Ok(tools)
}

fn cache_folder() -> Result<PathBuf, String> {
    let base = match variable("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::home_dir()
            .ok_or("no home folder to keep the control plane in")?
            .join(".cache"),
    };
    Ok(base.join("windlass").join("control-plane"))
}

/// Tells the programs which releases they are: only the projects' own build scripts do, and otherwise Kubernetes calls itself v0.0.0.
fn linker_flags(go_mod: &str) -> String {
    let pinned = |module: &str| {
        let mut lines = go_mod.lines().map(str::trim);
        let version = lines.find_map(|line| line.strip_prefix(module)?.strip_prefix(' '));
        version.and_then(|rest| rest.split(' ').next()).unwrap_or("v0.0.0")
    };
    let kubernetes = pinned("k8s.io/kubernetes");
    let helm = pinned("helm.sh/helm/v4");
    let mut numbers = kubernetes.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    format!(
        "-s -w -X k8s.io/component-base/version.gitVersion={kubernetes} \
         -X k8s.io/component-base/version.gitMajor={major} \
         -X k8s.io/component-base/version.gitMinor={minor} \
         -X helm.sh/helm/v4/internal/version.version={helm}"
    )
}

/// Names what a build depends on; the platform counts because a home folder may be shared between machines.
fn version(go_mod: &str, linker_flags: &str) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    for part in [std::env::consts::OS, std::env::consts::ARCH, linker_flags, go_mod] {
        hash.update(part);
    }
    hash.update(std::fs::read(Path::new(MODULE).join("go.sum"))?);
    Ok(hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn lock(cache: &Path, version: &str) -> std::io::Result<File> {
    std::fs::create_dir_all(cache)?;
    let file = File::create(cache.join(format!("{version}.lock")))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say("another run is building the control plane; waiting for it");
            file.lock()?;
        }
        Err(TryLockError::Error(err)) => return Err(err),
    }
    Ok(file)
}

/// Builds beside the final place and moves there, so that an interrupted build never counts.
fn install(tools: &Path, linker_flags: &str) -> Result<(), String> {
    let cache = tools.parent().expect("the tools are in the cache folder");
    let processes = Processes::new_in(cache)
        .map_err(|err| format!("cannot write to `{}`: {err}", cache.display()))?;
    build(&processes, linker_flags)?;
    std::fs::rename(processes.state(), tools)
        .map_err(|err| format!("cannot move the built tools to `{}`: {err}", tools.display()))
}

fn build(processes: &Processes, linker_flags: &str) -> Result<(), String> {
    let into = processes.state();
    let mut go = Command::new("go");
    go.args(["install", "-v", "-ldflags", linker_flags, "tool"])
        .current_dir(MODULE)
        .env("GOBIN", into)
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut go = processes.spawn(&mut go).map_err(|err| match err.kind() {
        ErrorKind::NotFound => NO_GO.to_owned(),
        _ => format!("cannot start go: {err}"),
    })?;
    say(&format!(
        "building the test control plane (etcd, Kubernetes, kwok, Helm) into {}: \
         once, 10 to 15 minutes on two cores",
        into.parent().unwrap_or(into).display()
    ));
    let lines = lines_of(go.stderr.take().expect("stderr is piped"));
    let last_words = report_progress(&lines, into);
    match go.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("building the control plane failed: go {status}\n{last_words}")),
        Err(err) => Err(format!("cannot wait for go: {err}")),
    }
}

fn lines_of(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Follows `go install -v`, which names every package as it compiles it, and returns its last lines.
fn report_progress(lines: &Receiver<String>, into: &Path) -> String {
    let started = Instant::now();
    let mut next = started + HEARTBEAT;
    let mut last = VecDeque::new();
    let (mut downloads, mut packages) = (0, 0);
    loop {
        match lines.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                if line.starts_with("go: downloading") {
                    downloads += 1;
                } else {
                    packages += 1;
                }
                last.push_back(line);
                if last.len() > 20 {
                    last.pop_front();
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                say(&format!(
                    "{} s: {downloads} modules fetched, {packages} packages compiled, programs ready: {}",
                    started.elapsed().as_secs(),
                    names_in(into)
                ));
                next = Instant::now() + HEARTBEAT;
            }
            Err(RecvTimeoutError::Disconnected) => return Vec::from(last).join("\n"),
        }
    }
}

fn names_in(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    if names.is_empty() { "none yet".to_owned() } else { names.join(", ") }
}

/// Writes a line to the real stderr: the test runner captures only what the print macros write.
fn say(line: &str) {
    // Nobody listening is no reason to fail a build.
    let _ = std::io::stderr().write_all(format!("windlass tests: {line}\n").as_bytes());
}
