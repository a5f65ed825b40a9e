//! How Go writes parts of a chart in release records: bytes in base64, times with a zero, lists
//! that may be null.

use ::bytes::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::yaml::Value;

/// Go's zero time, which stands for no time.
pub(super) const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

/// Reads null as the default, as Go does.
pub(super) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads values through [`Value`], which limits how deep they nest.
pub(super) fn shallow_values<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<serde_json::Value>, D::Error> {
    let values: Vec<Value> = null_is_default(deserializer)?;
    Ok(values.into_iter().map(serde_json::Value::from).collect())
}

/// A list, or null for an empty one, which is Go's nil.
pub(super) mod list {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer, T: Serialize>(
        list: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        (!list.is_empty()).then_some(list).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        null_is_default(deserializer)
    }
}

/// Bytes as base64.
pub(super) mod bytes {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&base64::display::Base64Display::new(bytes, &STANDARD))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(bytes.into())
    }
}

/// Bytes as base64, or null.
pub(super) mod optional_bytes {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        bytes: &Option<Bytes>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => super::bytes::serialize(bytes, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Bytes>, D::Error> {
        let bytes = super::bytes::deserialize(deserializer)?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}

/// A time, or Go's zero time.
pub(super) mod time {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.collect_str(time),
            None => serializer.serialize_str(ZERO_TIME),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        match Option::<String>::deserialize(deserializer)?.as_deref() {
            None | Some("" | ZERO_TIME) => Ok(None),
            Some(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
        }
    }
}
