//! Values against schemas: every message, recorded from Helm.

use serde_json::Value as Json;
use windlass::chart::schema::{Error, Fetch, check};
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
        let told = match check(case["schema"].to_string().as_bytes(), values, None) {
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

/// Checks values that have `{"a": 1}`.
fn checked(schema: &str, fetch: Option<Fetch<'_>>) -> Result<Vec<String>, Error> {
    let values = Value::from_json("{\"a\": 1}").expect("JSON");
    check(schema.as_bytes(), values.as_map().expect("a mapping"), fetch)
}

/// Returns what is said of values that have `{"a": 1}`.
fn said_of(schema: &str) -> String {
    checked(schema, None).expect_err(schema).to_string()
}

#[test]
fn schemas_in_other_files_are_refused_by_name() {
    for url in ["file:///etc/x.json", "other.json"] {
        let said = said_of(&format!(r#"{{"properties":{{"a":{{"$ref":"{url}"}}}}}}"#));
        assert!(said.contains("windlass reads no other file for a schema"), "{said}");
        assert!(said.contains(url), "{said}");
    }
}

#[test]
fn names_without_an_address_are_accepted_with_a_warning() {
    let warnings = checked(r#"{"properties":{"a":{"$ref":"urn:x:y"}}}"#, None);
    let warnings = warnings.expect("anything fits");
    assert_eq!(warnings, ["unresolved URN reference ignored; using permissive schema urn=urn:x:y"]);
}

/// What there is in the web.
fn web(url: &str) -> Result<Vec<u8>, String> {
    let text = match url {
        "https://example.com/defs.json" => {
            r##"{"definitions": {"word": {"type": "string"}, "other": {"$ref": "more.json#/$defs/even"}},
                "$anchor": "all", "required": ["b"]}"##
        }
        "https://example.com/more.json" => r#"{"$defs": {"even": {"multipleOf": 2}}}"#,
        "https://example.com/mine" => r#"{"$schema": "https://example.com/above"}"#,
        "https://example.com/above" => r#"{"$schema": "http://json-schema.org/draft-04/schema#"}"#,
        "https://example.com/itself" => r#"{"$schema": "https://example.com/itself"}"#,
        "https://example.com/to" => r#"{"$schema": "https://example.com/fro"}"#,
        "https://example.com/fro" => r#"{"$schema": "https://example.com/to"}"#,
        "https://example.com/broken" => "{",
        "https://example.com/wrong" => r#"{"type": 1}"#,
        _ => return Err("there is no such page".to_owned()),
    };
    Ok(text.as_bytes().to_vec())
}

#[test]
fn anything_fits_a_schema_of_the_web_that_nobody_fetches() {
    let defs = "https://example.com/defs.json";
    let schemas = [
        format!(r#"{{"properties":{{"a":{{"$ref":"{defs}#/definitions/word"}}}}}}"#),
        format!(r#"{{"properties":{{"a":{{"$ref":"{defs}#anchor"}},"b":{{"$ref":"{defs}"}}}}}}"#),
        r#"{"$id":"https://example.com/my.json","$ref":"defs.json#/definitions/word"}"#.to_owned(),
        format!(r#"{{"$schema":"{defs}"}}"#),
    ];
    for schema in schemas {
        let warnings = checked(&schema, None).expect(&schema);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].ends_with(&format!("url={defs}")), "{warnings:?}");
        assert!(warnings[0].contains("--enable-schema-fetch"), "{warnings:?}");
    }
    let said = said_of(&format!(
        r#"{{"properties":{{"a":{{"allOf":[{{"$ref":"{defs}"}},{{"type":"string"}}]}}}}}}"#
    ));
    assert!(said.contains("got number, want string"), "the rest of the schema counts: {said}");
}

#[test]
fn schemas_of_the_web_count_when_they_are_fetched() {
    let reference = |to: &str| format!(r#"{{"properties":{{"a":{{"$ref":"{to}"}}}}}}"#);
    let cases = [
        (reference("https://example.com/defs.json#/definitions/word"), "got number, want string"),
        (reference("https://example.com/defs.json#/definitions/other"), "multipleOf: got 1, want 2"),
        (r#"{"$ref":"https://example.com/defs.json#all"}"#.to_owned(), "missing property 'b'"),
        (reference("https://example.com/defs.json#/definitions/none"), "definitions/none\" not found"),
        (reference("https://example.com/none"), "failing loading \"https://example.com/none\": there is no such page"),
        (reference("https://example.com/broken"), "failing loading \"https://example.com/broken\": it is no JSON"),
        (reference("https://example.com/wrong"), "\"https://example.com/wrong#\" is not valid against metaschema"),
        (r#"{"$schema":"https://example.com/itself"}"#.to_owned(), "draft \"https://example.com/itself\" is not supported"),
        (r#"{"$schema":"https://example.com/to"}"#.to_owned(), "cycle in resolving $schema"),
        // The draft is that of the schema's schema's schema, in which a bound is made exclusive so.
        (
            r#"{"$schema":"https://example.com/mine","properties":{"a":{"maximum":1,"exclusiveMaximum":true}}}"#.to_owned(),
            "exclusiveMaximum: got 1, want 1",
        ),
    ];
    for (schema, expected) in cases {
        let said = checked(&schema, Some(&web)).expect_err(&schema).to_string();
        assert!(said.contains(expected), "{schema}\n{said}");
    }
    let fits = checked(&reference("https://example.com/more.json"), Some(&web));
    assert_eq!(fits.expect("a fits"), [""; 0]);
}

#[test]
fn a_web_of_schemas_without_an_end_is_an_error() {
    let next = |url: &str| {
        let number: usize = url.rsplit('/').next().unwrap_or_default().parse().unwrap_or_default();
        Ok(format!(r#"{{"$ref":"https://example.com/{}"}}"#, number + 1).into_bytes())
    };
    for key in ["$ref", "$schema"] {
        let schema = format!(r#"{{"{key}":"https://example.com/0"}}"#);
        let same_key = |url: &str| {
            next(url).map(|text| String::from_utf8_lossy(&text).replace("$ref", key).into_bytes())
        };
        let said = checked(&schema, Some(&same_key)).expect_err(key).to_string();
        assert!(said.contains("too many documents"), "{said}");
    }
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
