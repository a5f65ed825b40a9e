//! The functions that ask the rendering, give defaults, and turn values into YAML, JSON or TOML.

use super::{Function, plain, variadic};
use crate::engine::functions::Type::{Any, Bool, String as Text};
use crate::engine::functions::arguments::{Answer, boolean, rest, string, value};
use crate::engine::functions::{defaults, json, to_yaml, toml};
use crate::engine::value::Value;

pub(super) const HELM: &[Function] = &[
    plain("include", &[("name", Text), ("data", Any)], |host, a| {
        host.include(&string(a, 0), value(a, 1).clone())?.answer()
    }),
    plain("tpl", &[("template", Text), ("data", Any)], |host, a| match value(a, 0) {
        Value::String(template) => host.tpl(template, value(a, 1).clone())?.answer(),
        _ => "".answer(),
    }),
    plain("required", &[("message", Text), ("value", Any)], |host, a| {
        defaults::required(host, &string(a, 0), value(a, 1))
    }),
    plain("fail", &[("message", Text)], |host, a| defaults::fail(host, &string(a, 0))),
    plain(
        "lookup",
        &[("api_version", Text), ("kind", Text), ("namespace", Text), ("name", Text)],
        |host, a| {
            let found = host.lookup(&string(a, 0), &string(a, 1), &string(a, 2), &string(a, 3))?;
            Value::from(&found).answer()
        },
    ),
    plain("getHostByName", &[("name", Text)], |host, a| host.resolve(&string(a, 0))?.answer()),
    plain("hello", &[], |_, _| "Hello!".answer()),
];

pub(super) const DEFAULTS: &[Function] = &[
    variadic("default", &[("value", Any), ("given", Any)], |_, a| {
        defaults::default(value(a, 0), rest(a, 1)).clone().answer()
    }),
    plain("empty", &[("value", Any)], |_, a| (!value(a, 0).truth()).answer()),
    variadic("coalesce", &[("values", Any)], |_, a| defaults::coalesce(a).answer()),
    variadic("all", &[("values", Any)], |_, a| a.iter().all(Value::truth).answer()),
    variadic("any", &[("values", Any)], |_, a| a.iter().any(Value::truth).answer()),
    plain("ternary", &[("yes", Any), ("no", Any), ("condition", Bool)], |_, a| {
        value(a, usize::from(!boolean(a, 2))).clone().answer()
    }),
];

pub(super) const SERIAL: &[Function] = &[
    plain("toYaml", &[("value", Any)], |_, a| {
        to_yaml::to_yaml(value(a, 0)).unwrap_or_default().answer()
    }),
    plain("mustToYaml", &[("value", Any)], |_, a| to_yaml::to_yaml(value(a, 0)).answer()),
    plain("toYamlPretty", &[("value", Any)], |_, a| to_yaml::to_yaml_pretty(value(a, 0)).answer()),
    plain("fromYaml", &[("text", Text)], |_, a| to_yaml::from_yaml(&string(a, 0)).answer()),
    plain("fromYamlArray", &[("text", Text)], |_, a| {
        to_yaml::from_yaml_array(&string(a, 0)).answer()
    }),
    plain("toJson", &[("value", Any)], |_, a| {
        json::to_json(value(a, 0)).unwrap_or_default().answer()
    }),
    plain("mustToJson", &[("value", Any)], |_, a| json::to_json(value(a, 0)).answer()),
    plain("toPrettyJson", &[("value", Any)], |_, a| {
        json::to_pretty_json(value(a, 0)).unwrap_or_default().answer()
    }),
    plain("mustToPrettyJson", &[("value", Any)], |_, a| json::to_pretty_json(value(a, 0)).answer()),
    plain("toRawJson", &[("value", Any)], |_, a| json::to_raw_json(value(a, 0)).answer()),
    plain("mustToRawJson", &[("value", Any)], |_, a| json::to_raw_json(value(a, 0)).answer()),
    plain("fromJson", &[("text", Text)], |_, a| json::from_json(&string(a, 0)).answer()),
    plain("fromJsonArray", &[("text", Text)], |_, a| json::from_json_array(&string(a, 0)).answer()),
    plain("mustFromJson", &[("text", Text)], |_, a| json::must_from_json(&string(a, 0))),
    plain("toToml", &[("value", Any)], |_, a| toml::to_toml(value(a, 0)).answer()),
    plain("mustToToml", &[("value", Any)], |_, a| toml::must_to_toml(value(a, 0)).answer()),
    plain("fromToml", &[("text", Text)], |_, a| toml::from_toml(&string(a, 0)).answer()),
];
