//! What is known of each object of an operation, as the events tell it.

use std::collections::HashMap;
use std::time::Duration;

use windlass::action::Event;
use windlass::cluster::{Change, Readiness, Watched};
use windlass::manifest::{HookPhase, ObjectRef};

use crate::cli::progress::applied;

/// How far an object is, in the order in which people want to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Failed,
    Waiting,
    ToCome,
    Done,
}

/// An object, and what is around it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) object: ObjectRef,
    pub(super) state: State,
    /// What it waits for, or what was done to it.
    pub(super) detail: String,
    pub(super) replicas: Option<(i64, i64)>,
    pub(super) pods: Vec<(String, String)>,
    pub(super) event: Option<String>,
    /// Since when it is waited for.
    pub(super) since: Option<Duration>,
    /// How long it was waited for.
    pub(super) took: Option<Duration>,
}

/// All objects of an operation.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) rows: Vec<Row>,
    /// Where the rows of a kind and name are.
    pub(super) places: HashMap<(String, String), Vec<usize>>,
    /// What objects are of which nothing more is expected.
    pub(super) goal: &'static str,
}

impl Default for Tree {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashMap::new(), goal: "done" }
    }
}

impl Tree {
    /// Takes an event in, and says whether the tree shows it.
    pub(super) fn take(&mut self, event: &Event<'_>, goal: &'static str, now: Duration) -> bool {
        match event {
            Event::Planned(planned) => {
                let to_come = |change: &Change| applied(change).is_some_and(|word| word != "kept");
                let steps = planned.plan.steps.iter().filter(|step| to_come(&step.change));
                steps.for_each(|step| self.put(&step.object, State::ToCome, "", now));
                return false;
            }
            Event::Applied(step) => {
                let word = applied(&step.change).unwrap_or("unchanged");
                self.put(&step.object, State::Done, word, now);
            }
            Event::Deleted(object) => {
                // What failed, and goes for that, failed nevertheless.
                if self.row(object).state != State::Failed {
                    self.put(object, State::Done, "deleted", now);
                }
            }
            Event::Hook { hook, event, phase } => {
                let state = match phase {
                    HookPhase::Succeeded => State::Done,
                    HookPhase::Failed => State::Failed,
                    _ => State::Waiting,
                };
                let detail = format!("{event} hook: {}", phase.as_str().to_lowercase());
                self.put(&hook_object(&hook.kind, &hook.name), state, &detail, now);
            }
            Event::Waiting { object, readiness, .. } => {
                self.goal = goal;
                self.turn(object, readiness, now);
            }
            Event::Watched(all) => {
                self.goal = goal;
                all.iter().for_each(|watched| self.watched(watched, now));
            }
            _ => return false,
        }
        true
    }

    fn watched(&mut self, watched: &Watched, now: Duration) {
        self.turn(&watched.object, &watched.readiness, now);
        let row = self.row(&watched.object);
        row.replicas = watched.replicas;
        row.pods.clone_from(&watched.pods);
        row.event.clone_from(&watched.event);
    }

    fn turn(&mut self, object: &ObjectRef, readiness: &Readiness, now: Duration) {
        match readiness {
            Readiness::Ready => {
                let goal = self.goal;
                self.put(object, State::Done, goal, now);
            }
            Readiness::InProgress(why) => self.put(object, State::Waiting, why, now),
            Readiness::Failed(why) => self.put(object, State::Failed, why, now),
        }
    }

    fn put(&mut self, object: &ObjectRef, state: State, detail: &str, now: Duration) {
        let row = self.row(object);
        match state {
            State::Waiting => {
                row.since.get_or_insert(now);
                row.took = None;
            }
            State::ToCome => (row.since, row.took) = (None, None),
            State::Failed | State::Done => {
                if row.took.is_none() {
                    row.took = row.since.map(|since| now.saturating_sub(since));
                }
            }
        }
        if state == State::Done {
            row.pods.clear();
            row.event = None;
        }
        row.state = state;
        detail.clone_into(&mut row.detail);
    }

    fn row(&mut self, object: &ObjectRef) -> &mut Row {
        let rows = &self.rows;
        let places = self.places.entry((object.kind.clone(), object.name.clone())).or_default();
        let known = places.iter().find(|place| is_of(&rows[**place], object)).copied();
        let place = known.unwrap_or_else(|| {
            places.push(self.rows.len());
            self.rows.push(Row {
                object: object.clone(),
                state: State::ToCome,
                detail: String::new(),
                replicas: None,
                pods: Vec::new(),
                event: None,
                since: None,
                took: None,
            });
            self.rows.len() - 1
        });
        &mut self.rows[place]
    }
}

/// Names a hook's object, of which the events tell kind and name only.
fn hook_object(kind: &str, name: &str) -> ObjectRef {
    let (kind, name) = (kind.to_owned(), name.to_owned());
    ObjectRef { api_version: String::new(), kind, namespace: None, name }
}

/// Says whether a row of the same kind and name is about an object.
fn is_of(row: &Row, object: &ObjectRef) -> bool {
    let is_hook = row.object.api_version.is_empty() || object.api_version.is_empty();
    is_hook || row.object == *object
}
