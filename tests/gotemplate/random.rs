//! Random templates: whatever they are, they render or fail, and never panic or hang.

use proptest::prelude::*;
use serde_json::json;

use crate::charts::render_one;

/// Pieces that are likely to meet in a template.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{ ",
    " }}",
    "(",
    ")",
    "|",
    ",",
    ":=",
    "=",
    "$",
    "$x",
    "$y",
    ".",
    ".Values",
    ".Values.l",
    ".Values.m",
    ".Values.s",
    ".a",
    ".b",
    "nil",
    "true",
    "0",
    "1",
    "-1",
    "1.5",
    "1i",
    "'a'",
    "\"a\"",
    "`b`",
    "\"%d %v\"",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "block",
    "template",
    "break",
    "continue",
    "include",
    "tpl",
    "print",
    "printf",
    "index",
    "slice",
    "len",
    "and",
    "or",
    "not",
    "eq",
    "lt",
    "dict",
    "list",
    "set",
    "default",
    "toYaml",
    "\"t\"",
    " ",
    "\n",
    "/*",
    "*/",
    "text",
    "é",
    "\0",
    "{{ end }}",
    "{{ if true }}",
    "{{ range .Values.l }}",
    "{{ define \"t\" }}",
    "{{ include \"t\" . }}",
    "{{ tpl \"{{ . }}\" . }}",
    "{{ $x := .Values }}",
    "{{ $x = 1 }}",
];

fn template() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// An action that is nearly always well-formed, so that it is executed too.
fn action() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(&[
        ".",
        "$",
        ".Values.l",
        ".Values.m",
        ".Values.s",
        ".Values.n",
        ".Values.none",
        ".Files",
        ".Capabilities",
        "1",
        "-2",
        "2.5",
        "\"a\"",
        "\"%s|%5d|%#v|%q|%x\"",
        "true",
        "nil",
        "'x'",
        "3i",
    ])
    .prop_map(str::to_owned);
    let function = prop::sample::select(&[
        "print", "printf", "println", "index", "slice", "len", "and", "or", "not", "eq", "ne",
        "lt", "le", "gt", "ge", "html", "js", "urlquery", "call", "default", "dict", "list", "set",
        "keys", "toYaml", "typeOf", "first", "add",
    ]);
    let expression = leaf.prop_recursive(4, 24, 4, move |inner| {
        (function.clone(), prop::collection::vec(inner, 0..4))
            .prop_map(|(name, arguments)| format!("({name} {})", arguments.join(" ")))
    });
    let body = prop_oneof![
        expression.clone().prop_map(|e| format!("{{{{ {e} }}}}")),
        expression.clone().prop_map(|e| format!("{{{{ {e}.a.b }}}}")),
        (expression.clone(), expression.clone())
            .prop_map(|(a, b)| format!("{{{{ {a} | print {b} | printf }}}}")),
        expression.clone().prop_map(|e| format!("{{{{ if {e} }}}}y{{{{ else }}}}n{{{{ end }}}}")),
        expression.clone().prop_map(|e| format!(
            "{{{{ range $i, $x := {e} }}}}{{{{ $i }}}}{{{{ $x }}}}{{{{ end }}}}"
        )),
        expression
            .prop_map(|e| format!("{{{{ with $x := {e} }}}}{{{{ $x }}}}{{{{ . }}}}{{{{ end }}}}")),
    ];
    prop::collection::vec(body, 1..4).prop_map(|bodies| bodies.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_parses_or_fails(template in template()) {
        let _ = render_one(&template, &json!({"l": [1, "a", null], "m": {"a": {"b": 1}}, "s": "str"}));
    }

    #[test]
    fn any_expression_renders_or_fails(template in action()) {
        let values = json!({"l": [1, "a", null, {"a": 1}], "m": {"a": {"b": 1}}, "s": "str", "n": null});
        let _ = render_one(&template, &values);
    }
}
