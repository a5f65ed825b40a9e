//! A command killed between two of its requests, then given again: how the release comes out.
//!
//! `WINDLASS_KILLS=all cargo test --test cluster kills -- --nocapture` kills at every request and prints the table;
//! with a number, so many random interruptions.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;

use crate::outcome::{
    Outcome, misread_by_helm, revisions, rounds, side_by_side, unsettled, with_chart,
};
use crate::proxy::{Moment, Proxy, Request, Signal, When, draw};
use crate::support::{Namespace, Output, variable};

const INSTALL: &[&str] = &["install", "web", "web"];
const UPGRADE: &[&str] = &["upgrade", "web", "web", "--set", "color=red"];
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

/// Where a command is killed.
struct Kill {
    when: When,
    moment: Moment,
}

impl Kill {
    fn at(turn: usize, moment: Moment) -> Self {
        Self { when: When::any().nth(turn), moment }
    }
}

/// How one or more kills and the last try came out.
struct Trial {
    /// Where it was killed; nowhere, if it has ended before.
    kills: Vec<(Request, Moment)>,
    /// The revisions and their statuses that the kills left: `1 deployed, 2 pending-upgrade`.
    left: String,
    /// What the same command said when it was given again.
    again: Output,
    /// The revisions and their statuses in the end.
    ended: String,
    /// What is not as after an undisturbed run.
    amiss: Vec<String>,
}

impl Trial {
    /// Says whether the last try put everything right.
    fn is_whole(&self) -> bool {
        // An install that was over when it was killed is refused as in Helm.
        let in_use = "cannot reuse a name that is still in use";
        (self.again.code == 0 || self.again.stderr.contains(in_use)) && self.amiss.is_empty()
    }
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", if self.is_whole() { "whole" } else { "STUCK" })?;
        for (Request { number, method, path, .. }, moment) in &self.kills {
            let path = path.split('?').next().unwrap_or_default();
            let path = path.split_once("/namespaces/").map_or(path, |(_, path)| path);
            let path = path.split_once('/').map_or(path, |(_, path)| path);
            write!(f, " {number:3} {moment:?} {method} {path},")?;
        }
        write!(f, " left [{}], ended [{}]", self.left, self.ended)?;
        if self.again.code != 0 {
            let error = self.again.stderr.split("hint:").next().unwrap_or_default();
            let words = error.split_whitespace().collect::<Vec<_>>().join(" ");
            write!(f, ", exit {}: {words}", self.again.code)?;
        }
        if !self.amiss.is_empty() {
            write!(f, ", amiss {:#?}", self.amiss)?;
        }
        Ok(())
    }
}

impl Scenario {
    /// Kills the command, as often as there are kills, and gives it once more.
    #[track_caller]
    fn killed_at(&self, kills: &[Kill], should: &Outcome) -> Trial {
        let namespace = self.prepared("kills");
        let (mut at, mut amiss) = (Vec::new(), Vec::new());
        for kill in kills {
            let proxy = Proxy::new();
            let command = self.command(&proxy, &namespace);
            let (request, _) =
                proxy.run_with_signal(command, Signal::Kill, kill.when.clone(), kill.moment);
            at.extend(request.map(|request| (request, kill.moment)));
            amiss.extend(misread_by_helm(&namespace));
        }
        let left = words(&namespace);
        let again = Output::of(self.command(&Proxy::new(), &namespace));
        amiss.extend(untold(&left, &again));
        amiss.extend(unsettled(&namespace));
        amiss.extend(misread_by_helm(&namespace));
        amiss.extend(Outcome::of(&namespace).differences(should));
        Trial { kills: at, left, again, ended: words(&namespace), amiss }
    }

    /// The outcome without a kill, and how many requests it took.
    #[track_caller]
    pub(crate) fn undisturbed(&self) -> (Outcome, usize) {
        let (namespace, proxy) = (self.prepared("undisturbed"), Proxy::new());
        Output::of(self.command(&proxy, &namespace)).success();
        (Outcome::of(&namespace), proxy.requests().len())
    }

    #[track_caller]
    pub(crate) fn prepared(&self, topic: &str) -> Namespace {
        let namespace = with_chart(topic);
        for command in self.before {
            namespace.windlass(*command).success();
        }
        namespace
    }

    fn command(&self, proxy: &Proxy, namespace: &Namespace) -> Command {
        let mut command = proxy.windlass(namespace, self.command);
        command.env("WINDLASS_LEASE_DURATION", "1s");
        command
    }
}

/// Says what is missing of the line that tells whose run died and left a pending revision.
fn untold(left: &str, again: &Output) -> Option<String> {
    let (revision, status) = left.rsplit(", ").next()?.split_once(" pending-")?;
    let begins = format!("revision {revision} was left pending-{status} by ");
    let line = again.stderr.lines().find(|line| line.contains(&begins));
    // Whose it was: user, machine, process, and since when.
    let is_whole = |line: &str| {
        line.contains(" pid ")
            && line.contains(" since ")
            && line.contains("which died; it is marked as failed now")
    };
    let is_told = line.is_some_and(is_whole);
    (!is_told).then(|| {
        format!("no line that begins with `{begins}` and says whose it was: {}", again.stderr)
    })
}

fn words(namespace: &Namespace) -> String {
    let revisions = revisions(namespace);
    let words = revisions.iter().map(|(revision, status)| format!("{revision} {status}"));
    words.collect::<Vec<_>>().join(", ")
}

/// Kills a command at each of its requests in turn, before and after it is forwarded, until it ends by itself.
fn killed_everywhere(scenario: &Scenario) -> Vec<Trial> {
    let (should, count) = scenario.undisturbed();
    // The renewals of the lock make the number of requests a little uncertain.
    let turns: Vec<_> =
        (1..=count + 2).flat_map(|turn| [(turn, Moment::Before), (turn, Moment::After)]).collect();
    let trials = side_by_side(&turns, |&(turn, moment)| {
        scenario.killed_at(&[Kill::at(turn, moment)], &should)
    });
    trials.into_iter().filter(|trial| !trial.kills.is_empty()).collect()
}

/// Kills commands at random requests; every third is killed again when it is given again.
fn killed_at_random(interruptions: u64) -> Vec<Trial> {
    let undisturbed = SCENARIOS.each_ref().map(Scenario::undisturbed);
    // Three trials of four kills, and a few for those that had ended before they were killed.
    let seeds: Vec<u64> = (0..interruptions * 3 / 4 + 5).collect();
    side_by_side(&seeds, |&seed| {
        let below = |turn: usize, count: usize| (draw(seed, turn) * count as f64) as usize;
        let which = below(1, SCENARIOS.len()).min(SCENARIOS.len() - 1);
        let (should, count) = &undisturbed[which];
        let kill = |turn| {
            let moment = if draw(seed, turn) < 0.5 { Moment::Before } else { Moment::After };
            Kill::at(1 + below(turn + 1, *count), moment)
        };
        let mut kills = vec![kill(2)];
        if draw(seed, 4) < 1.0 / 3.0 {
            kills.push(kill(5));
        }
        SCENARIOS[which].killed_at(&kills, should)
    })
}

/// A line for each kind of state that was left, and for each trial that did not come out whole.
fn table(trials: &[Trial]) -> String {
    let mut text = String::new();
    let mut table: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for trial in trials {
        let row = table.entry(&trial.left).or_default();
        row.0 += trial.kills.len();
        row.1 += 1;
        row.2 += if trial.is_whole() { 1 } else { 0 };
    }
    for (left, (kills, trials, whole)) in table {
        let left = if left.is_empty() { "nothing" } else { left };
        text += &format!("  {kills:4} kills left {left}: {whole} of {trials} whole\n");
    }
    let stuck = trials.iter().filter(|trial| !trial.is_whole());
    text + &stuck.map(|trial| format!("  {trial}\n")).collect::<String>()
}

#[test]
fn a_killed_command_is_put_right_by_giving_it_again() {
    let trials: Vec<Trial> = match variable("WINDLASS_KILLS") {
        Some(all) if all == "all" => SCENARIOS.iter().flat_map(killed_everywhere).collect(),
        Some(_) => killed_at_random(rounds("WINDLASS_KILLS").unwrap_or_default()),
        None => {
            let records = "/secrets";
            let places = [
                (When::write().method("PATCH").nth(6), Moment::After),
                (When::write().method("PUT").path(records).nth(2), Moment::After),
            ];
            let all: Vec<_> =
                SCENARIOS.iter().flat_map(|it| places.iter().map(move |at| (it, at))).collect();
            let undisturbed = side_by_side(&SCENARIOS, |scenario| scenario.undisturbed().0);
            let trials = side_by_side(&all, |(scenario, (when, moment))| {
                let should = SCENARIOS.iter().position(|it| it.command == scenario.command);
                let kill = Kill { when: when.clone(), moment: *moment };
                scenario.killed_at(&[kill], &undisturbed[should.unwrap_or_default()])
            });
            assert!(trials.iter().all(|trial| !trial.kills.is_empty()), "each was killed");
            trials
        }
    };
    println!("{}", table(&trials));
    assert!(
        trials.iter().all(Trial::is_whole),
        "the same command again did not put everything right"
    );
}
