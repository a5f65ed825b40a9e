//! The processes of the test plane, and the reaper that outlives the tests to stop them.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Waits until its input closes, which happens however the test process ends, then ends its process group.
/// It ignores the signals that it sends itself, but for the last.
const REAPER: &str = r#"
trap '' HUP INT TERM
while read -r _; do :; done
kill -TERM 0
for _ in 1 2 3 4 5; do rm -rf "$1" && break; sleep 0.2; done
kill -KILL 0
"#;

/// A folder and the processes that work in it; both end with this value or with the test process.
pub(crate) struct Processes {
    state: PathBuf,
    group: i32,
    running: Vec<(&'static str, Child)>,
    _lifeline: ChildStdin,
}

impl Processes {
    /// Makes a folder for temporary files.
    pub(crate) fn new() -> std::io::Result<Self> {
        Self::new_in(&std::env::temp_dir())
    }

    /// Makes a folder below another.
    pub(crate) fn new_in(parent: &Path) -> std::io::Result<Self> {
        // For this user alone: an administrator's key is kept in it.
        let state = tempfile::Builder::new()
            .prefix("windlass-plane-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?
            .keep();
        // A group of its own, or Ctrl-C in a terminal would end the reaper with the tests.
        let mut reaper = Command::new("sh")
            .args(["-c", REAPER, "windlass-test-reaper"])
            .arg(&state)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            state,
            group: i32::try_from(reaper.id()).expect("a process id is a small number"),
            running: Vec::new(),
            _lifeline: reaper.stdin.take().expect("stdin is piped"),
        })
    }

    /// The folder that ends with the processes.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// Starts a command that ends with the others, but whose output the caller takes.
    pub(crate) fn spawn(&self, command: &mut Command) -> std::io::Result<Child> {
        command.process_group(self.group).spawn()
    }

    /// Starts a program in the folder, its output in `<name>.log` there.
    pub(crate) fn start(
        &mut self,
        name: &'static str,
        program: &Path,
        args: &[String],
    ) -> Result<(), String> {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.state).stdin(Stdio::null());
        let child = File::create(self.log(name))
            .and_then(|log| {
                command.stdout(log.try_clone()?).stderr(log);
                self.spawn(&mut command)
            })
            .map_err(|err| format!("cannot start `{}`: {err}", program.display()))?;
        self.running.push((name, child));
        Ok(())
    }

    /// Returns the name and last words of a process that ended by itself.
    pub(crate) fn ended(&mut self) -> Option<String> {
        for (name, child) in &mut self.running {
            if let Ok(Some(status)) = child.try_wait() {
                let name = *name;
                return Some(format!("{name} ended ({status}):\n{}", self.last_words(name)));
            }
        }
        None
    }

    /// Returns the last lines that each process wrote.
    pub(crate) fn all_last_words(&self) -> String {
        let names = self.running.iter().map(|(name, _)| name);
        names.map(|name| format!("--- {name}\n{}\n", self.last_words(name))).collect()
    }

    fn log(&self, name: &str) -> PathBuf {
        self.state.join(format!("{name}.log"))
    }

    fn last_words(&self, name: &str) -> String {
        let bytes = std::fs::read(self.log(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}
