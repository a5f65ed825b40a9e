//! Versions and constraints against Masterminds' answers, recorded from Go.

#![cfg(test)]

use serde_json::Value;
use windlass::chart::constraint::Constraint;
use windlass::chart::version;

fn oracle(name: &str) -> Value {
    let path = format!("{}/tests/oracle/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn constraints_are_met_by_the_versions_that_go_says() {
    let cases = oracle("semver.json");
    let answers = oracle("semver.go.json");
    let mut differences = Vec::new();
    let mut compared = 0;
    for constraint in cases["C"].as_array().unwrap() {
        let text = constraint.as_str().unwrap();
        let answer = &answers[text];
        let parsed = Constraint::parse(text);
        compared += 1;
        if answer == "ERR" || parsed.is_err() {
            if (answer == "ERR") != parsed.is_err() {
                differences.push(format!("`{text}` parses: {parsed:?}, Go: {answer}"));
            }
            continue;
        }
        let parsed = parsed.unwrap();
        for candidate in cases["V"].as_array().unwrap() {
            let candidate = candidate.as_str().unwrap();
            let expected = &answer[candidate];
            let found = match version::parse(candidate) {
                Ok(version) => Value::Bool(parsed.matches(&version)),
                Err(_) => Value::Null,
            };
            compared += 1;
            if found != *expected && !(found.is_null() && expected == "EV") {
                differences.push(format!("`{text}` and `{candidate}`: {found}, Go: {expected}"));
            }
        }
    }
    assert!(compared > 3000, "only {compared} comparisons");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
