//! Values on their way into Tera and back.
//!
//! Tera's values never change, so a template gets a copy. Helm's whole floats become integers, so
//! that `2` prints as `2` and ten million as `10000000`, not as `1e+07`.

use super::objects::object_to_tera;
use crate::engine::functions::snake_case;
use crate::engine::value::{MAX_DEPTH, Map, MapType, Text, TooDeep, Value};
use crate::yaml;

/// Every whole number up to this one is a float of its own (2^53), so it was written as an integer.
const LAST_EXACT_INTEGER: f64 = 9_007_199_254_740_992.0;

/// Makes the Tera value of `value`.
///
/// # Errors
/// Fails when it is nested deeper than [`MAX_DEPTH`], as a map that holds itself is.
pub(super) fn to_tera(value: &Value) -> Result<::tera::Value, TooDeep> {
    to_tera_within(value, MAX_DEPTH)
}

fn to_tera_within(value: &Value, depth: usize) -> Result<::tera::Value, TooDeep> {
    let depth = depth.checked_sub(1).ok_or(TooDeep)?;
    Ok(match value {
        Value::Nil => ::tera::Value::none(),
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) | Value::Int64(number) => (*number).into(),
        Value::Uint8(number) => (*number).into(),
        Value::Uint64(number) => (*number).into(),
        Value::Float(number) => float(*number),
        Value::Complex(real, imaginary) => format!("({real}{imaginary:+}i)").into(),
        Value::String(Text::Utf8(text)) => (&**text).into(),
        Value::String(Text::Raw(bytes)) | Value::Bytes(bytes) => ::tera::Value::bytes(&**bytes),
        Value::List(list) => {
            let items = list.items.iter().map(|item| to_tera_within(item, depth));
            items.collect::<Result<Vec<_>, _>>()?.into()
        }
        Value::Map(map) => {
            entries(map.snapshot().iter().map(|(key, value)| (&**key, value)), depth)?
        }
        Value::Object(object) => match (object.entries(), object.basic()) {
            (Some(found), _) => entries(found.iter().map(|(key, value)| (&**key, value)), depth)?,
            (None, Some(basic)) => to_tera_within(&basic, depth)?,
            (None, None) => object_to_tera(&**object)?,
        },
    })
}

fn float(number: f64) -> ::tera::Value {
    if number.fract() == 0.0 && number.abs() <= LAST_EXACT_INTEGER {
        (number as i64).into()
    } else {
        number.into()
    }
}

fn entries<'a>(
    entries: impl Iterator<Item = (&'a str, &'a Value)>,
    depth: usize,
) -> Result<::tera::Value, TooDeep> {
    let mut map = ::tera::Map::new();
    for (key, value) in entries {
        map.insert(key.to_owned().into(), to_tera_within(value, depth)?);
    }
    Ok(map.into())
}

/// Makes the Tera value of plain data, which is never nested too deeply.
pub(super) fn plain(value: &yaml::Value) -> ::tera::Value {
    match value {
        yaml::Value::Null => ::tera::Value::none(),
        yaml::Value::Bool(truth) => (*truth).into(),
        yaml::Value::Int(number) => (*number).into(),
        yaml::Value::UInt(number) => (*number).into(),
        yaml::Value::Float(number) => float(*number),
        yaml::Value::String(text) => text.as_str().into(),
        yaml::Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().into(),
        yaml::Value::Map(map) => {
            let mut copy = ::tera::Map::with_capacity(map.len());
            copy.extend(map.iter().map(|(key, value)| (key.clone().into(), plain(value))));
            copy.into()
        }
    }
}

/// Makes the Tera value of a part of Helm's own, whose field names become snake_case.
pub(super) fn renamed(value: &yaml::Value) -> ::tera::Value {
    match value {
        yaml::Value::Map(map) => {
            let mut renamed_map = ::tera::Map::with_capacity(map.len());
            for (key, value) in map {
                // The keys of annotations are the author's.
                let value = if key == "Annotations" { plain(value) } else { renamed(value) };
                renamed_map.insert(snake_case(key).into(), value);
            }
            renamed_map.into()
        }
        yaml::Value::List(items) => items.iter().map(renamed).collect::<Vec<_>>().into(),
        other => plain(other),
    }
}

/// Makes the run-time value of a Tera value; `root` takes the place of the variable `root`.
///
/// # Errors
/// Fails when it is nested deeper than [`MAX_DEPTH`].
pub(super) fn from_tera(value: &::tera::Value, root: &Map) -> Result<Value, TooDeep> {
    from_tera_within(value, root, MAX_DEPTH)
}

fn from_tera_within(value: &::tera::Value, root: &Map, depth: usize) -> Result<Value, TooDeep> {
    let depth = depth.checked_sub(1).ok_or(TooDeep)?;
    if let Some(truth) = value.as_bool() {
        Ok(Value::Bool(truth))
    } else if let Some(text) = value.as_str() {
        Ok(text.into())
    } else if let Some(bytes) = value.as_bytes() {
        Ok(Value::String(Text::from_bytes(bytes)))
    } else if let Some(number) = value.as_number() {
        Ok(integer(value).unwrap_or(Value::Float(number.as_float())))
    } else if let Some(items) = value.as_array() {
        let items = items.iter().map(|item| from_tera_within(item, root, depth));
        Ok(items.collect::<Result<Vec<_>, _>>()?.into())
    } else if let Some(map) = value.as_map() {
        if is_root(map) {
            return Ok(root.clone().into());
        }
        let entries = map.iter().map(|(key, value)| {
            Ok((key.to_string().into(), from_tera_within(value, root, depth)?))
        });
        Ok(Map::new(entries.collect::<Result<_, _>>()?, MapType::Any).into())
    } else {
        Ok(Value::Nil)
    }
}

fn integer(value: &::tera::Value) -> Option<Value> {
    value.as_i64().map(Value::Int64).or_else(|| value.as_u64().map(Value::Uint64))
}

/// The key of the only entry of the variable `root`.
const ROOT_KEY: &str = "what Go templates see, for the context of include";

/// Returns what stands for the root of Go's templates where a Tera template passes it on.
pub(super) fn root() -> ::tera::Value {
    let mut map = ::tera::Map::new();
    map.insert(ROOT_KEY.into(), true.into());
    map.into()
}

/// Says whether this is what stands for the root.
pub(super) fn is_root(map: &::tera::Map) -> bool {
    map.len() == 1 && map.keys().any(|key| key.as_str() == Some(ROOT_KEY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(value: Value) -> String {
        to_tera(&value).unwrap().to_string()
    }

    #[test]
    fn whole_floats_print_as_integers() {
        assert_eq!(printed(Value::Float(2.0)), "2");
        assert_eq!(printed(Value::Float(10_000_000.0)), "10000000");
        assert_eq!(printed(Value::Float(-9_007_199_254_740_992.0)), "-9007199254740992");
        assert_eq!(printed(Value::Float(0.5)), "0.5");
        assert_eq!(printed(Value::Float(1e21)), "1e21");
        assert_eq!(printed(Value::Int64(i64::MIN)), "-9223372036854775808");
        assert_eq!(printed(Value::Uint64(u64::MAX)), "18446744073709551615");
    }

    #[test]
    fn maps_keep_key_order_and_come_back_the_same() {
        let map = Map::default();
        map.set("b", vec![Value::Nil, Value::Bool(true)].into());
        map.set("a", Value::Int64(1));
        let tera = to_tera(&map.into()).unwrap();
        assert_eq!(tera.to_string(), r#"{"a": 1, "b": [, true]}"#);
        let back = from_tera(&tera, &Map::default()).unwrap();
        assert_eq!(to_tera(&back).unwrap(), tera);
    }

    #[test]
    fn bytes_that_are_no_text_survive() {
        let tera = to_tera(&Value::String(Text::from_bytes(b"\xff\x00"))).unwrap();
        let Value::String(text) = from_tera(&tera, &Map::default()).unwrap() else {
            panic!("no string")
        };
        assert_eq!(text.as_bytes(), b"\xff\x00");
    }

    #[test]
    fn a_map_that_holds_itself_is_an_error() {
        let map = Map::default();
        map.set("self", map.clone().into());
        assert!(to_tera(&map.clone().into()).is_err());
        map.remove("self");
    }

    #[test]
    fn the_root_is_put_back_for_its_stand_in() {
        let go = Map::default();
        let mut context = ::tera::Map::new();
        context.insert("context".into(), root());
        let Value::Map(back) = from_tera(&context.into(), &go).unwrap() else { panic!("no map") };
        assert!(matches!(back.get("context"), Some(Value::Map(found)) if found.same(&go)));
    }
}
