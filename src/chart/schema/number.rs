//! Numbers as decimals: compared exactly, and printed as the validator that Helm uses prints them.

use std::cmp::Ordering;

use crate::yaml::Value;

/// A number: `digits` times ten to the power of `exponent`, as its shortest text has it.
#[derive(Debug, Clone)]
pub(super) struct Number {
    /// At most twenty digits, of which the last is no zero.
    digits: i128,
    exponent: i32,
    float: f64,
}

impl Number {
    /// Reads a value that is a number.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let float = match value {
            Value::Int(number) => return Some(Self::new((*number).into(), 0, *number as f64)),
            Value::UInt(number) => return Some(Self::new((*number).into(), 0, *number as f64)),
            Value::Float(float) => *float,
            _ => return None,
        };
        let text = format!("{float:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}").parse().ok()?;
        let places = i32::try_from(fraction.len()).ok()?;
        Some(Self::new(digits, exponent.parse::<i32>().ok()? - places, float))
    }

    fn new(mut digits: i128, mut exponent: i32, float: f64) -> Self {
        if digits == 0 {
            exponent = 0;
        }
        while digits != 0 && digits % 10 == 0 {
            digits /= 10;
            exponent += 1;
        }
        Self { digits, exponent, float }
    }

    /// Returns it as a whole number, if it is one.
    pub(super) fn as_count(&self) -> Option<i64> {
        let power = u32::try_from(self.exponent).ok()?;
        let scaled = 10_i128.checked_pow(power).and_then(|power| self.digits.checked_mul(power));
        Some(scaled.and_then(|count| i64::try_from(count).ok()).unwrap_or(i64::MAX))
    }

    /// Compares two numbers.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let signs = self.digits.signum().cmp(&other.digits.signum());
        if signs != Ordering::Equal || self.digits == 0 {
            return signs;
        }
        let places = |number: &Self| {
            let digits = number.digits.unsigned_abs().ilog10();
            i64::from(digits) + i64::from(number.exponent)
        };
        // Numbers of one size have, for the smaller exponent, equally many digits.
        let exponent = self.exponent.min(other.exponent);
        let scaled = |number: &Self| {
            let power = (number.exponent - exponent).unsigned_abs();
            number.digits.unsigned_abs().saturating_mul(10_u128.saturating_pow(power))
        };
        let sizes = places(self).cmp(&places(other)).then_with(|| scaled(self).cmp(&scaled(other)));
        if self.digits < 0 { sizes.reverse() } else { sizes }
    }

    /// Says whether this is the other one times a whole number.
    pub(super) fn is_multiple_of(&self, other: &Self) -> bool {
        if other.digits == 0 || self.digits == 0 {
            return other.digits != 0;
        }
        let (digits, unit) = (self.digits.unsigned_abs(), other.digits.unsigned_abs());
        let power = i64::from(self.exponent) - i64::from(other.exponent);
        if power < 0 {
            let scale = u32::try_from(-power).ok().and_then(|power| 10_u128.checked_pow(power));
            let unit = scale.and_then(|scale| unit.checked_mul(scale));
            return unit.is_some_and(|unit| digits % unit == 0);
        }
        (0..power).fold(digits % unit, |rest, _| rest * 10 % unit) == 0
    }

    /// Prints it as English texts have numbers: `65,536`, `0.5`, `1.2×10⁰⁶`.
    pub(super) fn localized(&self) -> String {
        let text = format!("{:e}", self.float);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        // Go's rule for `%g`.
        if !(-4..6).contains(&exponent) {
            return format!("{mantissa}×10{}", superscript(exponent));
        }
        let plain = self.float.to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        match fraction {
            "" => grouped(whole),
            fraction => format!("{}.{fraction}", grouped(whole)),
        }
    }
}

/// Puts commas between thousands.
pub(super) fn grouped(whole: &str) -> String {
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut text = sign.to_owned();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn superscript(exponent: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32(0x2070 + c as u32 - '0' as u32).unwrap_or(c),
        c => c,
    };
    let sign = if exponent < 0 { "⁻" } else { "" };
    format!("{sign}{}", format!("{:02}", exponent.abs()).chars().map(raised).collect::<String>())
}

/// Says whether two values are equal; numbers are by what they are worth.
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|o| equal(value, o)))
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Null | Value::Bool(_) | Value::String(_), _) => one == other,
        _ => match (Number::of(one), Number::of(other)) {
            (Some(one), Some(other)) => one.compare(&other) == Ordering::Equal,
            (None, None) => one == other,
            _ => false,
        },
    }
}

/// Returns the first two items that are equal: the later one as early as possible.
pub(super) fn duplicates(items: &[Value]) -> Option<(usize, usize)> {
    let mut seen = std::collections::HashMap::new();
    items.iter().enumerate().find_map(|(at, item)| {
        let text = item.clone().numbers_as_floats().to_json();
        // Large integers have one float for many; they are rare enough to be compared.
        let alike: &mut Vec<usize> = seen.entry(text).or_default();
        let found = alike.iter().copied().find(|&before| equal(&items[before], item));
        alike.push(at);
        Some((found?, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(json: &str) -> Number {
        Number::of(&Value::from_json(json).expect("JSON")).expect("a number")
    }

    #[test]
    fn numbers_are_printed_as_english_texts_have_them() {
        // Recorded from Helm.
        let cases = [
            ("5", "5"),
            ("65536", "65,536"),
            ("-100000", "-100,000"),
            ("0.5", "0.5"),
            ("1234567.891234567", "1.234567891234567×10⁰⁶"),
            ("1.23456789", "1.23456789"),
            ("0.000012345", "1.2345×10⁻⁰⁵"),
            ("1e22", "1×10²²"),
        ];
        for (json, expected) in cases {
            assert_eq!(number(json).localized(), expected);
        }
    }

    #[test]
    fn numbers_are_compared_as_decimals() {
        assert!(number("0.3").is_multiple_of(&number("0.1")));
        assert!(!number("0.35").is_multiple_of(&number("0.1")));
        assert!(!number("4").is_multiple_of(&number("0")));
        assert!(number("1e308").is_multiple_of(&number("5e-324")));
        assert!(!number("5e-324").is_multiple_of(&number("1e308")));
        assert!(number("-120").is_multiple_of(&number("40")));
        for (less, more) in [
            ("-1e308", "5e-324"),
            ("-2", "-1.9"),
            ("0", "1e-9"),
            ("99", "1e2"),
            ("18446744073709551614", "18446744073709551615"),
        ] {
            assert_eq!(number(less).compare(&number(more)), Ordering::Less, "{less} {more}");
            assert_eq!(number(more).compare(&number(less)), Ordering::Greater, "{less} {more}");
        }
        assert_eq!(number("1.0").compare(&number("1")), Ordering::Equal);
        assert_eq!(
            number("9007199254740993").compare(&number("9007199254740992")),
            Ordering::Greater
        );
        assert_eq!(number("12e1").as_count(), Some(120));
        assert_eq!(number("1.5").as_count(), None);
    }

    #[test]
    fn the_earliest_pair_of_equal_items_is_found() {
        let items = Value::from_json(r#"[1,{"a":2},"1",{"a":2.0},1.0]"#).expect("JSON");
        assert_eq!(duplicates(items.as_list().expect("a list")), Some((1, 3)));
    }
}
