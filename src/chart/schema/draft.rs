//! The drafts of JSON Schema: how each is named, where it has schemas, and its own schema.

use std::sync::OnceLock;

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
}

/// How a keyword holds schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    One,
    OneOrList,
    List,
    Map,
}

impl Form {
    /// Says how a keyword of a draft holds schemas, if it does.
    pub(super) fn of(keyword: &str, draft: Draft) -> Option<Self> {
        let (since, form) = match keyword {
            "definitions" | "properties" | "patternProperties" | "dependencies" => {
                (Draft::Four, Self::Map)
            }
            "not" | "additionalProperties" | "additionalItems" => (Draft::Four, Self::One),
            "allOf" | "anyOf" | "oneOf" => (Draft::Four, Self::List),
            "items" => (Draft::Four, Self::OneOrList),
            "propertyNames" | "contains" => (Draft::Six, Self::One),
            "if" | "then" | "else" => (Draft::Seven, Self::One),
            "$defs" | "dependentSchemas" => (Draft::Draft2019, Self::Map),
            "unevaluatedProperties" | "unevaluatedItems" | "contentSchema" => {
                (Draft::Draft2019, Self::One)
            }
            "prefixItems" => (Draft::Draft2020, Self::List),
            _ => return None,
        };
        Some(form).filter(|_| since <= draft)
    }

    /// Says whether the schemas are one level below the keyword, for one with a list or without.
    pub(super) fn is_nested(self, is_list: bool) -> bool {
        match self {
            Self::One => false,
            Self::OneOrList => is_list,
            Self::List | Self::Map => true,
        }
    }
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
            // Draft 4's own has no address in it.
            if let Some(id) = value.get("$id").and_then(Value::as_str) {
                let id = id.trim_end_matches('#');
                assert!(id.ends_with(&format!("json-schema.org/{name}")), "{id}");
            }
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
