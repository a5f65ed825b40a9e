//! What happens, told on standard error while it happens.
//!
//! On a terminal the tree of `live` shows it; where that is not wanted, each change is one plain line:
//! time since the start, object, state. Elsewhere only warnings are shown, and the rest with `--debug`
//! or as JSON lines, so that logs of Helm and of windlass look the same.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use windlass::action::{Event, Leftover};
use windlass::cluster::{Change, Plan, Readiness, Step};

use super::live;
use super::log::{Level, Log, LogFormat, print};

/// Tells what happens.
pub(super) struct Progress {
    log: Log,
    is_terminal: bool,
    /// What an object is that is waited for no longer.
    goal: &'static str,
    start: Instant,
    /// The last state told of each object that is waited for.
    states: Mutex<BTreeMap<String, String>>,
}

impl Progress {
    /// Starts the clock.
    pub(super) fn new(log: Log) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { log, is_terminal, goal: "ready", start: Instant::now(), states: Mutex::default() }
    }

    /// Says that objects which have reached their goal are gone.
    pub(super) fn of_deletion(self) -> Self {
        Self { goal: "gone", ..self }
    }

    /// Tells of an event.
    pub(super) fn tell(&self, event: &Event<'_>) {
        if live::tell(event, self.goal) {
            return;
        }
        match event {
            Event::Warning(text) => self.log.warn(text),
            Event::Planned(planned) => self.line("plan", &counts(&planned.plan)),
            Event::Applied(step) => self.applied(step),
            Event::Waiting { object, readiness, left } => {
                self.waiting(&object.to_string(), readiness, *left);
            }
            Event::Deleted(object) => self.line(&object.to_string(), "deleted"),
            Event::LeftBehind { name, leftovers, taken } => self.left(name, leftovers, *taken),
            Event::Hook { hook, event, phase } => {
                let object = format!("{}/{}", hook.kind, hook.name);
                self.line(&object, &format!("{event} hook: {}", phase.as_str().to_lowercase()));
            }
            Event::Log { pod, container, text } => self.log.output(&pod.name, container, text),
            Event::Chosen { revision, reason } => self.chosen(*revision, reason),
            // Helm says so on standard output, which is the command's business.
            Event::InstallsInstead { .. } | Event::Watched(_) => {}
        }
    }

    fn chosen(&self, revision: i64, reason: &str) {
        let head = format!("rolling back to revision {revision}");
        match self.log.format {
            LogFormat::Json => self.log.write(Level::Info, &head, &[("reason", reason)]),
            LogFormat::Text => print(&format!("{head}: {reason}")),
        }
    }

    /// Says what an uninstall leaves, in one block.
    fn left(&self, release: &str, leftovers: &[Leftover], taken: bool) {
        let head = match taken {
            true => format!("release \"{release}\" takes with it what would stay:"),
            false => format!("release \"{release}\" leaves behind (uninstall --all takes it too):"),
        };
        if self.log.format == LogFormat::Json {
            for left in leftovers {
                let object = left.object.to_string();
                let fields = [("object", object.as_str()), ("reason", left.why.as_str())];
                self.log.write(Level::Warn, &head, &fields);
            }
            return;
        }
        let line = |left: &Leftover| format!("\n  {}: {}", left.object, left.why);
        print(&leftovers.iter().map(line).fold(head, |text, line| text + &line));
    }

    fn applied(&self, step: &Step) {
        if let Some(state) = applied(&step.change) {
            self.line(&step.object.to_string(), state);
        }
    }

    fn waiting(&self, object: &str, readiness: &Readiness, left: usize) {
        let state = match readiness {
            Readiness::Ready => format!("{}, {left} left", self.goal),
            Readiness::InProgress(why) => format!("waiting: {why}"),
            Readiness::Failed(why) => format!("failed: {why}"),
        };
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let last = states.insert(object.to_owned(), state.clone());
        drop(states);
        if last.as_ref() != Some(&state) {
            self.line(object, &state);
        }
    }

    fn line(&self, object: &str, state: &str) {
        let seconds = format!("{:.1}", self.start.elapsed().as_secs_f64());
        let fields = [("object", object), ("state", state), ("seconds", seconds.as_str())];
        match self.log.format {
            LogFormat::Json => self.log.write(Level::Info, "progress", &fields),
            LogFormat::Text if self.is_terminal => {
                print(&format!("{seconds:>6}s  {object}  {state}"))
            }
            LogFormat::Text => self.log.write(Level::Debug, "progress", &fields),
        }
    }
}

/// Says what was done to an object; nothing if it is as it was.
pub(super) fn applied(change: &Change) -> Option<&'static str> {
    match change {
        Change::Create => Some("created"),
        Change::Update(_) => Some("changed"),
        Change::Adopt(_) => Some("taken over"),
        Change::Replace(_) => Some("made anew"),
        Change::Unchanged | Change::Refused(_) => None,
        Change::Delete => Some("deleted"),
        Change::Keep => Some("kept"),
    }
}

/// Says how many objects a plan creates, changes, leaves and deletes.
fn counts(plan: &Plan) -> String {
    let count =
        |wanted: fn(&Change) -> bool| plan.steps.iter().filter(|step| wanted(&step.change)).count();
    let counts = [
        (count(|change| matches!(change, Change::Create)), "to create"),
        (count(|change| matches!(change, Change::Update(_))), "to change"),
        (count(|change| matches!(change, Change::Adopt(_))), "to take over"),
        (count(|change| matches!(change, Change::Replace(_))), "to make anew"),
        (count(|change| matches!(change, Change::Delete)), "to delete"),
        (count(|change| matches!(change, Change::Refused(_))), "refused"),
        (count(|change| matches!(change, Change::Unchanged | Change::Keep)), "unchanged"),
    ];
    let counts = counts.into_iter().filter(|(number, _)| *number > 0);
    let counts: Vec<String> = counts.map(|(number, what)| format!("{number} {what}")).collect();
    if counts.is_empty() { "no objects".to_owned() } else { counts.join(", ") }
}
