//! Replays what the real helm answered about every template function (tests/oracle/functions.json).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use windlass::chart::{Capabilities, Chart, File};
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
        Ok(text) => Ok(String::from_utf8_lossy(&STANDARD.decode(text).unwrap()).into_owned()),
        Err(_) => Err(render_file(template, values).unwrap_err()),
    }
}

fn render_file(template: &str, values: &yaml::Map) -> Result<String, String> {
    let file = |name: &str, text: &str| File {
        name: name.to_owned(),
        data: text.as_bytes().into(),
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
    let context = Context { values, release, capabilities: &capabilities, lookup: None };
    let mut rendered = render(&chart.unwrap(), &context).map_err(|err| err.to_string())?;
    Ok(rendered.files.remove("c/templates/x.yaml").unwrap())
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
