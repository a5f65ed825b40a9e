//! What does not fit a schema, as text: the words of the validator that Helm uses.

use super::number::{Number, grouped};
use crate::values::go;
use crate::yaml::Value;

/// One thing that does not fit, with what led to it.
#[derive(Debug)]
pub(super) struct Failure {
    /// The pointer to the value.
    pub(super) at: String,
    /// What is wrong with it.
    pub(super) kind: Kind,
    /// What else is wrong that made this wrong.
    pub(super) causes: Vec<Self>,
}

/// What can be wrong with a value.
#[derive(Debug)]
pub(super) enum Kind {
    /// Several things, which are the causes.
    Group,
    /// What a reference leads to does not fit.
    Reference,
    /// The failure is not to be shown.
    Hidden,
    Not,
    AllOf,
    AnyOf,
    /// None fits, or these two do.
    OneOf(Option<(usize, usize)>),
    FalseSchema,
    Cycle {
        first: String,
        second: String,
        url: String,
    },
    Type {
        got: &'static str,
        want: Vec<&'static str>,
    },
    Enum(Vec<Value>),
    Const(Value),
    Format {
        got: String,
        want: String,
        reason: String,
    },
    /// A keyword that compares a count.
    Count {
        keyword: &'static str,
        got: i64,
        want: i64,
    },
    /// A keyword that compares a number.
    Number {
        keyword: &'static str,
        got: Number,
        want: Number,
    },
    AdditionalItems(usize),
    Required(Vec<String>),
    Dependency {
        property: String,
        missing: Vec<String>,
    },
    AdditionalProperties(Vec<String>),
    PropertyNames(String),
    UniqueItems(usize, usize),
    Contains,
    MinContains {
        got: Vec<usize>,
        want: i64,
    },
    MaxContains {
        got: Vec<usize>,
        want: i64,
    },
    Pattern {
        got: String,
        want: String,
    },
}

impl Failure {
    /// Returns the lines that say what is wrong, each after a line break.
    pub(super) fn lines(causes: &[Self]) -> String {
        let mut text = String::new();
        for cause in causes {
            cause.write(0, &mut text);
        }
        text
    }

    fn write(&self, depth: usize, text: &mut String) {
        // A reference that leads to one failure adds nothing to it.
        let is_shown = !matches!(self.kind, Kind::Reference) || self.causes.len() != 1;
        if is_shown {
            text.push('\n');
            text.extend(std::iter::repeat_n("  ", depth));
            text.push_str(&format!("- at {}: {}", quote(&self.at), self.kind.text()));
        }
        for cause in &self.causes {
            cause.write(depth + usize::from(is_shown), text);
        }
    }

    /// Takes the failures out of a group.
    pub(super) fn ungrouped(self) -> Vec<Self> {
        if matches!(self.kind, Kind::Group) { self.causes } else { vec![self] }
    }
}

impl Kind {
    fn text(&self) -> String {
        match self {
            Self::Group | Self::Reference | Self::Hidden => "validation failed".to_owned(),
            Self::Not => "'not' failed".to_owned(),
            Self::AllOf => "'allOf' failed".to_owned(),
            Self::AnyOf => "'anyOf' failed".to_owned(),
            Self::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
            Self::OneOf(Some((first, second))) => {
                format!("'oneOf' failed, subschemas {}, {} matched", count(*first), count(*second))
            }
            Self::FalseSchema => "false schema".to_owned(),
            Self::Cycle { first, second, url } => format!(
                "both {first} and {second} resolve to {} causing reference cycle",
                go::quote(url)
            ),
            Self::Type { got, want } => format!("got {got}, want {}", want.join(" or ")),
            Self::Enum(want) => one_of(want),
            Self::Const(want) => match want {
                Value::List(_) | Value::Map(_) => "'const' failed".to_owned(),
                want => format!("value must be {}", display(want)),
            },
            Self::Format { got, want, reason } => {
                format!("{} is not valid {want}: {reason}", quote(got))
            }
            Self::Count { keyword, got, want } => {
                format!("{keyword}: got {}, want {}", count(*got), count(*want))
            }
            Self::Number { keyword, got, want } => {
                format!("{keyword}: got {}, want {}", got.localized(), want.localized())
            }
            Self::AdditionalItems(number) => {
                format!("last {} additionalItem(s) not allowed", count(*number))
            }
            Self::Required(missing) if missing.len() == 1 => {
                format!("missing property {}", quoted(missing))
            }
            Self::Required(missing) => format!("missing properties {}", quoted(missing)),
            Self::Dependency { property, missing } => {
                format!("properties {} required, if {} exists", quoted(missing), quote(property))
            }
            Self::AdditionalProperties(names) => {
                format!("additional properties {} not allowed", quoted(names))
            }
            Self::PropertyNames(name) => format!("invalid propertyName {}", quote(name)),
            Self::UniqueItems(first, second) => {
                format!("items at {} and {} are equal", count(*first), count(*second))
            }
            Self::Contains => "no items match contains schema".to_owned(),
            Self::MinContains { got, want } if got.is_empty() => format!(
                "min {} items required to match contains schema, but none matched",
                count(*want)
            ),
            Self::MinContains { got, want } => contained("min", got, *want),
            Self::MaxContains { got, want } => contained("max", got, *want),
            Self::Pattern { got, want } => {
                format!("{} does not match pattern {}", quote(got), quote(want))
            }
        }
    }
}

fn contained(bound: &str, got: &[usize], want: i64) -> String {
    let places: Vec<String> = got.iter().map(ToString::to_string).collect();
    format!(
        "{bound} {} items required to match contains schema, but matched {} items at {}",
        count(want),
        count(got.len()),
        places.join(" ")
    )
}

fn one_of(want: &[Value]) -> String {
    if want.iter().any(|value| matches!(value, Value::List(_) | Value::Map(_))) {
        return "'enum' failed".to_owned();
    }
    let shown: Vec<String> = want.iter().map(display).collect();
    match shown.as_slice() {
        [one] => format!("value must be {one}"),
        all => format!("value must be one of {}", all.join(", ")),
    }
}

fn display(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Null => "<nil>".to_owned(),
        other => other.to_json(),
    }
}

fn count(number: impl ToString) -> String {
    grouped(&number.to_string())
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

/// Quotes with single quotes, in the validator's own way.
pub(super) fn quote(text: &str) -> String {
    let quoted = go::quote(text).replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", &quoted[1..quoted.len() - 1])
}
