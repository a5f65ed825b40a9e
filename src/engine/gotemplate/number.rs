//! Number literals and Go's texts of floating-point numbers, as its `strconv` reads and writes them.

use std::io::Write as _;

use crate::yaml;

/// Reads an integer literal with Go's prefixes and underscores, the sign apart.
fn parse_magnitude(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    if digits.contains('_') && !underscores_ok(&lower) {
        return None;
    }
    let digits: String = digits.chars().filter(|digit| *digit != '_').collect();
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits, radix).ok()
}

/// Reads an unsigned integer literal; Go takes no sign there.
pub(super) fn parse_unsigned(text: &str) -> Option<u64> {
    parse_magnitude(text)
}

/// Reads a signed integer literal.
pub(in crate::engine) fn parse_signed(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(magnitude) => 0_i64.checked_sub_unsigned(parse_magnitude(magnitude)?),
        None => i64::try_from(parse_magnitude(text.strip_prefix('+').unwrap_or(text))?).ok(),
    }
}

/// Says whether every underscore stands between digits, or between a prefix and a digit.
fn underscores_ok(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    let hex = text.starts_with("0x");
    let prefixed = hex || text.starts_with("0b") || text.starts_with("0o");
    let mut last = if prefixed { '0' } else { '^' };
    for letter in text.chars().skip(if prefixed { 2 } else { 0 }) {
        let digit = letter.is_ascii_digit() || hex && letter.is_ascii_hexdigit();
        last = match letter {
            _ if digit => '0',
            '_' if last == '0' => '_',
            '_' => return false,
            _ if last == '_' => return false,
            _ => '!',
        };
    }
    last != '_'
}

/// Reads a floating-point literal, decimal or hexadecimal; one out of range is no number.
pub(in crate::engine) fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_ok(text) {
        return None;
    }
    let plain: String = text.chars().filter(|letter| *letter != '_').collect();
    let (negative, magnitude) = match plain.as_bytes().first()? {
        b'-' => (true, &plain[1..]),
        b'+' => (false, &plain[1..]),
        _ => (false, plain.as_str()),
    };
    let lower = magnitude.to_ascii_lowercase();
    let number = match lower.strip_prefix("0x") {
        Some(hex) => parse_hex_float(hex)?,
        // Rust would also read words such as `inf`.
        None if lower.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            lower.parse::<f64>().ok()?
        }
        None => return None,
    };
    number.is_finite().then_some(if negative { -number } else { number })
}

/// Reads `h.hhhp±d`.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse::<i32>().ok()?.clamp(-20_000, 20_000);
    let mut bits: u64 = 0;
    let mut shift: i32 = 0;
    let mut sticky = false;
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    for (index, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        if bits >> 58 == 0 {
            bits = bits << 4 | digit;
            shift -= if index >= whole.len() { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            shift += if index < whole.len() { 4 } else { 0 };
        }
    }
    // A bit far below the last one kept decides ties, as the digits that were cut would.
    let mantissa = (bits | u64::from(sticky)) as f64;
    Some(scale(mantissa, exponent.saturating_add(shift)))
}

/// Returns `number` × 2^`exponent`, in steps that do not overflow on the way.
fn scale(mut number: f64, mut exponent: i32) -> f64 {
    while exponent > 1000 && number.is_finite() {
        number *= 2_f64.powi(1000);
        exponent -= 1000;
    }
    while exponent < -1000 && number != 0.0 {
        number *= 2_f64.powi(-1000);
        exponent += 1000;
    }
    number * 2_f64.powi(exponent.clamp(-1000, 1000))
}

/// How many digits after the point a float has at most; Rust formats no more than 65,535.
const MAX_EXACT: usize = 1074;

/// The decimal digits of a positive number: 0.`digits` × 10^`point`.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// Takes the text that Rust makes in exponent form: the shortest, or `precision` digits after the point.
    fn of(number: f64, precision: Option<usize>) -> Self {
        let text = match precision {
            None => yaml::shortest_float(number),
            Some(precision) => format!("{number:.0$e}", precision.min(MAX_EXACT)),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        let point = exponent.parse::<i32>().unwrap_or(0) + 1;
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { point };
        Self { digits, point }
    }
}

/// Appends `number` in Go's format `verb` (one of `e E f g G b x X`); without a precision, as few digits as
/// tell it apart from all other numbers.
pub(super) fn append_float(out: &mut Vec<u8>, number: f64, verb: char, precision: Option<usize>) {
    if number.is_nan() {
        out.extend_from_slice(b"NaN");
        return;
    }
    if number.is_infinite() {
        out.extend_from_slice(if number < 0.0 { b"-Inf" } else { b"+Inf" });
        return;
    }
    let (negative, number) = (number.is_sign_negative(), number.abs());
    if negative {
        out.push(b'-');
    }
    // Nearly every number of a values file is a small whole one.
    if verb == 'g' && precision.is_none() && number < 1e6 && number.fract() == 0.0 {
        let _ = write!(out, "{}", number as u32);
        return;
    }
    match verb {
        'b' => append_binary(out, number),
        'x' | 'X' => append_hex(out, number, verb, precision),
        'f' => match precision {
            Some(precision) => {
                out.extend_from_slice(format!("{number:.0$}", precision.min(MAX_EXACT)).as_bytes());
                out.resize(out.len() + precision.saturating_sub(MAX_EXACT), b'0');
            }
            None => out.extend_from_slice(format!("{number}").as_bytes()),
        },
        'e' | 'E' => {
            let decimal = Decimal::of(number, precision);
            let precision = precision.unwrap_or(decimal.digits.len().saturating_sub(1));
            append_exponent(out, &decimal, precision, verb);
        }
        _ => append_general(out, number, verb, precision),
    }
}

/// Format `g`: like `e` for very small and very large exponents, like `f` otherwise.
fn append_general(out: &mut Vec<u8>, number: f64, verb: char, precision: Option<usize>) {
    let significant = precision.map(|precision| precision.max(1));
    let decimal = Decimal::of(number, significant.map(|count| count - 1));
    let count = decimal.digits.len();
    let precision = significant.unwrap_or(count);
    let limit = match significant {
        // Go decides by precision 6 when it may choose the digits itself.
        None => 6,
        Some(wanted) if wanted > count && count as i32 >= decimal.point => count,
        Some(wanted) => wanted,
    };
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= limit as i32 {
        let precision = precision.min(count).saturating_sub(1);
        append_exponent(out, &decimal, precision, if verb == 'G' { 'E' } else { 'e' });
    } else {
        let precision = if precision as i32 > decimal.point { count } else { precision };
        append_fixed(out, &decimal, (precision as i32 - decimal.point).max(0) as usize);
    }
}

fn append_exponent(out: &mut Vec<u8>, decimal: &Decimal, precision: usize, letter: char) {
    out.push(*decimal.digits.first().unwrap_or(&b'0'));
    if precision > 0 {
        out.push(b'.');
        let fraction = decimal.digits.iter().skip(1).copied().chain(std::iter::repeat(b'0'));
        out.extend(fraction.take(precision));
    }
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    let sign = if exponent < 0 { '-' } else { '+' };
    out.extend_from_slice(format!("{letter}{sign}{:02}", exponent.abs()).as_bytes());
}

fn append_fixed(out: &mut Vec<u8>, decimal: &Decimal, precision: usize) {
    let digit =
        |index: i32| usize::try_from(index).ok().and_then(|index| decimal.digits.get(index));
    if decimal.point > 0 {
        out.extend((0..decimal.point).map(|index| *digit(index).unwrap_or(&b'0')));
    } else {
        out.push(b'0');
    }
    if precision > 0 {
        out.push(b'.');
        let fraction = 0..precision as i32;
        out.extend(fraction.map(|index| *digit(decimal.point + index).unwrap_or(&b'0')));
    }
}

/// Splits a finite positive number into mantissa and binary exponent, as they are stored.
fn parts(number: f64) -> (u64, i32) {
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    if exponent == 0 { (mantissa, -1022) } else { (mantissa | 1 << 52, exponent - 1023) }
}

/// Format `b`: a decimal mantissa and a binary exponent.
fn append_binary(out: &mut Vec<u8>, number: f64) {
    let (mantissa, exponent) = parts(number);
    out.extend_from_slice(format!("{mantissa}p{:+}", exponent - 52).as_bytes());
}

/// Format `x`: a hexadecimal mantissa and a binary exponent.
fn append_hex(out: &mut Vec<u8>, number: f64, verb: char, precision: Option<usize>) {
    let (mut mantissa, mut exponent) = parts(number);
    if mantissa == 0 {
        exponent = 0;
    }
    // The leading digit is brought to bit 60, so that 15 hexadecimal digits follow it.
    mantissa <<= 60 - 52;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = precision as u32 * 4;
        let extra = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let digits = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let shown = match precision {
        None => digits.trim_end_matches('0').len(),
        Some(precision) => precision,
    };
    let mut text = format!("0x{}", mantissa >> 60 & 0xf);
    if shown > 0 {
        text.push('.');
        text.extend(digits.chars().chain(std::iter::repeat('0')).take(shown));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    text.push_str(&format!("p{sign}{:02}", exponent.abs()));
    let text = if verb == 'X' { text.to_ascii_uppercase() } else { text };
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(number: f64, verb: char, precision: Option<usize>) -> String {
        let mut out = Vec::new();
        append_float(&mut out, number, verb, precision);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn reads_integers_with_prefixes_and_underscores() {
        assert_eq!(parse_signed("0x1F"), Some(31));
        assert_eq!(parse_signed("-017"), Some(-15));
        assert_eq!(parse_signed("1_000"), Some(1000));
        assert_eq!(parse_signed("0_7"), Some(7));
        assert_eq!(parse_signed("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_unsigned("18446744073709551615"), Some(u64::MAX));
        for malformed in ["1_", "_1", "1__0", "0x", "08", "+-1", "0x_", "9223372036854775808"] {
            assert_eq!(parse_signed(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn reads_floats_that_go_reads() {
        assert_eq!(parse_float("0x1p4"), Some(16.0));
        assert_eq!(parse_float("0x1.8p1"), Some(3.0));
        assert_eq!(parse_float("-1e-3"), Some(-0.001));
        assert_eq!(parse_float(".5"), Some(0.5));
        for malformed in ["1e400", "inf", "nan", "0x1", "1_.5", "", "+"] {
            assert_eq!(parse_float(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn prints_the_shortest_digits() {
        for (number, text) in [
            (1e21, "1e+21"),
            (1e20, "1e+20"),
            (100000.0, "100000"),
            (1e6, "1e+06"),
            (123456789.0, "1.23456789e+08"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-0.0, "-0"),
            (1.5, "1.5"),
        ] {
            assert_eq!(float(number, 'g', None), text);
        }
    }

    #[test]
    fn prints_with_a_precision() {
        assert_eq!(float(2.5, 'f', Some(0)), "2");
        assert_eq!(float(1e21, 'E', Some(6)), "1.000000E+21");
        assert_eq!(float(1234.5678, 'g', Some(3)), "1.23e+03");
        assert_eq!(float(100.0, 'g', Some(10)), "100");
        assert_eq!(float(1.0, 'x', None), "0x1p+00");
        assert_eq!(float(3.25, 'x', Some(2)), "0x1.a0p+01");
        assert_eq!(float(1.0, 'b', None), "4503599627370496p-52");
    }
}
