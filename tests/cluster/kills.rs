//! A command killed at each of its requests in turn, then given again: how the release comes out.
//!
//! `WINDLASS_KILLS=all cargo test --test cluster kills -- --nocapture` runs all of them and prints the table.

use std::collections::BTreeSet;
use std::fmt;

use crate::proxy::{Moment, Proxy, Request, Signal, When};
use crate::snapshot::Snapshot;
use crate::support::{Namespace, Output, variable};

/// The chart of the document: five objects.
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/charts/data-pipeline");

const INSTALL: &[&str] = &["install", "web", CHART];
const UPGRADE: &[&str] = &["upgrade", "web", CHART, "--set", "image.tag=2.0.0"];
const ROLLBACK: &[&str] = &["rollback", "web", "1"];

/// What is run before, and the command that is killed.
pub(crate) struct Scenario {
    pub(crate) before: &'static [&'static [&'static str]],
    pub(crate) command: &'static [&'static str],
}

pub(crate) const SCENARIOS: [Scenario; 3] = [
    Scenario { before: &[], command: INSTALL },
    Scenario { before: &[INSTALL], command: UPGRADE },
    Scenario { before: &[INSTALL, UPGRADE], command: ROLLBACK },
];

/// How one kill and the second try came out.
pub(crate) struct Trial {
    /// Where it was killed.
    pub(crate) at: Request,
    pub(crate) moment: Moment,
    /// The revisions and their statuses that the kill left: `1 deployed, 2 pending-upgrade`.
    pub(crate) left: String,
    /// What the same command said when it was given again.
    pub(crate) again: Output,
    /// The revisions and their statuses in the end.
    pub(crate) ended: String,
    /// The release's objects that are there in the end and not after an undisturbed run, or the other way round.
    pub(crate) amiss: Vec<String>,
}

impl Trial {
    /// Says whether the second try put everything right.
    pub(crate) fn is_whole(&self) -> bool {
        let deployed = self.ended.matches(" deployed").count();
        let pending = self.ended.matches(" pending").count();
        self.again.code == 0 && deployed == 1 && pending == 0 && self.amiss.is_empty()
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_whole() { "whole" } else { "STUCK" };
        let path = self.at.path.split('?').next().unwrap_or_default();
        let path = path.split_once("/namespaces/").map_or(path, |(_, path)| path);
        let path = path.split_once('/').map_or(path, |(_, path)| path);
        let Request { number, method, .. } = &self.at;
        write!(f, "{verdict} {number:3} {:?} {method} {path}: left [{}]", self.moment, self.left)?;
        write!(f, ", ended [{}]", self.ended)?;
        if self.again.code != 0 {
            let error = self.again.stderr.split("hint:").next().unwrap_or_default();
            let words = error.split_whitespace().collect::<Vec<_>>().join(" ");
            write!(f, ", exit {}: {words}", self.again.code)?;
        }
        if !self.amiss.is_empty() {
            write!(f, ", amiss {:?}", self.amiss)?;
        }
        Ok(())
    }
}

impl Scenario {
    /// Kills the command at a request; nothing when it ended before.
    #[track_caller]
    pub(crate) fn killed_at(&self, turn: usize, moment: Moment) -> Option<Trial> {
        let (namespace, proxy) = (Namespace::new("kills"), Proxy::new());
        self.prepare(&namespace);
        let command = proxy.windlass(&namespace, self.command);
        let when = When::any().nth(turn);
        let (at, _) = proxy.run_with_signal(command, Signal::Kill, when, moment);
        let at = at?;
        let left = revisions(&namespace);
        let again = Output::of(proxy.windlass(&namespace, self.command));
        let ended = revisions(&namespace);
        let (is, should) = (objects(&namespace), self.undisturbed());
        let amiss = is.symmetric_difference(&should).cloned().collect();
        Some(Trial { at, moment, left, again, ended, amiss })
    }

    /// Kills the command at each of its requests in turn, before and after it is forwarded.
    #[track_caller]
    pub(crate) fn killed_everywhere(&self) -> Vec<Trial> {
        let both = |turn| [Moment::Before, Moment::After].map(|when| self.killed_at(turn, when));
        (1..).map(both).take_while(|trials| trials[0].is_some()).flatten().flatten().collect()
    }

    fn undisturbed(&self) -> BTreeSet<String> {
        let namespace = Namespace::new("undisturbed");
        self.prepare(&namespace);
        namespace.windlass(self.command).success();
        objects(&namespace)
    }

    #[track_caller]
    fn prepare(&self, namespace: &Namespace) {
        for command in self.before {
            namespace.windlass(*command).success();
        }
    }
}

/// The revisions of the namespace's one release, oldest first, as their records' labels have them.
fn revisions(namespace: &Namespace) -> String {
    let records = namespace.list("v1/secrets", "owner=helm");
    let label = |record: &serde_json::Value, name: &str| {
        record["metadata"]["labels"][name].as_str().unwrap_or_default().to_owned()
    };
    let mut revisions: Vec<_> =
        records.iter().map(|record| (label(record, "version"), label(record, "status"))).collect();
    revisions.sort();
    let words = revisions.iter().map(|(version, status)| format!("{version} {status}"));
    words.collect::<Vec<_>>().join(", ")
}

/// The objects that are not records and that no controller made.
fn objects(namespace: &Namespace) -> BTreeSet<String> {
    let kinds = ["ConfigMap/", "Deployment/", "HorizontalPodAutoscaler/", "Secret/", "Service/"];
    let snapshot = Snapshot::of(namespace);
    let ours = |name: &&str| kinds.iter().any(|kind| name.starts_with(kind));
    let names = snapshot.names().filter(ours).filter(|name| !name.contains("/sh.helm."));
    names.map(str::to_owned).collect()
}

#[test]
fn a_kill_before_anything_is_asked_is_put_right_by_the_second_try() {
    if variable("WINDLASS_KILLS").is_some() {
        for scenario in &SCENARIOS {
            println!("{}", scenario.command[0]);
            let trials = scenario.killed_everywhere();
            trials.iter().for_each(|trial| println!("  {trial}"));
            let whole = trials.iter().filter(|trial| trial.is_whole()).count();
            println!("  {whole} of {} whole", trials.len());
        }
        return;
    }
    for scenario in &SCENARIOS {
        let first = scenario.killed_at(1, Moment::Before).expect("every command asks something");
        assert!(first.is_whole(), "nothing had happened: {first}");
        assert!(scenario.killed_at(1000, Moment::Before).is_none());
    }
}
