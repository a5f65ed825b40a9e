//! Numbers as Go's strconv reads and writes them.

use std::num::IntErrorKind;

/// Why a text is no integer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IntError {
    /// It is not written like one.
    Syntax,
    /// It does not fit; the nearest number that does.
    Range(i64),
}

/// Reads an integer; base 0 knows the prefixes `0b`, `0o`, `0` and `0x`, and underscores.
pub(crate) fn parse_int(text: &str, base: u32) -> Result<i64, IntError> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (radix, digits) = if base == 0 { detect_base(unsigned) } else { (base, unsigned) };
    let digits = match digits.contains('_') {
        true if base == 0 && underscores_are_fine(unsigned) => digits.replace('_', ""),
        true => return Err(IntError::Syntax),
        false => digits.to_owned(),
    };
    if digits.starts_with(['+', '-']) {
        return Err(IntError::Syntax);
    }
    let negative = text.starts_with('-');
    let signed = if negative { format!("-{digits}") } else { digits };
    i64::from_str_radix(&signed, radix).map_err(|err| match err.kind() {
        IntErrorKind::PosOverflow => IntError::Range(i64::MAX),
        IntErrorKind::NegOverflow => IntError::Range(i64::MIN),
        _ => IntError::Syntax,
    })
}

/// Returns the base that the prefix of `digits` names, and the rest; `0` alone is the digit.
fn detect_base(digits: &str) -> (u32, &str) {
    let bytes = digits.as_bytes();
    if bytes.len() < 2 || bytes[0] != b'0' {
        return (10, digits);
    }
    match bytes[1].to_ascii_lowercase() {
        b'b' if bytes.len() > 2 => (2, &digits[2..]),
        b'o' if bytes.len() > 2 => (8, &digits[2..]),
        b'x' if bytes.len() > 2 => (16, &digits[2..]),
        _ => (8, &digits[1..]),
    }
}

/// Says whether every underscore of an unsigned number stands between digits, or after a base prefix.
fn underscores_are_fine(number: &str) -> bool {
    let bytes = number.as_bytes();
    let prefixed = bytes.len() > 1
        && bytes[0] == b'0'
        && matches!(bytes[1].to_ascii_lowercase(), b'b' | b'o' | b'x');
    let hex = prefixed && bytes[1].eq_ignore_ascii_case(&b'x');
    let is_digit = |byte: u8| byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit();
    let rest = if prefixed { &bytes[2..] } else { bytes };
    rest.iter().enumerate().all(|(at, &byte)| {
        let after_digit = if at == 0 { prefixed } else { is_digit(rest[at - 1]) };
        byte != b'_' || after_digit && rest.get(at + 1).is_some_and(|&next| is_digit(next))
    })
}

/// Reads a float: decimal or hexadecimal, `inf`, `infinity` or `nan`; too large is no float.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if negative { -1.0 } else { 1.0 };
    if unsigned.eq_ignore_ascii_case("inf") || unsigned.eq_ignore_ascii_case("infinity") {
        return Some(sign * f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    if unsigned.contains('_') && !underscores_are_fine(unsigned) {
        return None;
    }
    let plain = unsigned.replace('_', "");
    let lower = plain.to_ascii_lowercase();
    let number = match lower.strip_prefix("0x") {
        Some(hex) => parse_hex_float(hex)?,
        None if plain.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            plain.parse().ok()?
        }
        None => return None,
    };
    number.is_finite().then_some(sign * number)
}

/// Reads `1.8p3`, the part of a hexadecimal float after its prefix.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mantissa = all.bytes().fold(0.0, |sum: f64, byte| {
        sum.mul_add(16.0, f64::from(char::from(byte).to_digit(16).unwrap_or_default()))
    });
    let shift = exponent.saturating_sub(4 * i32::try_from(fraction.len()).ok()?);
    Some(mantissa * 2f64.powi(shift))
}

/// Writes a float as Go's `%v`: the shortest digits, with an exponent below 1e-4 and from 1e6 on.
pub(crate) fn format_float(number: f64) -> String {
    format_with(number, -4, 6, 2)
}

/// Writes a finite float as encoding/json: an exponent below 1e-6 and from 1e21 on.
pub(crate) fn format_json_float(number: f64) -> String {
    format_with(number, -6, 21, 1)
}

/// Writes the shortest digits, with an exponent of at least `width` digits outside `low..high`.
fn format_with(number: f64, low: i32, high: i32, width: usize) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (low..high).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:0width$}", exponent.abs())
}

/// Turns a float into an integer as Go does on amd64: what does not fit becomes the smallest.
pub(crate) fn float_to_int(number: f64) -> i64 {
    // 2^63 is the first float that no longer fits.
    let limit = 9_223_372_036_854_775_808.0;
    if (-limit..limit).contains(&number) { number as i64 } else { i64::MIN }
}
