//! Go's objects in Tera, which has none: a time is a text, a certificate and a version are maps.
//!
//! Where a function takes an object, the text or map becomes one again.

use super::convert::{renamed, to_tera};
use crate::engine::functions::{self, Host, snake_case};
use crate::engine::value::{Object, Text, TooDeep, Value};

/// The layout of a time's text.
const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The methods of a version that tell its parts.
const VERSION_PARTS: &[&str] = &["Major", "Minor", "Patch", "Prerelease", "Metadata", "Original"];

/// Makes the Tera value of an object that is neither a map nor a number to Go.
pub(super) fn object_to_tera(object: &dyn Object) -> Result<::tera::Value, TooDeep> {
    if !VERSION_PARTS.iter().all(|part| object.method(part).is_some()) {
        return Ok(renamed(&object.to_plain()));
    }
    let mut parts = ::tera::Map::new();
    for part in VERSION_PARTS {
        let method = object.method(part).map(|method| (method.call)(object, &[]));
        let value = method.and_then(Result::ok).unwrap_or_default();
        parts.insert(snake_case(part).into(), to_tera(&value)?);
    }
    Ok(parts.into())
}

/// Makes an object again of what is given for the parameter `name`, if it takes one.
pub(super) fn revived(host: &dyn Host, name: &str, value: Value) -> Value {
    match (name, &value) {
        ("date" | "duration", Value::String(text)) => time(host, text).unwrap_or(value),
        ("ca", Value::Map(map)) => match (map.get("cert"), map.get("key")) {
            (Some(cert), Some(key)) => certificate(host, cert, key).unwrap_or(value),
            _ => value,
        },
        _ => value,
    }
}

fn time(host: &dyn Host, text: &Text) -> Option<Value> {
    call(host, "mustToDate", &[RFC3339_NANO.into(), Value::String(text.clone())])
}

fn certificate(host: &dyn Host, cert: Value, key: Value) -> Option<Value> {
    let encoded = [call(host, "b64enc", &[cert])?, call(host, "b64enc", &[key])?];
    call(host, "buildCustomCert", &encoded)
}

fn call(host: &dyn Host, function: &str, arguments: &[Value]) -> Option<Value> {
    (functions::find(function)?.call)(host, arguments).ok()
}
