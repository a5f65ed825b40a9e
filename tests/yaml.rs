//! The YAML layer against Go: what Helm's own YAML library answered for the same inputs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use windlass::yaml::{
    Error, Value, documents, emit, from_value, parse, parse_all, parse_strict,
    parse_with_positions, to_value,
};

fn oracle(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/yaml").join(file);
    Value::from_json(&fs::read_to_string(path).expect(file)).expect(file)
}

fn items(value: &Value) -> &[Value] {
    value.as_list().expect("a list")
}

/// Prints how often each difference occurs, and fails if there is any.
fn report(differences: &BTreeMap<String, usize>) {
    let lines: Vec<String> =
        differences.iter().map(|(text, count)| format!("{count} times: {text}")).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn documents_are_read_as_go_reads_them() {
    let mut differences = BTreeMap::new();
    let answers = oracle("go.json");
    for answer in items(&answers) {
        let text = answer.get("in").and_then(Value::as_str).expect("`in`");
        let json = answer.get("json").and_then(Value::as_str);
        let read = parse(text);
        let difference = match (&read, json) {
            (Ok(value), Some(json)) => {
                let emitted = answer.get("emit").and_then(Value::as_str).expect("`emit`");
                let value = value.clone().numbers_as_floats();
                (value.to_json() != json || emit(&value) != emitted)
                    .then(|| format!("{text:?}: {} {:?}", value.to_json(), emit(&value)))
            }
            (Err(err), None) => {
                let expected = answer.get("err").and_then(Value::as_str).expect("`err`");
                let text_of_go = expected.trim_start_matches("error converting YAML to JSON: ");
                (err.to_string() != text_of_go)
                    .then(|| format!("{text:?}: error `{err}` instead of `{text_of_go}`"))
            }
            _ => Some(format!("{text:?}: {read:?} instead of {json:?}")),
        };
        if let Some(difference) = difference {
            *differences.entry(difference).or_default() += 1;
        }
    }
    assert_eq!(items(&answers).len(), 183);
    report(&differences);
}

#[test]
fn strict_reading_fails_where_go_fails() {
    let mut differences = BTreeMap::new();
    let answers = oracle("go.json");
    for answer in items(&answers) {
        let text = answer.get("in").and_then(Value::as_str).expect("`in`");
        let expected = answer.get("strict").and_then(Value::as_str).unwrap_or_default();
        let text_of_go = expected.trim_start_matches("error converting YAML to JSON: ");
        let found = parse_strict(text).map_or_else(|err| err.to_string(), |_| String::new());
        if found != text_of_go {
            let difference = format!("{text:?}: `{found}` instead of `{text_of_go}`");
            *differences.entry(difference).or_default() += 1;
        }
    }
    report(&differences);
}

#[test]
fn values_are_written_as_go_writes_them() {
    let mut differences = BTreeMap::new();
    let (values, texts) = (oracle("emit.json"), oracle("emit.go.json"));
    for (value, text) in items(&values).iter().zip(items(&texts)) {
        let expected = text.as_str().expect("a text");
        let emitted = emit(&value.clone().numbers_as_floats());
        let is_right = match expected {
            // Go fails where it cannot read its own JSON; ours is still a value then.
            _ if expected.starts_with("ERR ") => parse(&emitted).is_ok(),
            // Its order of `a10`, `a1b`, `a2` runs in circles, and changes from run to run.
            _ if expected.contains("a1b") => sorted_lines(&emitted) == sorted_lines(expected),
            _ => emitted == expected,
        };
        if !is_right {
            let difference = format!("{}: {emitted:?} instead of {expected:?}", value.to_json());
            *differences.entry(difference).or_default() += 1;
        }
    }
    assert_eq!((items(&values).len(), items(&texts).len()), (652, 652));
    report(&differences);
}

fn sorted_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// Reads a text within a second, whatever it is.
fn check_is_quick(name: &str, text: &str) -> Result<Value, Error> {
    let start = Instant::now();
    let read = parse(text);
    // Without optimization it takes longer; what is not linear takes minutes.
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });
    assert!(start.elapsed() < limit, "{name} took {:?}", start.elapsed());
    read
}

#[test]
fn hostile_texts_end_quickly() {
    let deep = 100_000;
    let errors = [
        ("brackets", "[".repeat(deep)),
        ("braces", "{a: ".repeat(deep)),
        ("pairs", "[a: ".repeat(deep)),
        ("items", "- ".repeat(deep)),
        ("keys", "? ".repeat(deep)),
        ("closed brackets", "[".repeat(deep) + &"]".repeat(deep)),
        ("nested maps", (0..2_000).map(|depth| " ".repeat(depth) + "a:\n").collect()),
        ("aliases of aliases", alias_bomb(9)),
        ("aliases of a text", format!("- &a {}\n{}", "x".repeat(deep), "- *a\n".repeat(1_000))),
        ("merges of merges", format!("a0: &a0 {{x: 1}}\n{}", chained_merges(5_000))),
    ];
    for (name, text) in &errors {
        assert!(check_is_quick(name, text).is_err(), "{name}");
    }
    let values = [
        ("one line", "x".repeat(10_000_000)),
        ("one quoted line", format!("a: \"{}\"", "x ".repeat(500_000))),
        ("a list", "- a\n".repeat(100_000)),
        ("empty lines", "\n".repeat(1_000_000)),
        ("comments", "# c\n".repeat(200_000)),
        ("comments without space", "- \"a\"#b\n".repeat(300)),
        ("tabs", format!("a\n{}", "\t".repeat(1_000_000))),
    ];
    for (name, text) in &values {
        assert!(check_is_quick(name, text).is_ok(), "{name}");
    }
    check_is_quick("quotes", &"'\n".repeat(200_000)).ok();
    check_is_quick("many comments without space", &"- \"a\"#b\n".repeat(50_000)).ok();
    check_is_quick("anchors", &"- &a\n".repeat(100_000)).ok();
    check_is_quick("block scalars", &"- |\n".repeat(100_000)).ok();
}

/// Nine lists of nine aliases of the list before, and so on.
fn alias_bomb(levels: usize) -> String {
    let nine = |level: usize| vec![format!("*a{}", level - 1); 9].join(", ");
    let lines = (1..levels).map(|level| format!("a{level}: &a{level} [{}]\n", nine(level)));
    format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{}", lines.collect::<String>())
}

fn chained_merges(count: usize) -> String {
    (1..count).map(|n| format!("a{n}: &a{n} {{<<: *a{}, k{n}: 1}}\n", n - 1)).collect()
}

#[test]
fn values_as_deep_as_allowed_can_be_used() {
    let depth = (1..).find(|depth| parse(&nested(*depth)).is_err()).expect("a limit") - 1;
    let value = parse(&nested(depth)).expect("the deepest value");
    assert!(depth >= 300, "only {depth} levels");
    assert_eq!(parse(&emit(&value)).expect("emitted"), value);
    assert_eq!(Value::from_json(&value.to_json()).expect("JSON"), value.clone());
    assert_eq!(to_value(&value).expect("serialized"), value);
    let json = serde_json::Value::from(value.clone());
    assert_eq!(Value::from(json), value);
    assert_eq!(from_value::<Value>(value.clone()).expect("deserialized"), value);
    assert_eq!(value.clone().numbers_as_floats().numbers_as_floats(), value.numbers_as_floats());
}

fn nested(depth: usize) -> String {
    let pairs = depth / 2;
    format!("{}1{}", "[{a: ".repeat(pairs), "}]".repeat(pairs))
}

fn texts() -> impl Strategy<Value = String> {
    let words =
        ["yes", "~", "0x1f", "1:30", "- ", ": ", " #", "'", "\"", "\n", " ", "<<", "é", "😀"];
    prop_oneof![
        "[ -~]{0,12}",
        // Helm's trip through JSON changes U+0085, so emitting does too.
        any::<String>().prop_map(|text| text.replace('\u{85}', "")),
        vec(select(words.to_vec()), 0..6).prop_map(|words| words.concat()),
        vec("[a-z,:#'\"]{1,9}", 0..40).prop_map(|words| words.join(" ")),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaves = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (i64::MAX as u64 + 1..=u64::MAX).prop_map(Value::UInt),
        any::<f64>().prop_filter("JSON has only finite numbers", |n| n.is_finite()).prop_map(float),
        texts().prop_map(Value::String),
    ];
    leaves.prop_recursive(5, 60, 6, |inner| {
        // Helm writes the key `<<` without quotes, which makes it a merge key.
        let keys = texts().prop_filter("a merge key", |key| key != "<<");
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::List),
            btree_map(keys, inner, 0..6).prop_map(Value::Map),
        ]
    })
}

/// Makes the value that a float is after emitting: what is whole and fits becomes an integer.
fn float(number: f64) -> Value {
    parse(&emit(&Value::Float(number))).expect("a number")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn emitting_and_reading_changes_nothing(value in values()) {
        let text = emit(&value);
        prop_assert_eq!(parse(&text).map_err(|err| format!("{err}\n{text}")), Ok(value));
    }

    #[test]
    fn json_changes_nothing(value in values()) {
        for text in [value.to_json(), value.to_json_unescaped(), value.to_json_indented()] {
            prop_assert_eq!(&Value::from_json(&text).expect("our JSON"), &value);
        }
    }

    #[test]
    fn json_is_yaml(value in values()) {
        // A separator or a long key in JSON is what Helm's library stumbles over, too.
        if let Ok(read) = parse(&value.to_json()) {
            prop_assert_eq!(read, value);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        use_everything(&text);
    }

    #[test]
    fn no_changed_document_panics(
        index in any::<Index>(),
        other in any::<Index>(),
        at in any::<Index>(),
        insert in "[-?:,\\[\\]{}#&*!|>'\"%@`\t\r\n <\u{85}\u{2028}]{0,3}",
    ) {
        let answers = oracle("go.json");
        let text = |index: Index| index.get(items(&answers)).get("in").and_then(Value::as_str);
        let (text, other) = (text(index).expect("`in`"), text(other).expect("`in`"));
        let cut = text.floor_char_boundary(at.index(text.len() + 1));
        use_everything(&[&text[..cut], &insert, &text[cut..]].concat());
        use_everything(&[&text[..cut], &insert, other].concat());
    }
}

fn use_everything(text: &str) {
    let read = parse(text);
    parse_strict(text).ok();
    parse_all(text).ok();
    Value::from_json(text).ok();
    let with_positions = parse_with_positions(text);
    assert_eq!(read.is_ok(), with_positions.is_ok());
    assert!(documents(text).all(|document| text.contains(document.text)));
    match read {
        Ok(value) => {
            emit(&value);
            value.to_json_indented();
        }
        Err(err) => {
            let lines = text.matches(['\n', '\u{85}']).count() + 2;
            assert!(err.line().is_some_and(|line| (1..=lines).contains(&line)), "{text:?} {err:?}");
        }
    }
}
