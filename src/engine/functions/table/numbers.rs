//! The functions of numbers, types, durations and dates.

use super::{Function, plain, variadic};
use crate::engine::functions::Type::{Any, Float, Int, String as Text, Time};
use crate::engine::functions::arguments::{Answer, int, rest, string, value};
use crate::engine::functions::{Error, Host, cast, dates, decimal, durations, math, time};
use crate::engine::value::Value;

pub(super) const MATH: &[Function] = &[
    plain("add1", &[("value", Any)], |_, a| cast::to_int64(value(a, 0)).wrapping_add(1).answer()),
    variadic("add", &[("values", Any)], |_, a| math::add(a).answer()),
    plain("sub", &[("value", Any), ("subtrahend", Any)], |_, a| {
        cast::to_int64(value(a, 0)).wrapping_sub(cast::to_int64(value(a, 1))).answer()
    }),
    variadic("mul", &[("value", Any), ("values", Any)], |_, a| math::mul(a).answer()),
    plain("div", &[("value", Any), ("divisor", Any)], |_, a| {
        math::div(value(a, 0), value(a, 1)).answer()
    }),
    plain("mod", &[("value", Any), ("divisor", Any)], |_, a| {
        math::modulo(value(a, 0), value(a, 1)).answer()
    }),
    plain("add1f", &[("value", Any)], |_, a| {
        decimal::addf(cast::to_float64(value(a, 0)), &[Value::Int(1)]).answer()
    }),
    variadic("addf", &[("values", Any)], |_, a| decimal::addf(0.0, a).answer()),
    variadic("subf", &[("value", Any), ("values", Any)], |_, a| {
        decimal::subf(cast::to_float64(value(a, 0)), rest(a, 1)).answer()
    }),
    variadic("mulf", &[("value", Any), ("values", Any)], |_, a| {
        decimal::mulf(cast::to_float64(value(a, 0)), rest(a, 1)).answer()
    }),
    variadic("divf", &[("value", Any), ("values", Any)], |_, a| {
        decimal::divf(cast::to_float64(value(a, 0)), rest(a, 1)).answer()
    }),
    variadic("max", &[("value", Any), ("values", Any)], |_, a| math::max(a).answer()),
    variadic("biggest", &[("value", Any), ("values", Any)], |_, a| math::max(a).answer()),
    variadic("min", &[("value", Any), ("values", Any)], |_, a| math::min(a).answer()),
    variadic("maxf", &[("value", Any), ("values", Any)], |_, a| math::maxf(a).answer()),
    variadic("minf", &[("value", Any), ("values", Any)], |_, a| math::minf(a).answer()),
    plain("ceil", &[("value", Any)], |_, a| cast::to_float64(value(a, 0)).ceil().answer()),
    plain("floor", &[("value", Any)], |_, a| cast::to_float64(value(a, 0)).floor().answer()),
    variadic("round", &[("value", Any), ("places", Int), ("round_on", Float)], |_, a| {
        math::round(value(a, 0), int(a, 1), a.get(2)).answer()
    }),
    plain("until", &[("count", Int)], |_, a| math::until(int(a, 0)).answer()),
    plain("untilStep", &[("start", Int), ("stop", Int), ("step", Int)], |_, a| {
        math::until_step(int(a, 0), int(a, 1), int(a, 2)).answer()
    }),
    variadic("seq", &[("values", Int)], |_, a| math::seq(a).answer()),
];

pub(super) const TYPES: &[Function] = &[
    plain("int", &[("value", Any)], |_, a| Value::Int(cast::to_int64(value(a, 0))).answer()),
    plain("int64", &[("value", Any)], |_, a| cast::to_int64(value(a, 0)).answer()),
    plain("float64", &[("value", Any)], |_, a| cast::to_float64(value(a, 0)).answer()),
    plain("toDecimal", &[("value", Any)], |_, a| math::to_decimal(value(a, 0)).answer()),
    plain("atoi", &[("text", Text)], |_, a| Value::Int(math::atoi(&string(a, 0))).answer()),
    plain("typeOf", &[("value", Any)], |_, a| value(a, 0).type_name().answer()),
    plain("typeIs", &[("type", Text), ("value", Any)], |_, a| {
        (string(a, 0) == value(a, 1).type_name()).answer()
    }),
    plain("typeIsLike", &[("type", Text), ("value", Any)], |_, a| {
        let name = value(a, 1).type_name();
        let pointed_to = name.strip_prefix('*').unwrap_or(name);
        (string(a, 0) == name || string(a, 0) == pointed_to).answer()
    }),
    plain("kindOf", &[("value", Any)], |_, a| value(a, 0).kind().answer()),
    plain("kindIs", &[("kind", Text), ("value", Any)], |_, a| {
        (string(a, 0) == value(a, 1).kind()).answer()
    }),
];

pub(super) const DURATIONS: &[Function] = &[
    plain("mustToDuration", &[("value", Any)], |_, a| durations::must_to_duration(value(a, 0))),
    plain("durationSeconds", &[("value", Any)], |_, a| durations::to_seconds(value(a, 0)).answer()),
    plain("durationMilliseconds", &[("value", Any)], |_, a| {
        durations::whole(value(a, 0), 1_000_000).answer()
    }),
    plain("durationMicroseconds", &[("value", Any)], |_, a| {
        durations::whole(value(a, 0), 1_000).answer()
    }),
    plain("durationNanoseconds", &[("value", Any)], |_, a| {
        durations::whole(value(a, 0), 1).answer()
    }),
    plain("durationMinutes", &[("value", Any)], |_, a| durations::to_minutes(value(a, 0)).answer()),
    plain("durationHours", &[("value", Any)], |_, a| durations::to_hours(value(a, 0)).answer()),
    plain("durationDays", &[("value", Any)], |_, a| {
        (durations::to_hours(value(a, 0)) / 24.0).answer()
    }),
    plain("durationWeeks", &[("value", Any)], |_, a| {
        (durations::to_hours(value(a, 0)) / 24.0 / 7.0).answer()
    }),
    plain("durationRoundTo", &[("value", Any), ("unit", Any)], |_, a| {
        durations::round_to(value(a, 0), value(a, 1)).answer()
    }),
    plain("durationTruncateTo", &[("value", Any), ("unit", Any)], |_, a| {
        durations::truncate_to(value(a, 0), value(a, 1)).answer()
    }),
];

pub(super) const DATES: &[Function] = &[
    plain("now", &[], |_, _| Value::from(time::Time::now()).answer()),
    plain("date", &[("layout", Text), ("date", Any)], |_, a| {
        dates::date_in_zone(&string(a, 0), value(a, 1), "Local").answer()
    }),
    plain("dateInZone", &[("layout", Text), ("date", Any), ("zone", Text)], date_in_zone),
    plain("date_in_zone", &[("layout", Text), ("date", Any), ("zone", Text)], date_in_zone),
    plain("htmlDate", &[("date", Any)], |_, a| {
        dates::date_in_zone("2006-01-02", value(a, 0), "Local").answer()
    }),
    plain("htmlDateInZone", &[("date", Any), ("zone", Text)], |_, a| {
        dates::date_in_zone("2006-01-02", value(a, 0), &string(a, 1)).answer()
    }),
    plain("dateModify", &[("duration", Text), ("date", Time)], date_modify),
    plain("date_modify", &[("duration", Text), ("date", Time)], date_modify),
    plain("mustDateModify", &[("duration", Text), ("date", Time)], must_date_modify),
    plain("must_date_modify", &[("duration", Text), ("date", Time)], must_date_modify),
    plain("toDate", &[("layout", Text), ("text", Text)], |_, a| {
        dates::to_date(&string(a, 0), &string(a, 1)).answer()
    }),
    plain("mustToDate", &[("layout", Text), ("text", Text)], |_, a| {
        dates::must_to_date(&string(a, 0), &string(a, 1))
    }),
    plain("unixEpoch", &[("date", Time)], |_, a| dates::unix_epoch(value(a, 0)).answer()),
    plain("ago", &[("date", Any)], |_, a| dates::ago(value(a, 0)).answer()),
    plain("duration", &[("seconds", Any)], |_, a| dates::duration(a).answer()),
    plain("durationRound", &[("duration", Any)], |_, a| {
        dates::duration_round(value(a, 0)).answer()
    }),
];

fn date_in_zone(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    dates::date_in_zone(&string(a, 0), value(a, 1), &string(a, 2)).answer()
}

fn date_modify(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    dates::date_modify(&string(a, 0), value(a, 1)).answer()
}

fn must_date_modify(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    dates::must_date_modify(&string(a, 0), value(a, 1))
}
