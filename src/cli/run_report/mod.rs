//! `--report`: what a run was to do, what happened when, and how it ended, as one page.
//!
//! It is written in any case, most of all when the run fails. Values of Secrets are masked in all of
//! it, also where a container wrote them.

mod html;
mod markdown;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use windlass::action::{Event, Masks, Planned};
use windlass::cluster::Readiness;

use super::error::{Error, Outcome};
use super::globals::Settings;
use super::plan_text::{self, Page};
use super::{ci, report, run};

/// How much of what one container wrote is kept, in bytes: its end is.
const LOG: usize = 64 * 1024;

/// Where to write a report.
#[derive(Debug, Default, clap::Args)]
pub(super) struct ReportFlag {
    /// Write a report of the run: a page, or Markdown if the name ends in .md (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    report: Vec<PathBuf>,
}

impl ReportFlag {
    /// Hands the flag over, for a run that outlives the others.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

/// Collects what happens, to be written at the end.
pub(super) struct RunReport {
    files: Vec<PathBuf>,
    /// The summary of a job that runs on GitHub.
    summary: Option<PathBuf>,
    is_wanted: bool,
    verb: &'static str,
    who: String,
    job: Option<String>,
    began: Timestamp,
    start: Instant,
    story: Mutex<Story>,
}

/// What is known of a run.
#[derive(Default)]
struct Story {
    release: Option<Identity>,
    plan: Option<Page>,
    masks: Masks,
    moments: Vec<Moment>,
    waits: BTreeMap<String, Wait>,
    logs: BTreeMap<String, String>,
}

/// Which revision a run makes, of which chart.
struct Identity {
    name: String,
    namespace: String,
    revision: i64,
    chart: String,
}

/// Something that happened.
struct Moment {
    /// Since the start.
    at: Duration,
    object: String,
    state: String,
}

/// How long an object took.
struct Wait {
    from: Duration,
    ready: Option<Duration>,
    state: String,
}

/// Everything that is written, whatever the form.
struct Finished<'a> {
    report: &'a RunReport,
    story: &'a Story,
    took: Duration,
    /// Why the run failed, as it was told on standard error.
    failure: Option<String>,
}

impl RunReport {
    /// Begins a report, if one is wanted, and makes sure that it can be written.
    ///
    /// # Errors
    /// Fails when a file cannot be made: better now than when the work is done.
    pub(super) fn begin(
        flag: ReportFlag,
        verb: &'static str,
        settings: &Settings,
    ) -> Result<Self, Error> {
        for path in &flag.report {
            File::create(path).map_err(|source| unwritable(path, source))?;
        }
        let summary = ci::summary(settings);
        let run = run::describe(&settings.environment)?;
        Ok(Self {
            is_wanted: !flag.report.is_empty() || summary.is_some(),
            files: flag.report,
            summary,
            verb,
            who: run.identity,
            job: run.job,
            began: Timestamp::now(),
            start: Instant::now(),
            story: Mutex::default(),
        })
    }

    /// Keeps an event.
    pub(super) fn note(&self, event: &Event<'_>) {
        if !self.is_wanted {
            return;
        }
        match event {
            Event::Warning(text) => self.moment("warning", text),
            Event::Planned(planned) => self.planned(planned),
            Event::Applied(step) => {
                if let Some(state) = super::progress::applied(&step.change) {
                    self.moment(&step.object.to_string(), state);
                }
            }
            Event::Waiting { object, readiness, .. } => self.wait(&object.to_string(), readiness),
            Event::Deleted(object) => self.moment(&object.to_string(), "deleted"),
            Event::LeftBehind { leftovers, .. } => leftovers.iter().for_each(|left| {
                self.moment(&left.object.to_string(), &format!("left behind: {}", left.why));
            }),
            Event::Hook { hook, event, phase } => {
                let state = format!("{event} hook: {}", phase.as_str().to_lowercase());
                self.moment(&format!("{}/{}", hook.kind, hook.name), &state);
            }
            Event::Log { pod, container, text } => {
                let mut story = self.story();
                let log = story.logs.entry(format!("{}, container {container}", pod.name));
                keep_end(log.or_default(), &String::from_utf8_lossy(text));
            }
            Event::Chosen { revision, reason } => {
                self.moment(&format!("revision {revision}"), &format!("is chosen: {reason}"));
            }
            // What changes is told besides; the rest is for people who watch.
            Event::Watched(_) => {}
            Event::InstallsInstead { name } => {
                self.moment(name, "does not exist, and is installed");
            }
        }
    }

    fn planned(&self, planned: &Planned) {
        let release = planned.release();
        let metadata = &release.chart.metadata;
        let identity = Identity {
            name: release.name.clone(),
            namespace: release.namespace.clone(),
            revision: release.version,
            chart: format!("{} {}", metadata.name, metadata.version),
        };
        let page = plan_text::page(planned);
        let summary = page.summary.clone();
        let mut story = self.story();
        story.masks = planned.masks();
        story.release = Some(identity);
        story.plan = Some(page);
        drop(story);
        self.moment("plan", &summary);
    }

    fn wait(&self, object: &str, readiness: &Readiness) {
        let at = self.start.elapsed();
        let state = match readiness {
            Readiness::Ready => "ready".to_owned(),
            Readiness::InProgress(why) => format!("waiting: {why}"),
            Readiness::Failed(why) => format!("failed: {why}"),
        };
        let mut story = self.story();
        let new = || Wait { from: at, ready: None, state: String::new() };
        let wait = story.waits.entry(object.to_owned()).or_insert_with(new);
        if wait.state == state {
            return;
        }
        wait.state.clone_from(&state);
        wait.ready = matches!(readiness, Readiness::Ready).then_some(at);
        story.moments.push(Moment { at, object: object.to_owned(), state });
    }

    fn moment(&self, object: &str, state: &str) {
        let at = self.start.elapsed();
        let (object, state) = (object.to_owned(), state.to_owned());
        self.story().moments.push(Moment { at, object, state });
    }

    /// Writes the report, and hands on how the run ended.
    ///
    /// # Errors
    /// Returns the run's own error, or that the report could not be written.
    pub(super) fn finish(&self, done: Result<(), Error>) -> Result<(), Error> {
        if !self.is_wanted || matches!(&done, Err(error) if error.outcome() == Outcome::BadUsage) {
            return done;
        }
        let written = self.write(done.as_ref().err());
        done.and(written)
    }

    fn write(&self, error: Option<&Error>) -> Result<(), Error> {
        let mut story = self.story();
        story.mask();
        let failure = error.map(|error| story.masks.text(&report::text(error)));
        let finished =
            Finished { report: self, story: &story, took: self.start.elapsed(), failure };
        for path in &self.files {
            let is_markdown = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
            let text = if is_markdown { markdown::page(&finished) } else { html::page(&finished) };
            std::fs::write(path, text).map_err(|source| unwritable(path, source))?;
        }
        if let Some(path) = &self.summary {
            let file = File::options().append(true).create(true).open(path);
            let text = markdown::page(&finished);
            let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(|source| unwritable(path, source))?;
        }
        Ok(())
    }

    fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Story {
    fn mask(&mut self) {
        for moment in &mut self.moments {
            moment.state = self.masks.text(&moment.state);
        }
        for wait in self.waits.values_mut() {
            wait.state = self.masks.text(&wait.state);
        }
        for log in self.logs.values_mut() {
            *log = self.masks.text(log);
        }
    }
}

impl Finished<'_> {
    /// Returns how the run ended, as a title has it: `upgrade web to revision 3 failed`.
    fn title(&self) -> String {
        let how = if self.failure.is_some() { "failed" } else { "succeeded" };
        match &self.story.release {
            Some(release) => {
                format!(
                    "{} {} to revision {} {how}",
                    self.report.verb, release.name, release.revision
                )
            }
            None => format!("{} {how}", self.report.verb),
        }
    }

    /// Returns what is to be known beside that, each fact with its name.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if let Some(release) = &self.story.release {
            facts.push(("release", format!("{} in {}", release.name, release.namespace)));
            facts.push(("chart", release.chart.clone()));
        }
        facts.push(("began", self.report.began.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()));
        facts.push(("took", seconds(self.took)));
        facts.push(("by", self.report.who.clone()));
        facts.extend(self.report.job.clone().map(|job| ("job", job)));
        facts
    }

    /// Returns how long each object took to be ready, the longest first.
    fn durations(&self) -> Vec<(&str, String)> {
        let mut waits: Vec<(&String, &Wait)> = self.story.waits.iter().collect();
        let end = |wait: &Wait| wait.ready.unwrap_or(self.took).saturating_sub(wait.from);
        waits.sort_by_key(|(_, wait)| std::cmp::Reverse(end(wait)));
        let text = |wait: &Wait| match wait.ready {
            Some(_) => seconds(end(wait)),
            None => format!("not ready after {}: {}", seconds(end(wait)), wait.state),
        };
        waits.into_iter().map(|(object, wait)| (object.as_str(), text(wait))).collect()
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// Appends to a log, whose beginning goes when it becomes too long.
fn keep_end(log: &mut String, text: &str) {
    log.push_str(text);
    if log.len() > LOG {
        let mut start = log.len() - LOG;
        while !log.is_char_boundary(start) {
            start += 1;
        }
        log.drain(..start);
    }
}

fn unwritable(path: &Path, source: std::io::Error) -> Error {
    Error::Report { path: path.to_owned(), source }
}
