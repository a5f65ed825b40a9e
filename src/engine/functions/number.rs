//! Numbers in texts and texts of numbers, where Go's functions for them differ from its literals.

use std::num::IntErrorKind;

use crate::engine::gotemplate::number;
use crate::values::go;

/// Reads a float: a literal of Go, or infinity, or what is no number; too large is no float.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if text.eq_ignore_ascii_case("nan") { Some(f64::NAN) } else { number::parse_float(text) }
}

/// Reads an integer without prefixes and underscores; one that does not fit becomes the nearest that does.
pub(super) fn parse_nearest(text: &str) -> Option<i64> {
    text.parse::<i64>()
        .or_else(|err| match err.kind() {
            IntErrorKind::PosOverflow => Ok(i64::MAX),
            IntErrorKind::NegOverflow => Ok(i64::MIN),
            _ => Err(err),
        })
        .ok()
}

/// Writes a float as Go's `%v`.
pub(super) fn format_float(number: f64) -> String {
    match number {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => go::float(number),
    }
}

/// Turns a float into an integer as Go does on amd64: what does not fit becomes the smallest.
pub(super) fn float_to_int(number: f64) -> i64 {
    // 2^63 is the first float that no longer fits.
    let limit = 9_223_372_036_854_775_808.0;
    if (-limit..limit).contains(&number) { number as i64 } else { i64::MIN }
}
