//! Values against schemas: every message, recorded from Helm.

use serde_json::Value as Json;
use windlass::chart::schema::check;
use windlass::yaml::Value;

/// Schemas and values, each with the lines that Helm printed, sorted where Helm's order is random.
const CASES: &str = include_str!("oracle/schema/cases.json");

#[test]
fn misfits_are_told_in_helms_words() {
    let cases: Vec<Json> = serde_json::from_str(CASES).expect("recorded cases");
    let mut wrong = Vec::new();
    for case in &cases {
        let values = Value::from_json(&case["values"].to_string()).expect("JSON");
        let values = values.numbers_as_floats();
        let values = values.as_map().expect("values are a mapping");
        let told = match check(case["schema"].to_string().as_bytes(), values) {
            Ok(_) => Vec::new(),
            Err(error) => sorted(error.to_string().trim_end()),
        };
        let expected: Vec<&str> =
            case["misfits"].as_array().expect("lines").iter().filter_map(Json::as_str).collect();
        if told != expected {
            wrong.push(format!("{case}\ntold {told:#?}"));
        }
    }
    assert!(cases.len() > 80, "{} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Sorts the lines that start a message, and those below each.
fn sorted(text: &str) -> Vec<String> {
    let mut blocks: Vec<Vec<String>> = Vec::new();
    for line in text.lines() {
        match blocks.last_mut().filter(|_| line.starts_with("  ")) {
            Some(block) => block.push(line.to_owned()),
            None => blocks.push(vec![line.to_owned()]),
        }
    }
    // Whole blocks first: what two equal first lines are followed by decides.
    blocks.sort();
    for block in &mut blocks {
        block[1..].sort();
    }
    blocks.concat()
}

/// Returns what is said of values that have `{"a": 1}`.
fn said_of(schema: &str) -> String {
    let values = Value::from_json("{\"a\": 1}").expect("JSON");
    let checked = check(schema.as_bytes(), values.as_map().expect("a mapping"));
    checked.expect_err(schema).to_string()
}

#[test]
fn schemas_from_elsewhere_are_refused_by_name() {
    for url in ["https://example.com/x.json", "file:///etc/x.json", "other.json"] {
        let said = said_of(&format!(r#"{{"properties":{{"a":{{"$ref":"{url}"}}}}}}"#));
        assert!(said.contains("windlass does not load schemas from elsewhere"), "{said}");
        assert!(said.contains(url), "{said}");
    }
    let said = said_of(r#"{"$schema":"https://example.com/mine"}"#);
    assert!(said.contains("https://example.com/mine"), "{said}");
}

#[test]
fn names_without_an_address_are_accepted_with_a_warning() {
    let values = Value::from_json("{\"a\": 1}").expect("JSON");
    let schema = r#"{"properties":{"a":{"$ref":"urn:x:y"}}}"#;
    let warnings = check(schema.as_bytes(), values.as_map().expect("a mapping"));
    let warnings = warnings.expect("anything fits");
    assert_eq!(warnings, ["unresolved URN reference ignored; using permissive schema urn=urn:x:y"]);
}

#[test]
fn hostile_schemas_end_with_an_error() {
    let chain = |keyword: &str, width: usize, length: usize| {
        let link = |at: usize| {
            let next = format!("{{\"$ref\":\"#/$defs/d{}\"}}", at + 1);
            format!("\"d{at}\":{{\"{keyword}\":[{}]}}", vec![next; width].join(","))
        };
        let links: Vec<String> = (0..length).map(link).collect();
        let last = format!("\"d{length}\":{{\"type\":\"string\"}}");
        format!("{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{},{last}}}}}", links.join(","))
    };
    let nested = |depth| format!("{}{{}}{}", "{\"not\":".repeat(depth), "}".repeat(depth));
    let limit = "does not come to an end";
    let cases = [
        (chain("anyOf", 2, 40), limit),
        (chain("allOf", 10, 9), limit),
        (nested(480), limit),
        (nested(100_000), "the schema is no JSON"),
        ("{\"$ref\":\"#\"}".to_owned(), "reference cycle"),
        (r#"{"properties":{"a":{"pattern":"(a{1000}){1000}"}}}"#.to_owned(), "regex"),
        ("{".to_owned(), "the schema is no JSON"),
    ];
    for (schema, expected) in cases {
        let started = std::time::Instant::now();
        let said = said_of(&schema);
        assert!(said.contains(expected), "{said}");
        assert!(started.elapsed().as_secs() < 10, "{expected}: {:?}", started.elapsed());
    }
}
