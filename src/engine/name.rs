//! A release's name from a template of its own, which sees no chart.

use super::functions::{self, Function, Host};
use super::gotemplate::{Templates, on_large_stack};
use super::value::{Text, Value};
use crate::yaml;

/// What the template is called in errors.
const NAME: &str = "name-template";

/// What Helm adds to Sprig's functions, which a name's template does not have.
const OF_CHARTS: [&str; 13] = [
    "include",
    "tpl",
    "required",
    "lookup",
    "toYaml",
    "mustToYaml",
    "toYamlPretty",
    "fromYaml",
    "fromYamlArray",
    "toToml",
    "mustToToml",
    "fromToml",
    "fromJsonArray",
];

/// Renders the template of a release's name; the error is Go's text.
///
/// # Errors
/// Fails if the text is no template, or cannot be executed.
pub fn render_name(template: &str) -> Result<String, String> {
    let rendered = on_large_stack(|| {
        let templates = Templates::new(find, NAME, NAME);
        templates.parse(NAME, template).map_err(|error| error.go_text())?;
        let rendered = templates.render(&NoChart, NAME, Value::Nil);
        // A text without anything in it is no template.
        let text = rendered.unwrap_or_else(|| Ok(Text::Utf8("".into())));
        text.map(|text| text.as_str().into_owned()).map_err(|error| error.go_text())
    });
    rendered.unwrap_or_else(|error| Err(format!("cannot start a thread for rendering: {error}")))
}

fn find(name: &str) -> Option<&'static Function> {
    functions::find(name).filter(|_| !OF_CHARTS.contains(&name))
}

/// Stands for the chart that is not there; none of its functions can be named.
struct NoChart;

impl Host for NoChart {
    fn include(&self, name: &str, _: Value) -> Result<Text, functions::Error> {
        Err(functions::Error::Message(format!("there is no chart with a template {name}")))
    }

    fn tpl(&self, _: &Text, _: Value) -> Result<Text, functions::Error> {
        Err(functions::Error::Message("there is no chart".to_owned()))
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<yaml::Value, functions::Error> {
        Ok(yaml::Value::Map(yaml::Map::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::render_name;

    #[test]
    fn names_are_made_with_sprigs_functions() {
        // Recorded from Helm.
        let cases = [
            (r#"{{ "Data" | lower }}-{{ 40 | add 2 }}"#, Ok("data-42")),
            ("{{ .x }}", Ok("<no value>")),
            ("", Ok("")),
            ("a{{", Err("template: name-template:1: unclosed action")),
            (
                r#"{{ include "x" . }}"#,
                Err(r#"template: name-template:1: function "include" not defined"#),
            ),
            (
                r#"{{ fail "boo" }}"#,
                Err(
                    r#"template: name-template:1:3: executing "name-template" at <fail "boo">: error calling fail: boo"#,
                ),
            ),
        ];
        for (template, expected) in cases {
            let rendered = render_name(template);
            assert_eq!(rendered.as_deref().map_err(String::as_str), expected, "{template}");
        }
    }
}
