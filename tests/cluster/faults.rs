//! Commands under faults of the API server drawn by seed: they end right, or fail with the cause and can be given again.
//!
//! `WINDLASS_FAULTS=200 cargo test --test cluster faults -- --nocapture` tries so many seeds and prints the table.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::kills::SCENARIOS;
use crate::outcome::{Outcome, misread_by_helm, revisions, rounds, side_by_side, unsettled};
use crate::proxy::{Fault, Proxy, Reply, When, draw};
use crate::support::Output;

/// How long a disturbed command may take: requests are repeated for a minute, and waited for readiness for another.
const LIMIT: Duration = Duration::from_secs(180);

/// What can be wrong with the API server, with the words that a failure must then have.
const FAULTS: [(&str, &str); 10] = [
    ("429", "the proxy says 429"),
    ("500", "the proxy says 500"),
    ("500 after", "the proxy says 500"),
    ("503", "the proxy says 503"),
    ("latency", ""),
    ("cut before", "connection"),
    ("cut after", "connection"),
    ("cut midway", "connection"),
    ("stale watches", ""),
    ("restart", "connection"),
];

/// How a disturbed command came out.
struct Trial {
    seed: u64,
    verb: &'static str,
    faults: Vec<usize>,
    /// Whether it did what it was to do; else it said why not.
    succeeded: bool,
    took: Duration,
    /// What is wrong with that.
    wrong: Vec<String>,
}

/// Sets up a fault for the requests of a seed.
fn disturb(proxy: &Proxy, fault: usize, seed: u64) {
    let some = |share| When::any().chance(share, seed);
    match FAULTS[fault].0 {
        "429" => proxy.fault(some(0.05), Fault::Answer(Reply::too_many(1))),
        "500" => proxy.fault(some(0.15), Fault::Answer(Reply::status(500))),
        "500 after" => proxy.fault(some(0.15), Fault::AnswerAfter(Reply::status(500))),
        "503" => proxy.fault(some(0.25), Fault::Answer(Reply::status(503))),
        "latency" => proxy.fault(When::any(), Fault::Delay(Duration::from_millis(200))),
        "cut before" => proxy.fault(some(0.2), Fault::Cut),
        "cut after" => proxy.fault(some(0.2), Fault::CutAfter),
        "cut midway" => proxy.fault(some(0.2), Fault::CutMidway),
        "stale watches" => proxy.fault(When::any().first(200), Fault::StaleWatch),
        _ => {
            let turn = 3 + (draw(seed, 9) * 35.0) as usize;
            proxy.fault(When::any().nth(turn), Fault::Restart(Duration::from_secs(2)));
        }
    }
}

#[track_caller]
fn disturbed(seed: u64, undisturbed: &[Outcome]) -> Trial {
    let below = |turn: usize, count: usize| (draw(seed, turn) * count as f64) as usize;
    let which = seed as usize % SCENARIOS.len();
    let scenario = &SCENARIOS[which];
    let mut faults = vec![seed as usize % FAULTS.len()];
    if draw(seed, 1) < 0.5 {
        faults.push(below(2, FAULTS.len()).min(FAULTS.len() - 1));
    }
    let (namespace, proxy) = (scenario.prepared("faults"), Proxy::new());
    for (place, fault) in faults.iter().enumerate() {
        disturb(&proxy, *fault, seed.wrapping_add(place as u64));
    }
    let start = Instant::now();
    let mut command = proxy.windlass(&namespace, scenario.command);
    command.args(["--wait", "--timeout", "60s"]).env("WINDLASS_LEASE_DURATION", "3s");
    let output = Output::within(LIMIT, command);
    let took = start.elapsed();
    let deployment = namespace.find("apps/v1/deployments", "web").unwrap_or_default();
    proxy.settle();
    proxy.clear();
    let mut wrong = misread_by_helm(&namespace);
    let succeeded = output.as_ref().is_some_and(|output| output.code == 0);
    if !succeeded {
        let causes = faults.iter().map(|fault| FAULTS[*fault].1).filter(|cause| !cause.is_empty());
        let said = output.as_ref().map_or("it does not end".to_owned(), Output::to_string);
        // A control plane that was restarted may need longer than the timeout to make the pods.
        let is_unready =
            deployment["status"]["availableReplicas"] != deployment["spec"]["replicas"];
        let is_true = is_unready && said.contains("web not ready");
        if !is_true && !causes.into_iter().any(|cause| said.contains(cause)) {
            wrong.push(format!("it fails without the cause: {said}"));
        }
        if revisions(&namespace).last().is_some_and(|(_, status)| status.starts_with("pending")) {
            wrong.push(format!("it leaves a pending revision: {said}"));
        }
        let mut again = scenario.command.to_vec();
        // As in Helm, an install that failed is not given again but upgraded.
        if again[0] == "install" && !revisions(&namespace).is_empty() {
            again = vec!["upgrade", "--install", "web", "web"];
        }
        let again = namespace.windlass(again);
        if again.code != 0 {
            wrong.push(format!("it is stuck: {again}"));
        }
    }
    wrong.extend(unsettled(&namespace));
    wrong.extend(Outcome::of(&namespace).differences(&undisturbed[which]));
    Trial { seed, verb: scenario.command[0], faults, succeeded, took, wrong }
}

#[test]
fn a_disturbed_command_ends_right_or_says_why_not() {
    let undisturbed = side_by_side(&SCENARIOS, |scenario| scenario.undisturbed().0);
    // The few: each operation, and of the faults those that leave it open what was done.
    let few = vec![2, 5, 6, 7, 9];
    let seeds = rounds("WINDLASS_FAULTS").map_or(few, |count| (0..count).collect());
    let trials = side_by_side(&seeds, |seed| disturbed(*seed, &undisturbed));

    let mut table: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for trial in &trials {
        let column = match (trial.wrong.is_empty(), trial.succeeded) {
            (true, true) => 0,
            (true, false) => 1,
            (false, _) => 2,
        };
        for fault in &trial.faults {
            table.entry(FAULTS[*fault].0).or_default()[column] += 1;
        }
    }
    for (fault, [right, failed, wrong]) in table {
        println!("  {fault:14} {right:4} right, {failed:3} failed with the cause, {wrong:3} wrong");
    }
    let longest = trials.iter().map(|trial| trial.took).max().unwrap_or_default();
    let wrong: Vec<_> = trials.iter().filter(|trial| !trial.wrong.is_empty()).collect();
    println!("  {} runs, the longest {longest:.1?}, {} wrong", trials.len(), wrong.len());
    for Trial { seed, verb, faults, took, wrong, .. } in &wrong {
        let names: Vec<_> = faults.iter().map(|fault| FAULTS[*fault].0).collect();
        println!("  WRONG seed {seed} {verb} {names:?} {took:.1?}: {wrong:#?}");
    }
    assert!(wrong.is_empty(), "a disturbed command came out wrong");
}
