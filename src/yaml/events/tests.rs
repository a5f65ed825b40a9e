//! Texts that YAML 1.1 and go-yaml read in their own way.

use crate::yaml::{parse, parse_with_positions};

fn check(text: &str, json: &str) {
    assert_eq!(parse(text).expect(text).to_json_unescaped(), json, "{text:?}");
}

fn check_error(text: &str, message: &str) {
    assert_eq!(parse(text).expect_err(text).to_string(), message, "{text:?}");
}

#[test]
fn comments_need_no_space_behind_quotes_and_brackets() {
    check("a: \"x\"#c\nb: []#d\nc: |#e\n  y\n", r#"{"a":"x","b":[],"c":"y\n"}"#);
    check("a: x#c\n", r#"{"a":"x#c"}"#);
    let (_, positions) = parse_with_positions("a: 'x'#c\nb: 1\n").expect("comment");
    assert_eq!(positions.key(&["b".into()]).map(|at| (at.line, at.column)), Some((2, 1)));
}

#[test]
fn aliases_may_be_keys() {
    check("a: &k v\n*k: 1\n", r#"{"a":"v","v":1}"#);
    check("a: &k v\n*k : 1\n", r#"{"a":"v","v":1}"#);
}

#[test]
fn a_colon_before_a_bracket_or_comma_belongs_to_the_text() {
    check("[a:, b]", r#"["a:","b"]"#);
    check("[a:]", r#"["a:"]"#);
    check("{a:, b: c}", r#"{"a:":null,"b":"c"}"#);
    check("[&x a:, *x, {b: *x}]", r#"["a:","a:",{"b":"a:"}]"#);
    check("[&x !t a:, *x]", r#"["a:","a:"]"#);
    check(r#"{"a":}"#, r#"{"a":null}"#);
    check(r#"["a":1, b: ]"#, r#"[{"a":1},{"b":null}]"#);
}

#[test]
fn escapes_of_json_alone_are_unknown() {
    check_error("- a\n- \"b\\/\"\n", "yaml: line 2: found unknown escape character");
    check_error(
        "\"\n \\ud83d\\ude00\"",
        "yaml: line 2: found invalid Unicode character escape code",
    );
    check(r#""\\/\\ud83d""#, r#""\\/\\ud83d""#);
}

#[test]
fn only_known_directives_may_stand_before_a_document() {
    check("%YAML 1.1 # c\n%TAG !e! tag:example.com,2000:\n---\n!e!x a\n", r#""a""#);
    check("# c\n\n%YAML 1.1\n---\nb\n", r#""b""#);
    check_error("%YAML 1.2\n---\n", "yaml: found incompatible YAML document");
    check_error("# c\n%FOO\n---\n", "yaml: line 2: found unknown directive name");
    check_error("% FOO\n---\n", "yaml: could not find expected directive name");
    check_error("...\na: 1\n", "yaml: did not find expected node content");
}

#[test]
fn anchors_have_simple_names() {
    let message = "yaml: did not find expected alphabetic or numeric character";
    check_error("a: &x.y 1\n", message);
    check_error("a: *.y\n", message);
    check_error("a: *x.y\n", "yaml: unknown anchor 'x' referenced");
}

#[test]
fn a_value_needs_a_key() {
    check_error("a: 1\n: 2\n", "yaml: line 1: did not find expected key");
    check_error("{: 2}", "yaml: did not find expected node content");
    check_error("? \n: 2\n", "unsupported map key of type: %!s(<nil>), key: <nil>, value: 2");
}

#[test]
fn only_the_first_document_counts() {
    check("a: 1\n---\nb: [\n", r#"{"a":1}"#);
    check("--- # c\n---\na: 1\n", "null");
    check("{a: 1} b", r#"{"a":1}"#);
}

#[test]
fn block_scalars_may_end_with_the_text() {
    check("a: |\n  x", r#"{"a":"x"}"#);
    check("a: >+\n  x\n\n", r#"{"a":"x\n\n"}"#);
    check("a: |", r#"{"a":""}"#);
    check("a: |\n  x\n ", r#"{"a":"x\n"}"#);
}
