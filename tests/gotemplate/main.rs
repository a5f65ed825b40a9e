//! Go templates against what Go itself answered (`tests/oracle/gotemplate*.json`).

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking, their own functions too"
)]

mod charts;
mod limits;
mod random;
mod world;

use serde::Deserialize;
use world::render;

#[derive(Deserialize)]
struct Case {
    name: String,
    tmpl: String,
    data: serde_json::Value,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    out: Option<String>,
    err: Option<String>,
}

fn cases(inputs: &str, answers: &str) -> Vec<(Case, Answer)> {
    let inputs: Vec<Case> = serde_json::from_str(inputs).unwrap();
    let answers: Vec<Answer> = serde_json::from_str(answers).unwrap();
    assert_eq!(inputs.len(), answers.len());
    inputs.into_iter().zip(answers).collect()
}

#[test]
fn every_template_gives_what_go_gives() {
    let cases = cases(
        include_str!("../oracle/gotemplate.json"),
        include_str!("../oracle/gotemplate.go.json"),
    );
    let mut different = Vec::new();
    for (case, answer) in &cases {
        assert_eq!(case.name, answer.name);
        let expected = match (&answer.out, &answer.err) {
            (Some(out), _) => Ok(out.clone()),
            (None, error) => Err(error.clone().unwrap_or_default()),
        };
        let found = render(&case.tmpl, &case.data);
        if found != expected {
            different.push(format!("{}\n  go  {expected:?}\n  we  {found:?}", case.name));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {}:\n{}",
        different.len(),
        cases.len(),
        different.join("\n")
    );
}
