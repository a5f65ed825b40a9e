//! Two windlass and one Helm at the same release at the same time: every revision is one's alone, and who loses says to whom.
//!
//! `WINDLASS_RACES=100 cargo test --test cluster race -- --nocapture` runs so many rounds.

use std::process::{Command, Stdio};

use crate::outcome::{Outcome, misread_by_helm, revisions, rounds, unsettled, with_chart};
use crate::support::{Namespace, Output, WINDLASS, tool};

const UPGRADE: [&str; 7] = ["upgrade", "--install", "web", "web", "--history-max", "5", "--set"];

/// What a racer said, and the color that it wanted.
struct Racer {
    is_helm: bool,
    color: &'static str,
    output: Output,
}

fn race(namespace: &Namespace, round: u64) -> Vec<Racer> {
    let racer = |program: &std::ffi::OsStr, color: &'static str| {
        let mut command = namespace.command(program);
        command.args(UPGRADE).arg(format!("color={color}")).env("USER", color);
        command
    };
    let mut red = racer(WINDLASS.as_ref(), "red");
    let mut blue = racer(WINDLASS.as_ref(), "blue");
    // The windlass runs wait for others in one half of the rounds, and give up at once in the other.
    if round.is_multiple_of(2) {
        red.args(["--lock-timeout", "0"]);
        blue.args(["--lock-timeout", "0"]);
    }
    let mut all = vec![
        (false, "red", red),
        (true, "green", racer(tool("helm").as_os_str(), "green")),
        (false, "blue", blue),
    ];
    // Nobody is always the first to start.
    all.rotate_left((round % 3) as usize);
    let start = |(is_helm, color, mut command): (bool, &'static str, Command)| {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        (is_helm, color, command, child.expect("the program is there"))
    };
    let started: Vec<_> = all.into_iter().map(start).collect();
    let end =
        |(is_helm, color, command, child): (bool, &'static str, Command, std::process::Child)| {
            Racer { is_helm, color, output: Output::told(&command, child.wait_with_output()) }
        };
    started.into_iter().map(end).collect()
}

/// Says whether a loser names who was in its way.
fn names_the_holder(loser: &Racer) -> bool {
    let said = &loser.output.stderr;
    match loser.is_helm {
        // Helm itself names nobody; it may also find the name taken that was free when it looked.
        true => ["another operation", "already exists", "modified", "cannot reuse a name"]
            .iter()
            .any(|it| said.contains(it)),
        false => ["red@", "blue@", "by Helm", "Helm, or"].iter().any(|it| said.contains(it)),
    }
}

/// The manifest of a revision as Helm shows it, and the color that its values say.
fn record(namespace: &Namespace, revision: &str) -> (String, String) {
    let manifest = namespace.helm(["get", "manifest", "web", "--revision", revision]).stdout;
    let values = namespace.helm(["get", "values", "web", "--revision", revision]).stdout;
    let color = values.lines().find_map(|line| line.strip_prefix("color: ")).unwrap_or_default();
    (manifest, color.to_owned())
}

/// Says what one round left that is not as one of the racers alone would leave it.
fn amiss(namespace: &Namespace, racers: &[Racer], newer_than: u64) -> Vec<String> {
    let mut wrong = unsettled(namespace);
    wrong.extend(misread_by_helm(namespace));
    let (losers, winners): (Vec<_>, Vec<_>) = racers.iter().partition(|it| it.output.code != 0);
    if winners.is_empty() {
        wrong.push("nobody has won".to_owned());
    }
    for loser in losers.iter().filter(|loser| !names_the_holder(loser)) {
        wrong.push(format!("a loser names nobody: {}", loser.output));
    }
    let new = revisions(namespace).into_iter().filter(|(revision, _)| *revision > newer_than);
    for (revision, status) in new {
        let (manifest, color) = record(namespace, &revision.to_string());
        let others = ["red", "green", "blue"].into_iter().filter(|other| *other != color);
        if !manifest.contains(&format!("web:{color}"))
            || others.into_iter().any(|it| manifest.contains(&format!("web:{it}")))
        {
            wrong.push(format!(
                "revision {revision} has values of {color} and the manifest {manifest}"
            ));
        }
        if status == "deployed" {
            let is = Outcome::of(namespace).colors();
            if !is.iter().eq([&color]) {
                wrong.push(format!("revision {revision} is {color}, the objects are {is:?}"));
            }
            if !winners.iter().any(|winner| winner.color == color) {
                wrong.push(format!("revision {revision} is {color}'s, who has lost"));
            }
        }
    }
    wrong
}

#[test]
fn racing_runs_never_mix_and_losers_say_who_held_it() {
    let namespace = with_chart("race");
    let (mut won, mut lost) = ([0, 0], [0, 0]);
    for round in 0..rounds("WINDLASS_RACES").unwrap_or(5) {
        let newest = revisions(&namespace).last().map_or(0, |(revision, _)| *revision);
        let racers = race(&namespace, round);
        let wrong = amiss(&namespace, &racers, newest);
        for racer in &racers {
            let count = if racer.output.code == 0 { &mut won } else { &mut lost };
            count[if racer.is_helm { 1 } else { 0 }] += 1;
        }
        if !wrong.is_empty() {
            racers.iter().for_each(|racer| println!("{}", racer.output));
        }
        assert!(wrong.is_empty(), "round {round}: {wrong:#?}");
    }
    println!(
        "  windlass: {} done, {} lost; Helm: {} done, {} lost",
        won[0], lost[0], won[1], lost[1]
    );
}
