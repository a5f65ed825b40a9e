//! Patterns of `.Files.Glob` against the answers of Go's gobwas/glob.

#![cfg(test)]

use serde_json::Value;
use windlass::chart::glob::Glob;

fn oracle(name: &str) -> Value {
    let path = format!("{}/tests/oracle/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn paths_are_matched_as_go_matches_them() {
    let cases = oracle("glob.json");
    let answers = oracle("glob.go.json");
    let mut differences = Vec::new();
    for pattern in cases["P"].as_array().unwrap() {
        let pattern = pattern.as_str().unwrap();
        let answer = &answers["glob"][pattern];
        let Ok(glob) = Glob::parse(pattern) else {
            if answer.is_object() {
                differences.push(format!("`{pattern}` is refused"));
            }
            continue;
        };
        for path in cases["S"].as_array().unwrap() {
            let path = path.as_str().unwrap();
            if Value::Bool(glob.matches(path)) != answer[path] {
                differences.push(format!("`{pattern}` and `{path}`, Go: {}", answer[path]));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
