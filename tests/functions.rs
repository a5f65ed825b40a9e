//! Replays what the real helm answered about every template function (tests/oracle/functions.json).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use windlass::chart::{Capabilities, Chart, File};
use windlass::engine::functions::{self, Host, Type};
use windlass::engine::value::{Map, Text, Value};
use windlass::engine::{Context, ReleaseInfo, render};
use windlass::yaml;

#[derive(Deserialize)]
struct Recorded {
    values: serde_json::Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    template: String,
    output: Option<String>,
    error: Option<String>,
}

/// Where windlass answers otherwise.
const DIFFERENT: &[(&str, Result<&str, &str>)] = &[
    // Helm's copy of a version loses all that is in it.
    (r#"{{ deepCopy (semver "v1.2") }}"#, Ok("1.2.0")),
    // Helm fails, because its nil is no dict to write to.
    (r#"{{ set nil "a" 1 }}"#, Ok("map[a:1]")),
    // The TOML parser has its own words.
    (r#"{{ fromToml "x" }}"#, Ok("map[Error:toml: line 1: key with no value, expected `=`]")),
    // Two types of parameters that one function each has are checked as a wider type.
    (
        r#"{{ derivePassword (list 1) "pin" "pw" "user" "site" }}"#,
        Err(
            "c/templates/x.yaml:1:24\n  executing \"c/templates/x.yaml\" at <1>:\n    wrong type for value; expected int; got []interface {}",
        ),
    ),
    (
        r#"{{ derivePassword true "pin" "pw" "user" "site" }}"#,
        Err(
            "c/templates/x.yaml:1:18\n  executing \"c/templates/x.yaml\" at <true>:\n    expected integer; found true",
        ),
    ),
    (
        r#"{{ genSignedCertWithKey "c" nil nil 1 "x" (genPrivateKey "ecdsa") }}"#,
        Err(
            "template: c/templates/x.yaml:1:3: executing \"c/templates/x.yaml\" at <genSignedCertWithKey \"c\" nil nil 1 \"x\" (genPrivateKey \"ecdsa\")>: error calling genSignedCertWithKey: wrong type for value; expected sprig.certificate; got string",
        ),
    ),
];

/// Renders a template as the recorder had Helm render it.
fn answer(template: &str, values: &yaml::Map) -> Result<String, String> {
    let wrapped = format!(
        r#"{{{{ define "case" }}}}{template}{{{{ end }}}}{{{{ include "case" . | b64enc }}}}"#
    );
    let output = render_file(&wrapped, values);
    match output {
        Ok(text) => {
            Ok(String::from_utf8_lossy(&STANDARD.decode(text).expect("base64")).into_owned())
        }
        Err(_) => Err(render_file(template, values).expect_err("it failed before")),
    }
}

fn render_file(template: &str, values: &yaml::Map) -> Result<String, String> {
    let file = |name: &str, text: &str| File {
        name: name.to_owned(),
        data: text.to_owned().into(),
        modified: None,
    };
    let chart = Chart::load_files(vec![
        file("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        file("templates/_helper.tpl", r#"{{ define "c.helper" }}[{{ .Values.s }}]{{ end }}"#),
        file("templates/x.yaml", template),
    ]);
    let release = ReleaseInfo {
        name: "r".to_owned(),
        namespace: "default".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default();
    let context =
        Context { values, release, capabilities: &capabilities, lookup: None, resolve: None };
    let mut rendered = render(&chart.expect("a chart"), &context).map_err(|err| err.to_string())?;
    Ok(rendered.files.remove("c/templates/x.yaml").expect("a template of the chart"))
}

#[test]
fn answers_are_those_of_helm() {
    let recorded: Recorded = serde_json::from_str(include_str!("oracle/functions.json")).unwrap();
    let values = yaml::Value::from_json(&recorded.values.to_string()).unwrap().numbers_as_floats();
    let values = values.as_map().unwrap();
    let mut wrong = Vec::new();
    for case in recorded.cases {
        let different = DIFFERENT.iter().find(|(template, _)| *template == case.template);
        let expected = match (different, case.output, case.error) {
            (Some((_, other)), ..) => other.map(str::to_owned).map_err(str::to_owned),
            (None, Some(output), _) => Ok(output),
            (None, None, error) => Err(error.unwrap()),
        };
        let answer = answer(&case.template, values);
        if answer != expected {
            wrong.push(format!(
                "{}\n  helm:     {expected:?}\n  windlass: {answer:?}",
                case.template
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_template_can_exhaust_memory_or_run_for_ever() {
    let cases = [
        (r#"{{ repeat 1000000000 "x" }}"#, "result is longer than 64 MiB"),
        (r#"{{ indent 1000000000 "x" }}"#, "result is longer than 64 MiB"),
        (r#"{{ nindent 1000000 (repeat 1000 "\n") }}"#, "result is longer than 64 MiB"),
        (r#"{{ randAlphaNum 1000000000000 }}"#, "result is longer than 64 MiB"),
        (r#"{{ randBytes 1000000000000 }}"#, "result is longer than 64 MiB"),
        (r#"{{ replace "x" (repeat 10000 "y") (repeat 10000 "x") }}"#, "result is longer"),
        (r#"{{ replace "" (repeat 10000 "y") (repeat 10000 "x") }}"#, "result is longer"),
        (r#"{{ regexReplaceAll "" (repeat 10000 "x") (repeat 10000 "y") }}"#, "result is longer"),
        (r#"{{ wrapWith 1 (repeat 10000 "y") (repeat 10000 "x") }}"#, "result is longer"),
        (r#"{{ join (repeat 10000 "y") (until 10000) }}"#, "result is longer"),
        (r#"{{ $s := "x" }}{{ range until 40 }}{{ $s = cat $s $s }}{{ end }}"#, "result is longer"),
        (r#"{{ until 2000000000 }}"#, "result has more than 1000000 items"),
        (r#"{{ untilStep -9223372036854775807 9223372036854775807 1 }}"#, "result has more than"),
        (r#"{{ seq 0 1 9000000000000000000 }}"#, "result has more than 1000000 items"),
        (r#"{{ splitList "" (repeat 2000000 "x") }}"#, "result has more than 1000000 items"),
        (r#"{{ split "," (repeat 2000000 ",") }}"#, "result has more than 1000000 items"),
        (r#"{{ regexFindAll "x" (repeat 2000000 "x") -1 }}"#, "result has more than"),
        (
            r#"{{ $l := until 9 }}{{ range until 20 }}{{ $l = concat $l $l }}{{ end }}"#,
            "has more than",
        ),
        (r#"{{ mustRegexMatch "((\\pL{900}){900}){2}" "x" }}"#, "invalid repeat count"),
        (r#"{{ mustRegexMatch "(\\pL{30}){30}" "x" }}"#, "expression too large"),
        (r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ mustToJson $d }}"#, "nested deeper"),
        (r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ mustToToml $d }}"#, "nested deeper"),
        (r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ quote $d }}"#, "nested deeper"),
        (r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ deepCopy $d }}"#, "nested deeper"),
        (
            r#"{{ $a := dict }}{{ $_ := set $a "d" $a }}{{ $b := dict }}{{ $_ := set $b "d" $b }}{{ merge $a $b }}"#,
            "nested deeper",
        ),
        (
            r#"{{ $a := dict }}{{ $_ := set $a "d" $a }}{{ $b := dict }}{{ $_ := set $b "d" $b }}{{ deepEqual $a $b }}"#,
            "nested deeper",
        ),
        (
            r#"{{ $l := list 1 }}{{ range until 40 }}{{ $l = list $l $l }}{{ end }}{{ deepCopy $l }}"#,
            "value has more than 1000000 parts",
        ),
        (
            r#"{{ $l := list 1 }}{{ range until 40 }}{{ $l = list $l $l }}{{ end }}{{ mustToYaml $l }}"#,
            "value has more than 1000000 parts",
        ),
        (r#"{{ mustFromJson (repeat 100000 "[") }}"#, "exceeded max depth"),
        (r#"{{ mustRegexMatch (repeat 100000 "(") "x" }}"#, "expression nests too deeply"),
    ];
    for (template, expected) in cases {
        let answer = render_file(template, &yaml::Map::new());
        let complaint = answer.expect_err(template);
        assert!(complaint.contains(expected), "{template}: {complaint:.300}");
    }
}

/// Every kind of value at the edges of its range.
fn edge_values(wanted: Type) -> Vec<Value> {
    let texts = [
        "",
        "a",
        "-1",
        "0",
        "1e400",
        "é\u{fffd}世",
        "a,b\nc",
        "2006-01-02",
        "99999999999h",
        "\\",
        "[",
        "(?P<",
        "%zz",
        "http://[::1]:x",
        "1.2.3",
        "{\"a\":",
        "- a: [",
        "YWJj",
        "=",
        "$1${x}",
    ];
    let texts = texts.into_iter().map(Value::from);
    let raw = || Value::String(Text::from_bytes(b"\xff\xc3a"));
    let ints = [i64::MIN, i64::MIN + 1, -7, -1, 0, 1, 2, 63, 1000, i64::MAX];
    let dict = || {
        let dict = Map::default();
        dict.set("a", Value::from(vec![Value::Nil]));
        dict.set("host", Value::Float(f64::NAN));
        dict
    };
    match wanted {
        Type::String => texts.chain([raw()]).collect(),
        Type::Int => ints.map(Value::Int).into(),
        Type::Int64 => ints.map(Value::Int64).into(),
        Type::Float => [f64::NAN, f64::INFINITY, -0.0, 0.5, 1e308].map(Value::Float).into(),
        Type::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Type::Map => vec![Value::Map(Map::default()), Value::Map(dict())],
        Type::List => vec![Value::from(Vec::new()), Value::from(vec![Value::Nil, raw()])],
        Type::Time => {
            let now = functions::find("now").expect("a function");
            let add = |years| {
                let time = (now.call)(&NoHost, &[]).expect("a time");
                let Value::Object(object) = &time else { return time };
                let add_date = object.method("AddDate").expect("a method");
                let shift = [Value::Int(years), Value::Int(years), Value::Int(years)];
                (add_date.call)(&**object, &shift).expect("a time")
            };
            ints.map(add).into()
        }
        Type::Duration => {
            let parse = functions::find("mustToDuration").expect("a function");
            let texts = ["0", "-1ns", "2562047h47m16.854775807s", "-2562047h47m16.854775808s"];
            texts
                .map(|text| (parse.call)(&NoHost, &[Value::from(text)]).expect("a duration"))
                .into()
        }
        Type::Bytes | Type::Strings => vec![Value::Bytes(b"a".as_slice().into())],
        Type::Any => [
            Type::String,
            Type::Int,
            Type::Int64,
            Type::Float,
            Type::Bool,
            Type::Map,
            Type::List,
            Type::Time,
            Type::Duration,
            Type::Bytes,
        ]
        .into_iter()
        .flat_map(edge_values)
        .chain([Value::Nil, Value::Uint64(u64::MAX), Value::Uint8(255), Value::Complex(0.0, 1.0)])
        .collect(),
    }
}

struct NoHost;

impl Host for NoHost {
    fn include(&self, _: &str, _: Value) -> Result<Text, functions::Error> {
        Ok(Text::from_bytes(b""))
    }

    fn tpl(&self, template: &Text, _: Value) -> Result<Text, functions::Error> {
        Ok(template.clone())
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<yaml::Value, functions::Error> {
        Ok(yaml::Value::Null)
    }
}

#[test]
fn no_argument_makes_a_function_panic() {
    // These take their time, and their arguments are texts that others have read before them.
    let slow = [
        "bcrypt",
        "htpasswd",
        "derivePassword",
        "genPrivateKey",
        "genCA",
        "genSelfSignedCert",
        "genSignedCert",
    ];
    let mut seed = 1_u64;
    let mut choose = move |count: usize| {
        // Knuth's MMIX generator; the test has to be the same every time.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % count
    };
    for function in functions::all().filter(|function| !slow.contains(&function.name)) {
        let choices: Vec<Vec<Value>> =
            function.params.iter().map(|(_, wanted)| edge_values(*wanted)).collect();
        for turn in 0..300 {
            let mut arguments: Vec<Value> =
                choices.iter().map(|values| values[choose(values.len())].clone()).collect();
            if function.variadic {
                let last = choices.last().unwrap();
                arguments.pop();
                arguments.extend((0..turn % 4).map(|_| last[choose(last.len())].clone()));
            }
            let Ok(Value::Object(object)) = (function.call)(&NoHost, &arguments) else { continue };
            for name in [
                "AddDate", "Round", "Truncate", "Sub", "UnixNano", "Weekday", "Abs", "IncMajor",
                "String",
            ] {
                let Some(method) = object.method(name) else { continue };
                let values: Vec<Vec<Value>> =
                    method.params.iter().map(|wanted| edge_values(*wanted)).collect();
                let arguments: Vec<Value> =
                    values.iter().map(|values| values[choose(values.len())].clone()).collect();
                let _ = (method.call)(&*object, &arguments);
            }
        }
    }
}

#[test]
fn every_function_has_a_name_in_both_languages() {
    let names = [
        "toYaml",
        "b64enc",
        "genCAWithKey",
        "encryptAES",
        "date_in_zone",
        "htmlDateInZone",
        "sha256sum",
    ];
    let snake_case = names.map(functions::snake_case);
    let expected = [
        "to_yaml",
        "b64enc",
        "gen_ca_with_key",
        "encrypt_aes",
        "date_in_zone",
        "html_date_in_zone",
        "sha256sum",
    ];
    assert_eq!(snake_case, expected);
    for function in functions::all() {
        assert_eq!(functions::find(function.name).unwrap().name, function.name, "defined twice");
        let names: BTreeSet<_> = function.params.iter().map(|(name, _)| name).collect();
        assert_eq!(
            names.len(),
            function.params.len(),
            "{}: a parameter's name comes twice",
            function.name
        );
    }
}
