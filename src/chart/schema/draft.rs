//! The drafts of JSON Schema: how each is named, where it has schemas, and its own schema.

use std::sync::OnceLock;

use super::document::escape;
use crate::yaml::{Map, Value};

/// A version of JSON Schema; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    Draft2019,
    Draft2020,
}

/// What counts for a schema that does not say.
pub(super) const DEFAULT: Draft = Draft::Draft2020;

impl Draft {
    /// Returns the draft that a `$schema` names.
    pub(super) fn named(schema: &str) -> Option<Self> {
        let schema = schema.strip_suffix('#').unwrap_or(schema);
        let name = schema.strip_prefix("http://").or_else(|| schema.strip_prefix("https://"))?;
        Some(match name {
            "json-schema.org/schema" => DEFAULT,
            "json-schema.org/draft/2020-12/schema" => Self::Draft2020,
            "json-schema.org/draft/2019-09/schema" => Self::Draft2019,
            "json-schema.org/draft-07/schema" => Self::Seven,
            "json-schema.org/draft-06/schema" => Self::Six,
            "json-schema.org/draft-04/schema" => Self::Four,
            _ => return None,
        })
    }

    /// Returns the address of its metaschema.
    pub(super) fn url(self) -> &'static str {
        match self {
            Self::Four => "http://json-schema.org/draft-04/schema",
            Self::Six => "http://json-schema.org/draft-06/schema",
            Self::Seven => "http://json-schema.org/draft-07/schema",
            Self::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// Returns the `$id` of a schema, without its fragment.
    pub(super) fn id(self, schema: &Map) -> Option<&str> {
        let key = if self == Self::Four { "id" } else { "$id" };
        // What stands beside a `$ref` does not count in the older drafts.
        if self < Self::Draft2019 && schema.contains_key("$ref") {
            return None;
        }
        let id = super::url::split_fragment(schema.get(key)?.as_str()?).0;
        Some(id).filter(|id| !id.is_empty())
    }

    /// Returns the schemas in a schema, with their pointers.
    pub(super) fn subschemas<'a>(self, schema: &'a Map, at: &str) -> Vec<(String, &'a Value)> {
        let mut found = Vec::new();
        for (key, value) in schema {
            let Some(form) = form(key).filter(|(since, _)| *since <= self).map(|(_, form)| form)
            else {
                continue;
            };
            let path = format!("{at}/{key}");
            match value {
                Value::Map(map) if form == Form::Map => {
                    for (key, value) in map {
                        found.push((format!("{path}/{}", escape(key)), value));
                    }
                }
                Value::List(items) if matches!(form, Form::List | Form::OneOrList) => {
                    let item = |(index, value)| (format!("{path}/{index}"), value);
                    found.extend(items.iter().enumerate().map(item));
                }
                value if matches!(form, Form::One | Form::OneOrList) => found.push((path, value)),
                _ => {}
            }
        }
        found
    }
}

/// How a keyword holds schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    One,
    OneOrList,
    List,
    Map,
}

/// Says since which draft and how a keyword holds schemas.
fn form(keyword: &str) -> Option<(Draft, Form)> {
    Some(match keyword {
        "definitions" | "properties" | "patternProperties" | "dependencies" => {
            (Draft::Four, Form::Map)
        }
        "not" | "additionalProperties" | "additionalItems" => (Draft::Four, Form::One),
        "allOf" | "anyOf" | "oneOf" => (Draft::Four, Form::List),
        "items" => (Draft::Four, Form::OneOrList),
        "propertyNames" | "contains" => (Draft::Six, Form::One),
        "if" | "then" | "else" => (Draft::Seven, Form::One),
        "$defs" | "dependentSchemas" => (Draft::Draft2019, Form::Map),
        "unevaluatedProperties" | "unevaluatedItems" | "contentSchema" => {
            (Draft::Draft2019, Form::One)
        }
        "prefixItems" => (Draft::Draft2020, Form::List),
        _ => return None,
    })
}

/// Returns the metaschema, or part of one, at an address.
pub(super) fn metaschema(url: &str) -> Option<&'static Value> {
    let name = url.strip_prefix("http://json-schema.org/");
    let name = name.or_else(|| url.strip_prefix("https://json-schema.org/"))?;
    let name = if name == "schema" { "draft/2020-12/schema" } else { name };
    let at = METASCHEMAS.iter().position(|(known, _)| *known == name)?;
    let parse = || {
        Value::from_json(METASCHEMAS[at].1).expect("the metaschemas are JSON, which a test reads")
    };
    Some(PARSED[at].get_or_init(parse))
}

static PARSED: [OnceLock<Value>; METASCHEMAS.len()] =
    [const { OnceLock::new() }; METASCHEMAS.len()];

/// The metaschemas of json-schema.org, by their paths there.
const METASCHEMAS: [(&str, &str); 19] = [
    ("draft-04/schema", include_str!("metaschemas/draft-04.json")),
    ("draft-06/schema", include_str!("metaschemas/draft-06.json")),
    ("draft-07/schema", include_str!("metaschemas/draft-07.json")),
    ("draft/2019-09/schema", include_str!("metaschemas/2019-09/schema.json")),
    ("draft/2019-09/meta/core", include_str!("metaschemas/2019-09/core.json")),
    ("draft/2019-09/meta/applicator", include_str!("metaschemas/2019-09/applicator.json")),
    ("draft/2019-09/meta/validation", include_str!("metaschemas/2019-09/validation.json")),
    ("draft/2019-09/meta/meta-data", include_str!("metaschemas/2019-09/meta-data.json")),
    ("draft/2019-09/meta/format", include_str!("metaschemas/2019-09/format.json")),
    ("draft/2019-09/meta/content", include_str!("metaschemas/2019-09/content.json")),
    ("draft/2020-12/schema", include_str!("metaschemas/2020-12/schema.json")),
    ("draft/2020-12/meta/core", include_str!("metaschemas/2020-12/core.json")),
    ("draft/2020-12/meta/applicator", include_str!("metaschemas/2020-12/applicator.json")),
    ("draft/2020-12/meta/unevaluated", include_str!("metaschemas/2020-12/unevaluated.json")),
    ("draft/2020-12/meta/validation", include_str!("metaschemas/2020-12/validation.json")),
    ("draft/2020-12/meta/meta-data", include_str!("metaschemas/2020-12/meta-data.json")),
    (
        "draft/2020-12/meta/format-annotation",
        include_str!("metaschemas/2020-12/format-annotation.json"),
    ),
    (
        "draft/2020-12/meta/format-assertion",
        include_str!("metaschemas/2020-12/format-assertion.json"),
    ),
    ("draft/2020-12/meta/content", include_str!("metaschemas/2020-12/content.json")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metaschema_can_be_read_and_names_itself() {
        for (name, _) in METASCHEMAS {
            let value = metaschema(&format!("https://json-schema.org/{name}")).expect(name);
            let id = value.get("$id").or_else(|| value.get("id")).and_then(Value::as_str);
            let id = id.expect(name).trim_end_matches('#');
            assert!(id.ends_with(&format!("json-schema.org/{name}")), "{id}");
        }
    }

    #[test]
    fn drafts_are_known_by_their_addresses() {
        let cases = [
            ("http://json-schema.org/draft-07/schema#", Some(Draft::Seven)),
            ("https://json-schema.org/draft-07/schema", Some(Draft::Seven)),
            ("http://json-schema.org/draft-04/schema#", Some(Draft::Four)),
            ("http://json-schema.org/schema#", Some(Draft::Draft2020)),
            ("http://json-schema.org/draft-03/schema#", None),
            ("http://json-schema.org/draft-07/schema#x", None),
            ("draft-07", None),
        ];
        for (schema, expected) in cases {
            assert_eq!(Draft::named(schema), expected, "{schema}");
        }
    }
}
