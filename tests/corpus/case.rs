//! One case: its command line, what Helm answered, and whether windlass answers the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use serde::Deserialize;
use windlass::chart::Chart;

use crate::data::{self, Mask};
use crate::sandbox::{Output, Sandbox, WINDLASS};

/// How long a case may take; the longest takes some seconds, in a debug build beside other work.
const LIMIT: Duration = Duration::from_secs(120);

/// What came out of a case.
pub(crate) enum Verdict {
    /// windlass answers as Helm does.
    Same,
    /// It does not; the text is the first difference.
    Different(String),
    /// It does not, and the case's chart lacks subcharts that Helm had when it answered.
    Incomplete,
}

/// A folder with a command line and Helm's answer.
pub(crate) struct Case {
    folder: PathBuf,
    recorded: Recorded,
    golden: String,
}

/// What `meta.json` says, as far as it matters here.
#[derive(Deserialize)]
struct Recorded {
    kind: Kind,
    args: Vec<String>,
    exit: i32,
    #[serde(default)]
    stderr_must_contain: Vec<String>,
    /// Whether Helm's own answer differs from run to run: random passwords, certificates, times.
    #[serde(default)]
    volatile: bool,
    #[serde(default)]
    masks: Vec<Mask>,
    volatile_names: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Template,
    Show,
    Lint,
    /// A command line that Helm refuses, in words that need not be ours.
    Error,
}

impl Case {
    /// Reads a case, or says what is wrong with its files.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let meta = read(folder, "meta.json")?;
        let recorded =
            serde_json::from_slice(&meta).map_err(|err| format!("cannot read meta.json: {err}"))?;
        let golden = if folder.join("golden.yaml.gz").exists() {
            let packed = read(folder, "golden.yaml.gz")?;
            std::io::read_to_string(GzDecoder::new(packed.as_slice()))
                .map_err(|err| format!("cannot unpack golden.yaml.gz: {err}"))?
        } else {
            String::from_utf8_lossy(&read(folder, "golden.yaml")?).into_owned()
        };
        Ok(Self { folder: folder.to_owned(), recorded, golden })
    }

    /// Runs the command line, and compares.
    pub(crate) fn judge(&self, sandbox: &Sandbox) -> Verdict {
        let mut command = sandbox.command(WINDLASS);
        command
            .args(&self.recorded.args)
            .current_dir(&self.folder)
            .env("HELM_PLUGINS", sandbox.path())
            .env("KUBECONFIG", "/dev/null");
        let Some(output) = Output::within(LIMIT, command) else {
            return Verdict::Different(format!("it does not end within {LIMIT:?}"));
        };
        match self.difference(&output) {
            None => Verdict::Same,
            Some(_) if self.lacks_subcharts() => Verdict::Incomplete,
            Some(difference) => Verdict::Different(difference),
        }
    }

    fn difference(&self, output: &Output) -> Option<String> {
        let Recorded { kind, exit, volatile, masks, volatile_names, .. } = &self.recorded;
        if let Kind::Error = kind {
            return self.difference_of_refusals(output);
        }
        // Of failures only that they are some is Helm's: the codes say more than its 1.
        let is_as_wanted = if *exit == 0 { output.code == 0 } else { output.code > 0 };
        if !is_as_wanted {
            let said = output.stderr.lines().find(|line| line.starts_with("Error"));
            let said = said.unwrap_or(output.stderr.trim_end());
            return Some(format!("exit code {}, wanted {exit}: {said}", output.code));
        }
        match (kind, volatile) {
            (Kind::Template, true) => {
                data::difference(&self.golden, &output.stdout, masks, volatile_names.as_deref())
            }
            _ => difference_of_texts(&self.golden, &output.stdout),
        }
    }

    fn difference_of_refusals(&self, output: &Output) -> Option<String> {
        // A code below 0 stands for a signal.
        if output.code <= 0 {
            return Some(format!("exit code {}, wanted an error", output.code));
        }
        let said = output.stderr.to_lowercase();
        let mut wanted = self.recorded.stderr_must_contain.iter();
        if let Some(text) = wanted.find(|text| !said.contains(&text.to_lowercase())) {
            return Some(format!("stderr lacks {text:?}: {}", output.stderr.trim_end()));
        }
        difference_of_texts(self.golden.trim(), output.stdout.trim())
    }

    fn lacks_subcharts(&self) -> bool {
        let mut args = self.recorded.args.iter();
        let chart = args.find_map(|arg| Chart::load(&self.folder.join(arg)).ok());
        chart.is_some_and(|chart| is_incomplete(&chart))
    }
}

fn is_incomplete(chart: &Chart) -> bool {
    chart.check_dependencies().is_err() || chart.dependencies.iter().any(is_incomplete)
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    std::fs::read(folder.join(name)).map_err(|err| format!("cannot read {name}: {err}"))
}

/// Names the first line in which two texts differ.
fn difference_of_texts(wanted: &str, got: &str) -> Option<String> {
    if wanted == got {
        return None;
    }
    let (mut wanted, mut got) = (wanted.split('\n'), got.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        let (wanted, got) = (wanted.next(), got.next());
        if wanted != got {
            let show =
                |line: Option<&str>| line.map_or("the end".to_owned(), |line| format!("{line:?}"));
            return Some(format!("line {number}: wanted {}, got {}", show(wanted), show(got)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::difference_of_texts;
    use crate::sandbox::Output;

    #[test]
    fn a_command_that_hangs_is_ended() {
        let started = Instant::now();
        let mut hanging = Command::new("sleep");
        hanging.arg("600");
        assert!(Output::within(Duration::from_millis(100), hanging).is_none());
        let mut quick = Command::new("echo");
        quick.arg("done");
        let output = Output::within(Duration::from_secs(60), quick).expect("it ends");
        assert_eq!((output.stdout.as_str(), output.code), ("done\n", 0));
        assert!(started.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn texts_differ_in_a_line_or_at_the_end() {
        let of = |wanted, got| difference_of_texts(wanted, got).unwrap_or("none".to_owned());
        assert_eq!(of("a\nb\n", "a\nb\n"), "none");
        assert_eq!(of("a\nb\n", "a\nc\n"), r#"line 2: wanted "b", got "c""#);
        assert_eq!(of("a\n", "a"), r#"line 2: wanted "", got the end"#);
    }
}
