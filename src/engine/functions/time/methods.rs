//! The methods of Go's `time.Time`, `time.Month` and `time.Weekday` that templates can call.

use super::{MONTHS, Named, Time, WEEKDAYS, Zone, layout};
use crate::engine::functions::arguments::{int, string, value};
use crate::engine::functions::durations::{self, Duration};
use crate::engine::functions::{Error, Type};
use crate::engine::value::{Method, Object, Value};

type Call = fn(&dyn Object, &[Value]) -> Result<Value, Error>;

const fn method(name: &'static str, params: &'static [Type], call: Call) -> Method {
    Method { name, params, call }
}

/// Returns the time whose method is called.
fn this(object: &dyn Object) -> &Time {
    object.as_any().downcast_ref().expect("the methods are those of this type")
}

/// Returns the time that is the only argument.
fn other(arguments: &[Value]) -> Time {
    of(value(arguments, 0)).unwrap_or_else(Time::zero)
}

/// Returns the time behind a value.
pub(in crate::engine::functions) fn of(value: &Value) -> Option<Time> {
    let Value::Object(object) = value else { return None };
    object.as_any().downcast_ref::<Time>().cloned()
}

fn span(arguments: &[Value]) -> i64 {
    durations::of(value(arguments, 0)).unwrap_or_default()
}

pub(super) const METHODS: &[Method] = &[
    method("Add", &[Type::Duration], |time, a| Ok(this(time).add(span(a)).into())),
    method("AddDate", &[Type::Int, Type::Int, Type::Int], |time, a| {
        Ok(add_date(this(time), int(a, 0), int(a, 1), int(a, 2)).into())
    }),
    method("After", &[Type::Time], |time, a| Ok(Value::Bool(this(time).since(&other(a)) > 0))),
    method("Before", &[Type::Time], |time, a| Ok(Value::Bool(this(time).since(&other(a)) < 0))),
    method("Compare", &[Type::Time], |time, a| {
        Ok(Value::Int(this(time).since(&other(a)).signum()))
    }),
    method("Day", &[], |time, _| Ok(Value::Int(this(time).civil().day))),
    method("Equal", &[Type::Time], |time, a| Ok(Value::Bool(this(time).since(&other(a)) == 0))),
    method("Format", &[Type::String], |time, a| {
        Ok(Value::from(layout::format(this(time), &string(a, 0))))
    }),
    method("Hour", &[], |time, _| Ok(Value::Int(this(time).civil().hour))),
    method("IsZero", &[], |time, _| Ok(Value::Bool(this(time).since(&Time::zero()) == 0))),
    method("Local", &[], |time, _| Ok(this(time).clone().in_zone(Zone::local()).into())),
    method("Minute", &[], |time, _| Ok(Value::Int(this(time).civil().minute))),
    method("Month", &[], |time, _| {
        let number = this(time).civil().month;
        Ok(Named { type_name: "time.Month", name: MONTHS[number as usize - 1], number }.into())
    }),
    method("Nanosecond", &[], |time, _| Ok(Value::Int(i64::from(this(time).nanosecond)))),
    method("Round", &[Type::Duration], |time, a| Ok(round(this(time), span(a)).into())),
    method("Second", &[], |time, _| Ok(Value::Int(this(time).civil().second))),
    method("String", &[], |time, _| Ok(Value::from(time.print()))),
    method("Sub", &[Type::Time], |time, a| Ok(Duration(this(time).since(&other(a))).into())),
    method("Truncate", &[Type::Duration], |time, a| Ok(truncate(this(time), span(a)).into())),
    method("UTC", &[], |time, _| Ok(this(time).clone().in_zone(Zone::Utc).into())),
    method("Unix", &[], |time, _| Ok(Value::Int64(this(time).seconds))),
    method("UnixMicro", &[], |time, _| Ok(Value::Int64(in_units(this(time), 1_000_000)))),
    method("UnixMilli", &[], |time, _| Ok(Value::Int64(in_units(this(time), 1_000)))),
    method("UnixNano", &[], |time, _| Ok(Value::Int64(in_units(this(time), 1_000_000_000)))),
    method("Weekday", &[], |time, _| {
        let number = this(time).civil().weekday;
        Ok(Named { type_name: "time.Weekday", name: WEEKDAYS[number as usize], number }.into())
    }),
    method("Year", &[], |time, _| Ok(Value::Int(this(time).civil().year))),
    method("YearDay", &[], |time, _| Ok(Value::Int(this(time).civil().year_day))),
];

pub(super) const NAMED_METHODS: &[Method] =
    &[method("String", &[], |named, _| Ok(Value::from(named.print())))];

/// Returns the time on another date, at the same hour; days that a month does not have run into the next.
fn add_date(time: &Time, years: i64, months: i64, days: i64) -> Time {
    let civil = time.civil();
    let clock = (civil.hour * 60 + civil.minute) * 60 + civil.second;
    let date = (
        civil.year.saturating_add(years),
        civil.month.saturating_add(months),
        civil.day.saturating_add(days),
    );
    Time::of_date(date, clock, time.nanosecond, time.zone.clone())
}

/// Returns the instant in parts of a second since 1970; what does not fit wraps around, as in Go.
fn in_units(time: &Time, per_second: i64) -> i64 {
    let part = i64::from(time.nanosecond) / (1_000_000_000 / per_second);
    time.seconds.wrapping_mul(per_second).wrapping_add(part)
}

/// Cuts down to a multiple of `unit` since Go's zero time.
fn truncate(time: &Time, unit: i64) -> Time {
    if unit <= 0 { time.clone() } else { time.add(-past_multiple(time, unit)) }
}

/// Rounds to a multiple of `unit` since Go's zero time, halves up.
fn round(time: &Time, unit: i64) -> Time {
    if unit <= 0 {
        return time.clone();
    }
    let past = past_multiple(time, unit);
    if past < unit - past { time.add(-past) } else { time.add(unit - past) }
}

/// Returns the nanoseconds since the last multiple of `unit`.
fn past_multiple(time: &Time, unit: i64) -> i64 {
    let seconds = i128::from(time.seconds) - i128::from(Time::zero().seconds);
    let total = seconds * 1_000_000_000 + i128::from(time.nanosecond);
    total.rem_euclid(i128::from(unit)) as i64
}
