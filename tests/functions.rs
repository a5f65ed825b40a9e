//! Replays what the real helm answered about every template function (tests/oracle/functions.json).

use serde::Deserialize;
use windlass::engine::functions::{self, Host};
use windlass::engine::gotemplate::{Templates, on_large_stack};
use windlass::engine::value::{Map, MapType, Text, Value};
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

struct Chart(Templates);

impl Host for Chart {
    fn include(&self, name: &str, data: Value) -> Result<Text, functions::Error> {
        self.0.include(self, name, data)
    }

    fn tpl(&self, template: &Text, data: Value) -> Result<Text, functions::Error> {
        self.0.tpl(self, template, data)
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<yaml::Value, functions::Error> {
        Ok(yaml::Value::Map(yaml::Map::new()))
    }
}

fn render(template: &str, values: &str) -> Result<String, String> {
    let templates = Templates::new(functions::find, "gotpl", "gotpl");
    let helper = r#"{{ define "c.helper" }}[{{ .Values.s }}]{{ end }}"#;
    templates.parse("c/templates/_helper.tpl", helper).map_err(|err| err.to_string())?;
    templates.parse("c/templates/x.yaml", template).map_err(|err| err.to_string())?;
    let values = yaml::Value::from_json(values).unwrap().numbers_as_floats();
    let root = Map::default();
    root.set("Values", Value::Map(Map::from_plain(values.as_map().unwrap(), MapType::Values)));
    let root = root.typed(MapType::Values);
    let chart = Chart(templates);
    let rendered = chart.0.render(&chart, "c/templates/x.yaml", Value::Map(root)).unwrap();
    rendered.map(|text| text.as_str().into_owned()).map_err(|err| err.to_string())
}

#[test]
fn answers_are_those_of_helm() {
    let recorded: Recorded = serde_json::from_str(include_str!("oracle/functions.json")).unwrap();
    let values = recorded.values.to_string();
    let wrong = on_large_stack(move || {
        let mut wrong = Vec::new();
        for case in recorded.cases {
            let answer = render(&case.template, &values);
            let expected = case.output.clone().map_or_else(|| Err(case.error.clone().unwrap()), Ok);
            if answer != expected {
                wrong.push(format!(
                    "{}\n  helm:     {expected:?}\n  windlass: {answer:?}",
                    case.template
                ));
            }
        }
        wrong
    })
    .unwrap();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
