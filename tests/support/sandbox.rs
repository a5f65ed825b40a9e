//! A folder of its own for a test, and programs run in it that see nothing of the developer's machine.
//! Needs no cluster: the test binaries of the command line and of the corpus take this file alone.

#![allow(dead_code, reason = "several test binaries share this file, and each uses its part")]
#![allow(clippy::panic, reason = "a harness fails tests by panicking")]

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The binary under test.
pub(crate) const WINDLASS: &str = env!("CARGO_BIN_EXE_windlass");

/// Runs windlass in a sandbox of its own, with no cluster to talk to.
pub(crate) fn windlass<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(WINDLASS);
    command.args(args);
    Output::of(command)
}

/// A temporary folder with an empty home and Helm's three folders; removed with the value.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// Makes the folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for part in ["work", "home"] {
            std::fs::create_dir(folder.path().join(part)).expect("the folder is new and ours");
        }
        Self { folder }
    }

    /// The folder in which commands run, and against which their relative paths count.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file below [`Sandbox::path`], with the folders on its way.
    pub(crate) fn write(&self, path: impl AsRef<Path>, text: &str) -> PathBuf {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().expect("a file has a folder"))
            .and_then(|()| std::fs::write(&file, text))
            .unwrap_or_else(|err| panic!("cannot write `{}`: {err}", file.display()));
        file
    }

    /// Prepares a program: of the environment it sees `PATH` and nothing else, its home is empty, its time zone UTC.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_clear()
            .env("HOME", folder.join("home"))
            .env("TZ", "UTC")
            .env("HELM_CACHE_HOME", folder.join("helm/cache"))
            .env("HELM_CONFIG_HOME", folder.join("helm/config"))
            .env("HELM_DATA_HOME", folder.join("helm/data"));
        if let Some((_, path)) = std::env::vars_os().find(|(name, _)| name == "PATH") {
            command.env("PATH", path);
        }
        command
    }
}

/// What a finished program said.
#[derive(Debug)]
pub(crate) struct Output {
    /// Its standard output.
    pub(crate) stdout: String,
    /// Its standard error.
    pub(crate) stderr: String,
    /// Its exit code; -1 when a signal ended it.
    pub(crate) code: i32,
    command: String,
}

impl Output {
    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn of(mut command: Command) -> Self {
        let output = command.output();
        Self::told(&command, output)
    }

    /// Runs a command to its end, or kills it when that takes too long, and returns nothing.
    #[track_caller]
    pub(crate) fn within(limit: Duration, mut command: Command) -> Option<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|err| panic!("cannot start {command:?}: {err}"));
        let stdout = read_aside(child.stdout.take().expect("it was asked for"));
        let stderr = read_aside(child.stderr.take().expect("it was asked for"));
        let end = Instant::now() + limit;
        let in_time =
            |text: &Receiver<_>| text.recv_timeout(end.saturating_duration_since(Instant::now()));
        let texts = in_time(&stdout).and_then(|stdout| Ok((stdout, in_time(&stderr)?)));
        if texts.is_err() {
            // It may have ended just now.
            let _ = child.kill();
        }
        let status = child.wait().unwrap_or_else(|err| panic!("cannot wait: {command:?}: {err}"));
        let (stdout, stderr) = texts.ok()?;
        Some(Self::told(&command, Ok(process::Output { status, stdout, stderr })))
    }

    /// Takes what a command said from whoever waited for its end.
    #[track_caller]
    pub(crate) fn told(command: &Command, output: std::io::Result<std::process::Output>) -> Self {
        let output = output.unwrap_or_else(|err| panic!("cannot start {command:?}: {err}"));
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
            command: words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" "),
        }
    }

    /// Fails the test, showing all that was said, unless the exit code is 0.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        assert!(self.code == 0, "should have succeeded: {self}");
        self
    }

    /// Fails the test, showing all that was said, unless the exit code is the one given.
    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> Self {
        assert!(self.code == code, "should have failed with exit code {code}: {self}");
        self
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { stdout, stderr, code, command } = self;
        write!(f, "`{command}`\nexit code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Reads to the end on a thread of its own.
fn read_aside(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = from.read_to_end(&mut text);
        // Nobody listens when it took too long.
        let _ = sender.send(text);
    });
    receiver
}
