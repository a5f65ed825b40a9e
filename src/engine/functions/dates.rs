//! Sprig's functions of dates, in Go's layouts.

use super::Error;
use super::arguments::string;
use super::durations::{self, parse, round};
use super::number::parse_nearest;
use super::time::{self, Time, Zone};
use crate::engine::value::Value;

/// Returns the time of a value: a time, or a Unix timestamp that is an integer.
fn time_of(value: &Value) -> Option<Time> {
    match value {
        Value::Int(seconds) | Value::Int64(seconds) => Some(Time::unix(*seconds)),
        other => time::of(other),
    }
}

/// Writes a date in a layout and a zone; what is no date is the present, floats included.
pub(super) fn date_in_zone(layout: &str, date: &Value, zone: &str) -> String {
    time_of(date).unwrap_or_else(Time::now).in_zone(Zone::named(zone)).format(layout)
}

/// Returns a time that is a duration later; the same time for a text that is no duration.
pub(super) fn date_modify(duration: &str, date: &Value) -> Value {
    let date = time::of(date).unwrap_or_else(Time::zero);
    date.add(parse(duration).unwrap_or_default()).into()
}

/// Returns a time that is a duration later.
pub(super) fn must_date_modify(duration: &str, date: &Value) -> Result<Value, Error> {
    parse(duration)?;
    Ok(date_modify(duration, date))
}

/// Returns how long ago a date was, in whole seconds.
pub(super) fn ago(date: &Value) -> String {
    let now = Time::now();
    let since = time_of(date).map_or(0, |date| now.since(&date));
    durations::format(round(since, 1_000_000_000))
}

/// Reads a time in the local zone; the zero time for a text that is none.
pub(super) fn to_date(layout: &str, text: &str) -> Value {
    time::parse(layout, text, &Zone::local()).unwrap_or_else(|_| Time::zero()).into()
}

/// Reads a time in the local zone.
pub(super) fn must_to_date(layout: &str, text: &str) -> Result<Value, Error> {
    Ok(time::parse(layout, text, &Zone::local())?.into())
}

/// Returns the seconds since 1970 as a text.
pub(super) fn unix_epoch(date: &Value) -> String {
    time::of(date).unwrap_or_else(Time::zero).seconds.to_string()
}

/// Writes seconds as a duration; only texts and `int64` count, everything else is 0.
pub(super) fn duration(arguments: &[Value]) -> String {
    let seconds = match arguments.first() {
        Some(Value::String(_)) => parse_nearest(&string(arguments, 0)).unwrap_or_default(),
        Some(Value::Int64(seconds)) => *seconds,
        _ => 0,
    };
    durations::format(seconds.wrapping_mul(1_000_000_000))
}

/// The units of [`duration_round`] in seconds; a month has 30 days and a year 365.
const UNITS: [(u64, &str); 6] =
    [(31_536_000, "y"), (2_592_000, "mo"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];

/// Writes a duration, or the time since a date, in its largest unit.
pub(super) fn duration_round(value: &Value) -> String {
    let nanoseconds = match value {
        Value::String(text) => parse(&text.as_str()).unwrap_or_default(),
        Value::Int64(nanoseconds) => *nanoseconds,
        other => time::of(other).map_or(0, |date| Time::now().since(&date)),
    };
    let total = nanoseconds.unsigned_abs();
    for (seconds, name) in UNITS {
        let unit = seconds * 1_000_000_000;
        if total > unit {
            return format!("{}{name}", total / unit);
        }
    }
    "0s".to_owned()
}
