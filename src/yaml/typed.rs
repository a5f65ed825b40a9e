//! From values to typed data, in the way of Go: sigs.k8s.io/yaml and encoding/json are forgiving
//! where charts need it.
//!
//! A number or boolean may stand where a string is wanted (`appVersion: 1.16`), null is Go's zero
//! value of any type, and the case of a field's name does not matter.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, IntoDeserializer, Unexpected, Visitor};
use serde::ser::Serialize;
use serde::{Deserializer, forward_to_deserialize_any};

use super::conversion::whole;
use super::error::Error;
use super::number::key_float;
use super::value::{Map, Value};

/// Makes typed data of a value, as Helm's YAML library fills a Go struct.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    let typed = Typed { value: &value, path: Path::Root };
    T::deserialize(typed).map_err(|Mismatch { path, problem }| Error::Shape { path, problem })
}

/// Makes a value of typed data.
pub fn to_value<T: Serialize>(data: T) -> Result<Value, Error> {
    match serde_json::to_value(data) {
        Ok(json) => Ok(json.into()),
        Err(err) => Err(Error::Shape { path: String::new(), problem: err.to_string() }),
    }
}

/// A part of a value on its way into typed data.
#[derive(Clone, Copy)]
struct Typed<'v> {
    value: &'v Value,
    path: Path<'v>,
}

/// Where a part is in the whole value.
#[derive(Clone, Copy)]
enum Path<'v> {
    Root,
    Key(&'v Self, &'v str),
    Index(&'v Self, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// What does not fit, and where.
#[derive(Debug)]
struct Mismatch {
    path: String,
    problem: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(problem: T) -> Self {
        Self { path: String::new(), problem: problem.to_string() }
    }
}

static ZERO: Value = Value::Int(0);
static FALSE: Value = Value::Bool(false);
static NO_ITEMS: Value = Value::List(Vec::new());
static NO_ENTRIES: Value = Value::Map(Map::new());

impl<'v> Typed<'v> {
    /// Returns the part, or Go's zero value in place of null.
    fn or(self, zero: &'v Value) -> Self {
        if self.value.is_null() { Self { value: zero, ..self } } else { self }
    }

    /// Hands the part to what is being filled, as the kind that it is.
    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let filled = match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Int(number) => visitor.visit_i64(*number),
            Value::UInt(number) => visitor.visit_u64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::String(text) => visitor.visit_str(text),
            Value::List(items) => self.visit_items(items, visitor),
            Value::Map(map) => {
                let entries = map.iter().map(|(key, value)| (key.as_str(), key.as_str(), value));
                self.visit_entries(entries, visitor)
            }
        };
        filled.map_err(|err| self.located(err))
    }

    fn visit_items<'de, V: Visitor<'de>>(
        self,
        items: &[Value],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let items = items.iter().enumerate();
        let parts =
            items.map(|(index, value)| Typed { value, path: Path::Index(&self.path, index) });
        let mut access = SeqDeserializer::new(parts);
        let filled = visitor.visit_seq(&mut access)?;
        access.end()?;
        Ok(filled)
    }

    /// Hands over entries, given by the name of the field, their own key, and their value.
    fn visit_entries<'e, 'de, V: Visitor<'de>>(
        self,
        entries: impl Iterator<Item = (&'e str, &'e str, &'e Value)>,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let parts = entries
            .map(|(field, key, value)| (field, Typed { value, path: Path::Key(&self.path, key) }));
        let mut access = MapDeserializer::new(parts);
        let filled = visitor.visit_map(&mut access)?;
        access.end()?;
        Ok(filled)
    }

    /// Adds the place to an error that has none yet.
    fn located(self, mut err: Mismatch) -> Mismatch {
        if err.path.is_empty() {
            err.path = self.path.to_string();
        }
        err
    }

    /// Returns the text that a scalar has where a string is wanted.
    fn text(self) -> Option<String> {
        match self.value {
            Value::Null => Some(String::new()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::UInt(number) => Some(number.to_string()),
            Value::Float(number) => Some(key_float(*number)),
            Value::String(_) | Value::List(_) | Value::Map(_) => None,
        }
    }
}

macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.value {
                // The sum makes 0 of -0.
                Value::Float(number) if let Some(number) = whole(*number + 0.0) => {
                    visitor.visit_i64(number).map_err(|err| self.located(err))
                }
                _ => self.or(&ZERO).visit(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Typed<'_> {
    type Error = Mismatch;

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.or(&FALSE).visit(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.or(&ZERO).visit(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.text() {
            Some(text) => visitor.visit_string(text).map_err(|err| self.located(err)),
            None => self.visit(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.or(&NO_ITEMS).visit(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.or(&NO_ENTRIES).visit(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let typed = self.or(&NO_ENTRIES);
        let filled = match typed.value {
            Value::Map(map) => typed.visit_entries(with_field_names(map, fields), visitor),
            // A struct reads itself from a sequence too, which Go's does not.
            Value::List(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => typed.visit(visitor),
        };
        filled.map_err(|err| self.located(err))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let filled = match (self.value, self.text()) {
            (Value::String(text), _) => visitor.visit_enum(text.as_str().into_deserializer()),
            (Value::Map(map), _) => {
                let parts = map.iter().map(|(key, value)| {
                    (key.as_str(), Typed { value, path: Path::Key(&self.path, key) })
                });
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(parts)))
            }
            (_, Some(text)) => visitor.visit_enum(text.into_deserializer()),
            _ => self.visit(visitor),
        };
        filled.map_err(|err| self.located(err))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

impl<'de> IntoDeserializer<'de, Mismatch> for Typed<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Returns entries under their field's name; a key in another case counts where none is exact.
fn with_field_names<'e>(
    map: &'e Map,
    fields: &'static [&'static str],
) -> impl Iterator<Item = (&'e str, &'e str, &'e Value)> {
    let mut taken: Vec<&str> = Vec::new();
    map.iter().filter_map(move |(key, value)| {
        let key = key.as_str();
        let is_alike = |field: &&&str| field.eq_ignore_ascii_case(key);
        match fields.iter().find(is_alike) {
            Some(field) if *field != key && !fields.contains(&key) => {
                if map.contains_key(*field) || taken.contains(field) {
                    return None;
                }
                taken.push(field);
                Some((*field, key, value))
            }
            _ => Some((key, key, value)),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::yaml::parse;

    #[derive(Debug, PartialEq, Default, serde::Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Metadata {
        name: String,
        app_version: String,
        keywords: Vec<String>,
        annotations: BTreeMap<String, String>,
        revision: i64,
        deprecated: bool,
        icon: Option<String>,
        kind: Kind,
        extra: Value,
    }

    #[derive(Debug, PartialEq, Default, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        #[default]
        Application,
        Library,
    }

    fn check(yaml: &str, expected: Metadata) {
        let value = parse(yaml).expect(yaml);
        assert_eq!(from_value::<Metadata>(value).expect(yaml), expected);
    }

    #[test]
    fn scalars_become_strings_where_strings_are_wanted() {
        check(
            "{name: yes, appVersion: 1.10, keywords: [1, two], annotations: {a: true, 2: 0x10}}",
            Metadata {
                name: "true".into(),
                app_version: "1.1".into(),
                keywords: vec!["1".into(), "two".into()],
                annotations: [("2".into(), "16".into()), ("a".into(), "true".into())].into(),
                ..Metadata::default()
            },
        );
    }

    #[test]
    fn null_leaves_everything_at_its_zero() {
        check(
            "{name: , keywords: , annotations: ~, revision: null, deprecated: , icon: , kind: library}",
            Metadata { kind: Kind::Library, ..Metadata::default() },
        );
        check("", Metadata::default());
    }

    #[test]
    fn field_names_match_in_any_case_and_exact_ones_win() {
        check(
            "{Name: other, name: mine, APPVERSION: '2', unknown: 1, revision: 3.0, extra: [1, {a: 1.5}]}",
            Metadata {
                name: "mine".into(),
                app_version: "2".into(),
                revision: 3,
                extra: parse("[1, {a: 1.5}]").expect("a list"),
                ..Metadata::default()
            },
        );
    }

    #[test]
    fn another_shape_is_an_error_with_its_place() {
        let cases = [
            ("[]", "invalid type: sequence, expected struct Metadata"),
            ("{name: []}", "`name`: invalid type: sequence, expected a string"),
            ("{keywords: [a, {}]}", "`keywords[1]`: invalid type: map, expected a string"),
            (
                "{Annotations: {a: []}}",
                "`Annotations.a`: invalid type: sequence, expected a string",
            ),
            ("{revision: x}", "`revision`: invalid type: string \"x\", expected i64"),
            (
                "{kind: other}",
                "`kind`: unknown variant `other`, expected `application` or `library`",
            ),
        ];
        for (yaml, expected) in cases {
            let err = from_value::<Metadata>(parse(yaml).expect(yaml)).expect_err(yaml);
            assert_eq!(err.to_string(), expected);
        }
    }
}
