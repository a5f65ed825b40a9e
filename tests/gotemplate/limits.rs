//! No template may crash, hang or eat the memory; each limit has a clear error.

use serde_json::{Value, json};

use crate::charts::render_one;

fn error(template: &str, values: &Value) -> String {
    render_one(template, values).expect_err("it has no end")
}

#[test]
fn templates_that_call_each_other_without_end_are_stopped() {
    let too_deep = "exceeded maximum template depth (10000)";
    let template = "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}";
    assert!(error(template, &json!({})).contains(too_deep));
    let tpl = error("{{ tpl .Values.text . }}", &json!({"text": "{{ tpl .Values.text . }}"}));
    assert!(tpl.contains(too_deep), "{}", &tpl[tpl.len() - 200..]);
    let own = "{{ tpl `{{ define \"t\" }}{{ include \"t\" . }}{{ end }}{{ include \"t\" . }}` . }}";
    assert!(error(own, &json!({})).contains("nested reference name: t"));
}

#[test]
fn the_deepest_calls_fit_the_stack() {
    // Each level is as deep as a level can be: blocks, parentheses, a loop, and arguments of functions.
    let level = |name: &str, next: &str| {
        format!(
            "{{{{ define \"{name}\" }}}}{{{{ with . }}}}{{{{ if true }}}}{{{{ range list . }}}}{{{{ printf \"%s\" \
             (print (trimSuffix \"x\" (default \"\" (include \"{next}\" .)))) }}}}{{{{ end }}}}{{{{ end }}}}\
             {{{{ end }}}}{{{{ end }}}}"
        )
    };
    let names: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    let mut template: String = (0..20).map(|at| level(&names[at], &names[(at + 1) % 20])).collect();
    template += "{{ include \"t0\" . }}";
    assert!(error(&template, &json!({})).contains("exceeded maximum template depth"));
}

#[test]
fn nested_blocks_and_parentheses_run() {
    let ifs = "{{if true}}".repeat(900) + "x" + &"{{end}}".repeat(900);
    assert_eq!(render_one(&ifs, &json!({})).unwrap(), "x");
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(900), ")".repeat(900));
    assert_eq!(render_one(&parens, &json!({})).unwrap(), "1");
}

#[test]
fn a_loop_without_end_is_stopped() {
    let huge = "{{ range 9000000000000000000 }}0123456789012345678901234567890123456789{{ end }}";
    assert!(error(huge, &json!({})).contains("longer than"));
    let calls = "{{ define \"a\" }}{{ if lt (len .) 60 }}{{ $l := append . 1 }}{{ template \"a\" $l }}{{ template \"a\" $l }}{{ end }}{{ end }}";
    for silent in [
        "{{ range 9000000000000000000 }}{{ end }}",
        "{{ range 9000000000000000000 }}{{ $x := repeat 1000000 \"x\" }}{{ end }}",
        &format!("{calls}{{{{ template \"a\" list }}}}"),
    ] {
        assert!(error(silent, &json!({})).contains("more than 512 MiB"));
    }
    let doubling = "{{ $x := \"0123456789\" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}";
    assert!(error(doubling, &json!({})).contains("longer than"));
}

#[test]
fn values_that_nest_without_end_are_errors_only_where_they_are_walked() {
    let nested = "{{ $d := dict }}{{ $l := list }}{{ range 100000 }}{{ $d = dict \"d\" $d }}{{ $l = list $l }}{{ end }}";
    assert_eq!(render_one(&format!("{nested}ok"), &json!({})).unwrap(), "ok");
    for walk in
        ["$d", "$l", "toYaml $d", "toJson $l", "eq $d $d", "printf \"%v\" $l", "deepCopy $d"]
    {
        let found = render_one(&format!("{nested}{{{{ {walk} }}}}"), &json!({}));
        // Helm's toYaml and toJson answer every error with an empty text.
        assert!(found.is_err() || found == Ok(String::new()), "{walk}");
    }
    let itself = "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d.d.d.d.d | len }}{{ $d }}";
    assert!(error(itself, &json!({})).contains("nested deeper"));
}
