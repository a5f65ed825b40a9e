//! Arithmetic on integers, rounding, and rows of numbers.

use super::Error;
use super::cast::{to_float64, to_int64};
use super::limits::check_items;
use super::number::parse_nearest;
use crate::engine::gotemplate::printf::sprint;
use crate::engine::value::{List, ListType, Value};

/// Adds integers; what overflows wraps around, as everywhere in Go.
pub(super) fn add(values: &[Value]) -> i64 {
    values.iter().map(to_int64).fold(0, i64::wrapping_add)
}

/// Multiplies integers.
pub(super) fn mul(values: &[Value]) -> i64 {
    values.iter().map(to_int64).fold(1, i64::wrapping_mul)
}

/// Divides integers, cutting off the fraction.
pub(super) fn div(a: &Value, b: &Value) -> Result<i64, Error> {
    Ok(to_int64(a).wrapping_div(divisor(b)?))
}

/// Returns what remains of an integer division.
pub(super) fn modulo(a: &Value, b: &Value) -> Result<i64, Error> {
    Ok(to_int64(a).wrapping_rem(divisor(b)?))
}

fn divisor(value: &Value) -> Result<i64, Error> {
    match to_int64(value) {
        0 => Err(Error::from("runtime error: integer divide by zero")),
        divisor => Ok(divisor),
    }
}

/// Returns the largest integer.
pub(super) fn max(values: &[Value]) -> i64 {
    values.iter().map(to_int64).max().unwrap_or_default()
}

/// Returns the smallest integer.
pub(super) fn min(values: &[Value]) -> i64 {
    values.iter().map(to_int64).min().unwrap_or_default()
}

/// Returns the largest float; infinity wins over what is no number, and that over the rest.
pub(super) fn maxf(values: &[Value]) -> f64 {
    let larger = |a: f64, b: f64| match a.max(b) {
        f64::INFINITY => f64::INFINITY,
        _ if a.is_nan() || b.is_nan() => f64::NAN,
        largest => largest,
    };
    values.iter().map(to_float64).reduce(larger).unwrap_or_default()
}

/// Returns the smallest float, with the same exceptions.
pub(super) fn minf(values: &[Value]) -> f64 {
    -maxf(&values.iter().map(|value| Value::Float(-to_float64(value))).collect::<Vec<_>>())
}

/// Rounds to `places` digits after the point, up from `round_on` on.
pub(super) fn round(value: &Value, places: i64, round_on: Option<&Value>) -> f64 {
    let power = power_of_ten(places);
    let scaled = power * to_float64(value);
    let up = scaled.fract() >= round_on.map_or(0.5, to_float64);
    (if up { scaled.ceil() } else { scaled.floor() }) / power
}

/// Returns 10 to the power of `exponent`, in the steps of Go's math.Pow, so that every bit agrees.
fn power_of_ten(exponent: i64) -> f64 {
    let mut remaining = exponent.unsigned_abs();
    if remaining > 400 {
        return if exponent > 0 { f64::INFINITY } else { 0.0 };
    }
    // 10 is 0.625 * 2^4; mantissas stay below 1 and exponents are added up apart.
    let (mut mantissa, mut shift) = (0.625_f64, 4_i32);
    let (mut product, mut product_shift) = (1.0_f64, 0_i32);
    while remaining > 0 {
        if remaining & 1 == 1 {
            product *= mantissa;
            product_shift += shift;
        }
        mantissa *= mantissa;
        shift <<= 1;
        if mantissa < 0.5 {
            mantissa += mantissa;
            shift -= 1;
        }
        remaining >>= 1;
    }
    if exponent < 0 {
        (product, product_shift) = (1.0 / product, -product_shift);
    }
    // Two steps, because one factor alone would leave the range of floats before the product does.
    let half = product_shift / 2;
    product * 2f64.powi(half) * 2f64.powi(product_shift - half)
}

/// Reads the printed value as an octal number, 0 for what is none.
pub(super) fn to_decimal(value: &Value) -> Result<i64, Error> {
    Ok(i64::from_str_radix(&sprint(value)?.as_str(), 8).unwrap_or_default())
}

/// Reads a decimal integer: 0 for what is none, the nearest for what does not fit.
pub(super) fn atoi(text: &str) -> i64 {
    parse_nearest(text).unwrap_or_default()
}

/// Returns the numbers from 0 to before `count`, downwards if it is negative.
pub(super) fn until(count: i64) -> Result<List, Error> {
    until_step(0, count, if count < 0 { -1 } else { 1 })
}

/// Returns the numbers from `start` to before `stop`; none if `step` leads away from it.
pub(super) fn until_step(start: i64, stop: i64, step: i64) -> Result<List, Error> {
    let numbers = steps(start, stop, step)?.into_iter().map(Value::Int).collect();
    Ok(List::new(numbers, ListType::Ints))
}

fn steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Error> {
    let leads_there = if stop < start { step < 0 } else { step > 0 };
    if !leads_there {
        return Ok(Vec::new());
    }
    let count = stop.abs_diff(start).div_ceil(step.unsigned_abs());
    check_items(usize::try_from(count).unwrap_or(usize::MAX))?;
    Ok((0..count.cast_signed()).map(|index| start.wrapping_add(index.wrapping_mul(step))).collect())
}

/// Returns the numbers that seq(1) prints for these arguments, on one line.
pub(super) fn seq(arguments: &[Value]) -> Result<String, Error> {
    let numbers: Vec<i64> = arguments.iter().map(to_int64).collect();
    let (start, step, end) = match numbers[..] {
        [end] => (1, None, end),
        [start, end] => (start, None, end),
        [start, step, end] if end < start && step > 0 => return Ok(String::new()),
        [start, step, end] => (start, Some(step), end),
        _ => return Ok(String::new()),
    };
    let direction = if end < start { -1 } else { 1 };
    let numbers = steps(start, end.wrapping_add(direction), step.unwrap_or(direction))?;
    Ok(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
}
