//! Spans of time as Go's time.Duration: whole nanoseconds, read and written like `1h2m3.5s`.

use std::any::Any;
use std::rc::Rc;

use super::number::{format_float, parse_float};
use super::{Error, Type};
use crate::engine::gotemplate::quote::quote as go_quote;
use crate::engine::value::{Method, Object, Value};
use crate::yaml;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Go's `time.Duration`, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) i64);

impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Self::Object(Rc::new(duration))
    }
}

impl Object for Duration {
    fn type_name(&self) -> &str {
        "time.Duration"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn print(&self) -> String {
        format(self.0)
    }

    fn basic(&self) -> Option<Value> {
        Some(Value::Int64(self.0))
    }

    fn to_plain(&self) -> yaml::Value {
        yaml::Value::Int(self.0)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns the nanoseconds of the duration whose method is called.
fn receiver(object: &dyn Object) -> i64 {
    object.as_any().downcast_ref::<Duration>().map_or(0, |duration| duration.0)
}

/// Returns the duration behind a value.
pub(super) fn of(value: &Value) -> Option<i64> {
    let Value::Object(object) = value else { return None };
    object.as_any().downcast_ref::<Duration>().map(|duration| duration.0)
}

fn argument(arguments: &[Value]) -> i64 {
    arguments.first().and_then(of).unwrap_or_default()
}

/// The methods of Go's type that templates can call.
const METHODS: &[Method] = &[
    Method { name: "Abs", params: &[], call: |this, _| Ok(Duration(abs(receiver(this))).into()) },
    Method { name: "Hours", params: &[], call: |this, _| Ok(Value::Float(hours(receiver(this)))) },
    Method {
        name: "Microseconds",
        params: &[],
        call: |this, _| Ok(Value::Int64(receiver(this) / 1_000)),
    },
    Method {
        name: "Milliseconds",
        params: &[],
        call: |this, _| Ok(Value::Int64(receiver(this) / 1_000_000)),
    },
    Method {
        name: "Minutes",
        params: &[],
        call: |this, _| Ok(Value::Float(in_unit(receiver(this), MINUTE))),
    },
    Method { name: "Nanoseconds", params: &[], call: |this, _| Ok(Value::Int64(receiver(this))) },
    Method {
        name: "Round",
        params: &[Type::Duration],
        call: |this, to| Ok(Duration(round(receiver(this), argument(to))).into()),
    },
    Method {
        name: "Seconds",
        params: &[],
        call: |this, _| Ok(Value::Float(in_unit(receiver(this), SECOND))),
    },
    Method { name: "String", params: &[], call: |this, _| Ok(Value::from(this.print())) },
    Method {
        name: "Truncate",
        params: &[Type::Duration],
        call: |this, to| Ok(Duration(truncate(receiver(this), argument(to))).into()),
    },
];

fn abs(nanoseconds: i64) -> i64 {
    nanoseconds.checked_abs().unwrap_or(i64::MAX)
}

/// Returns whole units plus the fraction of one, in the order of Go's additions.
fn in_unit(nanoseconds: i64, unit: i64) -> f64 {
    (nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64
}

fn hours(nanoseconds: i64) -> f64 {
    in_unit(nanoseconds, HOUR)
}

/// Cuts down to a multiple of `unit`.
fn truncate(nanoseconds: i64, unit: i64) -> i64 {
    if unit <= 0 { nanoseconds } else { nanoseconds - nanoseconds % unit }
}

/// Rounds to a multiple of `unit`, halves away from zero; what does not fit becomes the extreme.
pub(super) fn round(nanoseconds: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return nanoseconds;
    }
    let rest = nanoseconds % unit;
    let toward_zero = nanoseconds - rest;
    if rest.unsigned_abs() < unit.unsigned_abs() - rest.unsigned_abs() {
        return toward_zero;
    }
    toward_zero.saturating_add(unit * nanoseconds.signum())
}

/// Writes nanoseconds as Go does: `1h0m0.5s`, and `1.5ms` below a second.
pub(super) fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let (unit, name) = match total {
        0 => return "0s".to_owned(),
        1..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let units = total / unit;
    let fraction = fraction(total % unit, unit);
    if name != "s" || units < 60 {
        return format!("{sign}{units}{fraction}{name}");
    }
    let (minutes, seconds) = (units / 60, units % 60);
    if minutes < 60 {
        return format!("{sign}{minutes}m{seconds}{fraction}s");
    }
    format!("{sign}{}h{}m{seconds}{fraction}s", minutes / 60, minutes % 60)
}

/// Writes a part of a unit as `.5`, nothing for zero.
fn fraction(part: u64, unit: u64) -> String {
    if part == 0 {
        return String::new();
    }
    let width = unit.ilog10() as usize;
    format!(".{part:0width$}").trim_end_matches('0').to_owned()
}

/// Reads a duration such as `1h2m3.5s`, in nanoseconds; the error is Go's.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (whole, after) = split_digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), split_digits);
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (name, after) = after.split_at(unit_end);
        if name.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let unit = unit(name).ok_or_else(|| {
            format!("time: unknown unit {} in duration {}", quote(name), quote(text))
        })?;
        let part = nanoseconds(whole, fraction, unit).ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|&total| total <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    match i64::try_from(total) {
        Ok(total) => Ok(if negative { -total } else { total }),
        Err(_) if negative => Ok(i64::MIN),
        Err(_) => Err(invalid()),
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// Quotes as the time package does, which escapes every byte beyond ASCII.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' | 0x7f => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out + "\""
}

fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Returns `whole.fraction` units; digits of the fraction that no integer holds are left out.
fn nanoseconds(whole: &str, fraction: &str, unit: u64) -> Option<u64> {
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let whole = whole.checked_mul(unit).filter(|&part| part <= 1 << 63)?;
    let digits = &fraction[..fraction.len().min(18)];
    let part: u64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let scale = 10_f64.powi(i32::try_from(digits.len()).ok()?);
    whole.checked_add((part as f64 * (unit as f64 / scale)) as u64)
}

/// Reads any value as a duration: numbers are seconds, texts durations or seconds.
fn as_duration(value: &Value) -> Result<i64, String> {
    if let Some(duration) = of(value) {
        return Ok(duration);
    }
    match value {
        Value::Nil => Err("invalid duration".to_owned()),
        Value::String(text) => read_duration(&text.as_str()),
        Value::Int(seconds) | Value::Int64(seconds) => from_seconds(*seconds),
        Value::Uint8(seconds) => from_seconds(i64::from(*seconds)),
        Value::Uint64(seconds) => match i64::try_from(*seconds) {
            Ok(seconds) => from_seconds(seconds),
            Err(_) => Err(format!("duration seconds overflow: {seconds}")),
        },
        Value::Float(seconds) => from_float_seconds(*seconds),
        other => Err(format!("unsupported duration type {}", other.type_name())),
    }
}

fn read_duration(text: &str) -> Result<i64, String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("empty duration".to_owned());
    }
    match (parse(trimmed), parse_float(trimmed)) {
        (Ok(duration), _) => Ok(duration),
        (_, Some(seconds)) => from_float_seconds(seconds),
        _ => Err(format!("could not parse duration {}", go_quote(text.as_bytes()))),
    }
}

fn from_seconds(seconds: i64) -> Result<i64, String> {
    seconds.checked_mul(SECOND).ok_or_else(|| format!("duration seconds overflow: {seconds}"))
}

fn from_float_seconds(seconds: f64) -> Result<i64, String> {
    let shown = format_float(seconds);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {shown}"));
    }
    let limit = i64::MAX as f64 / SECOND as f64;
    if !(-limit..=limit).contains(&seconds) {
        return Err(format!("duration seconds overflow: {shown}"));
    }
    Ok(super::number::float_to_int(seconds * SECOND as f64))
}

/// Reads any value as a duration, or fails.
pub(super) fn must_to_duration(value: &Value) -> Result<Value, Error> {
    Ok(Duration(as_duration(value)?).into())
}

/// Returns a duration in a unit as a whole number; 0 for what is none.
pub(super) fn whole(value: &Value, unit: i64) -> i64 {
    as_duration(value).unwrap_or_default() / unit
}

/// Returns a duration in seconds; 0 for what is none.
pub(super) fn to_seconds(value: &Value) -> f64 {
    in_unit(as_duration(value).unwrap_or_default(), SECOND)
}

/// Returns a duration in minutes; 0 for what is none.
pub(super) fn to_minutes(value: &Value) -> f64 {
    in_unit(as_duration(value).unwrap_or_default(), MINUTE)
}

/// Returns a duration in hours; 0 for what is none.
pub(super) fn to_hours(value: &Value) -> f64 {
    hours(as_duration(value).unwrap_or_default())
}

/// Rounds a duration to a multiple of another; one that is none leaves the first as it is.
pub(super) fn round_to(value: &Value, unit: &Value) -> Value {
    apply(value, unit, round)
}

/// Cuts a duration down to a multiple of another; one that is none leaves the first as it is.
pub(super) fn truncate_to(value: &Value, unit: &Value) -> Value {
    apply(value, unit, truncate)
}

fn apply(value: &Value, unit: &Value, change: fn(i64, i64) -> i64) -> Value {
    let duration = as_duration(value).unwrap_or_default();
    match as_duration(unit) {
        Ok(unit) if as_duration(value).is_ok() => Duration(change(duration, unit)).into(),
        _ => Duration(duration).into(),
    }
}
