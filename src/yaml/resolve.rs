//! What a scalar means: go-yaml v2's reading of YAML 1.1, which Helm's charts are written for.
//!
//! `yes` and `on` are booleans, `0644` is octal, `1_000` a number; `1:30` and dates are strings.
//! The emitter asks here too: text that would be read as something else must be quoted.

use std::borrow::Cow;

use super::timestamp::is_timestamp;

/// What a scalar stands for; `String` means its own text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    String,
}

impl Resolved {
    /// Returns the name of the kind as go-yaml writes it in errors.
    fn tag(self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::UInt(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::String => "!!str",
        }
    }
}

/// Returns what a plain scalar without a tag means.
pub(super) fn resolve(text: &str) -> Resolved {
    let Some(&first) = text.as_bytes().first() else { return Resolved::Null };
    match first {
        b'0'..=b'9' => number(text),
        b'+' | b'-' => word(text).unwrap_or_else(|| number(text)),
        b'.' => word(text).unwrap_or_else(|| dotted_float(text)),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text).unwrap_or(Resolved::String)
        }
        _ => Resolved::String,
    }
}

/// Returns what a scalar under one of YAML's own tags means, `Err` with the kind its text has
/// where that is another one.
pub(super) fn resolve_tagged(tag: CoreTag, text: &str) -> Result<Resolved, &'static str> {
    if tag == CoreTag::Str {
        return Ok(Resolved::String);
    }
    let dated = is_timestamp(text);
    if tag == CoreTag::Timestamp && dated {
        return Ok(Resolved::String);
    }
    let found = resolve(text);
    match (tag, found) {
        (CoreTag::Bool, Resolved::Bool(_))
        | (CoreTag::Int, Resolved::Int(_) | Resolved::UInt(_))
        | (CoreTag::Float, Resolved::Float(_))
        | (CoreTag::Null, Resolved::Null) => Ok(found),
        (CoreTag::Float, Resolved::Int(number)) => Ok(Resolved::Float(number as f64)),
        _ => Err(found.tag()),
    }
}

/// The tags that decide how a scalar is read; all others leave its text alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CoreTag {
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
}

impl CoreTag {
    /// Reads a tag by its name in the `tag:yaml.org,2002:` space.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "str" => Self::Str,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "null" => Self::Null,
            "timestamp" => Self::Timestamp,
            "binary" => Self::Binary,
            _ => return None,
        })
    }

    /// Returns the tag as go-yaml writes it in errors.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Str => "!!str",
            Self::Bool => "!!bool",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Null => "!!null",
            Self::Timestamp => "!!timestamp",
            Self::Binary => "!!binary",
        }
    }
}

/// Says whether a string may be written without quotes and be read back as the same string.
///
/// Numbers to the base of 60 are read as strings, and quoted all the same, because other parsers
/// of YAML 1.1 read them as numbers.
pub(super) fn reads_as_string(text: &str) -> bool {
    resolve(text) == Resolved::String && !is_timestamp(text) && !is_base_60(text)
}

fn word(text: &str) -> Option<Resolved> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Resolved {
    let plain = without_underscores(text);
    integer(&plain)
        .or_else(|| float(&plain))
        .or_else(|| signed_binary(&plain))
        .unwrap_or(Resolved::String)
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

/// Reads an integer as Go's `ParseInt` and then `ParseUint` do with base 0.
fn integer(text: &str) -> Option<Resolved> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let magnitude = unsigned(digits)?;
    match i64::try_from(magnitude) {
        Ok(number) if negative => Some(Resolved::Int(-number)),
        Ok(number) => Some(Resolved::Int(number)),
        Err(_) if negative && magnitude == i64::MIN.unsigned_abs() => Some(Resolved::Int(i64::MIN)),
        // Go reads an integer this large only without a sign; with one it becomes a float.
        Err(_) => (!signed).then_some(Resolved::UInt(magnitude)),
    }
}

fn unsigned(digits: &str) -> Option<u64> {
    let (base, digits) = match digits.as_bytes() {
        [b'0'] => return Some(0),
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', ..] => (8, &digits[1..]),
        // Rust's parser would take a second sign.
        [b'0'..=b'9', ..] => (10, digits),
        _ => return None,
    };
    if digits.starts_with('+') { None } else { u64::from_str_radix(digits, base).ok() }
}

/// Reads go-yaml's own `0b` form, which, unlike Go's, takes a sign after the prefix.
fn signed_binary(text: &str) -> Option<Resolved> {
    let digits = text.strip_prefix("0b")?;
    i64::from_str_radix(digits, 2).ok().map(Resolved::Int)
}

/// Reads `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; what overflows stays a string.
fn float(text: &str) -> Option<Resolved> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let rest = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    let whole = unsigned.len() - rest.len();
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(after) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            (after.len() - rest.len(), rest)
        }
        None => (0, rest),
    };
    if whole == 0 && fraction == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Resolved::Float)
}

/// Reads a float that starts with its point, where Go allows underscores between digits only.
fn dotted_float(text: &str) -> Resolved {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let misplaced =
        (1..bytes.len()).any(|at| bytes[at] == b'_' && !(is_digit(at - 1) && is_digit(at + 1)));
    if misplaced {
        return Resolved::String;
    }
    float(&without_underscores(text)).unwrap_or(Resolved::String)
}

/// Matches `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut parts = unsigned.split(':');
    let is_counting = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if !parts.next().is_some_and(is_counting) {
        return false;
    }
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return false;
    }
    while let Some(part) = parts.next() {
        let (part, fraction) = match part.split_once('.') {
            Some((part, fraction)) if parts.peek().is_none() => (part, fraction),
            Some(_) => return false,
            None => (part, ""),
        };
        let sixtieth = matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
        if !sixtieth || !is_counting(fraction) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Resolved) {
        assert_eq!(resolve(text), expected, "{text:?}");
    }

    #[test]
    fn words_of_yaml_1_1_are_booleans_and_null() {
        check("on", Resolved::Bool(true));
        check("N", Resolved::Bool(false));
        check("tRUE", Resolved::String);
        check("", Resolved::Null);
        check("~", Resolved::Null);
        check("<<", Resolved::String);
    }

    #[test]
    fn integers_are_read_as_go_reads_them_with_base_0() {
        check("0", Resolved::Int(0));
        check("0644", Resolved::Int(420));
        check("0o17", Resolved::Int(15));
        check("-0x10", Resolved::Int(-16));
        check("0b-11", Resolved::Int(-3));
        check("-0b-11", Resolved::String);
        check("1__0_", Resolved::Int(10));
        check("+-1", Resolved::String);
        check("0x+1", Resolved::String);
        check("-9223372036854775808", Resolved::Int(i64::MIN));
        check("18446744073709551615", Resolved::UInt(u64::MAX));
        check("+18446744073709551615", Resolved::Float(18446744073709551615.0));
        check("18446744073709551616", Resolved::Float(18446744073709551616.0));
    }

    #[test]
    fn floats_need_a_digit_and_fit() {
        check("08", Resolved::Float(8.0));
        check("5.", Resolved::Float(5.0));
        check("+.5", Resolved::Float(0.5));
        check(".1_0", Resolved::Float(0.1));
        check("._1", Resolved::String);
        check(".1__0", Resolved::String);
        check(".", Resolved::String);
        check("1e", Resolved::String);
        check("1e400", Resolved::String);
        check("-.inf", Resolved::Float(f64::NEG_INFINITY));
    }

    #[test]
    fn times_and_numbers_to_the_base_of_60_are_quoted() {
        for text in ["1:30", "-190:20:30.5_", "2001-12-14", "12", "yes", ""] {
            assert!(!reads_as_string(text), "{text:?} needs quotes");
        }
        for text in ["1:60", "1:", ":1", "1:3.0:5", "2001-02-30", "1.2.3", "100m"] {
            assert!(reads_as_string(text), "{text:?} needs no quotes");
        }
    }
}
