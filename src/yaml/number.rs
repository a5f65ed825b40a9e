//! Floats as Go writes them: in JSON, and with its `%g`.

use std::fmt::LowerExp;
use std::iter::repeat_n;
use std::str::FromStr;

/// Writes a finite float as Go's encoding/json does: without exponent from 1e-6 up to 1e21.
pub(crate) fn json_float(number: f64) -> String {
    let digits = Digits::of(number);
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) { digits.plain() } else { digits.scientific(1) }
}

/// Writes a float as go-yaml does, Go's `%g` with the fewest digits: an exponent below 1e-4 and
/// from 1e6 on.
pub(crate) fn yaml_float(number: f64) -> String {
    if number.is_finite() { Digits::of(number).general() } else { not_finite(number).to_owned() }
}

/// Writes a float that is a key: Helm's YAML library keeps 32 bits of it.
pub(crate) fn key_float(number: f64) -> String {
    let number = number as f32;
    if number.is_finite() {
        Digits::of(number).general()
    } else {
        not_finite(number.into()).to_owned()
    }
}

/// Writes a finite float as `{:e}` does, but of two equally short and equally near texts the one with
/// the even digit, as Go does.
pub(crate) fn shortest<F: Copy + PartialEq + LowerExp + FromStr>(number: F) -> String {
    let shortest = format!("{number:e}");
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    if digits < FEWEST_WITH_TIES {
        return shortest;
    }
    let places = digits - 1;
    let nearest = format!("{number:.places$e}");
    let is_same = nearest.parse().is_ok_and(|read: F| read == number);
    if is_same { nearest } else { shortest }
}

/// Below so many digits no two texts are equally near: a float of 32 bits tells all numbers of six
/// digits apart.
const FEWEST_WITH_TIES: usize = 7;

/// The fewest digits that tell a number from its neighbors, as `d.ddd` times a power of ten.
struct Digits {
    is_negative: bool,
    digits: String,
    exponent: i32,
}

impl Digits {
    fn of<F: Copy + PartialEq + LowerExp + FromStr>(number: F) -> Self {
        let text = shortest(number);
        let (digits, exponent) = text.split_once('e').expect("`{:e}` writes an exponent");
        Self {
            is_negative: digits.starts_with('-'),
            digits: digits.chars().filter(char::is_ascii_digit).collect(),
            exponent: exponent.parse().expect("the exponent of a float is small"),
        }
    }

    fn general(&self) -> String {
        if (-4..6).contains(&self.exponent) { self.plain() } else { self.scientific(2) }
    }

    fn plain(&self) -> String {
        let mut text = String::from(if self.is_negative { "-" } else { "" });
        let Ok(whole) = usize::try_from(self.exponent + 1) else {
            text.push_str("0.");
            text.extend(repeat_n('0', self.exponent.unsigned_abs() as usize - 1));
            return text + &self.digits;
        };
        match self.digits.split_at_checked(whole) {
            Some(("", fraction)) => text.extend(["0.", fraction]),
            Some((digits, "")) => text.push_str(digits),
            Some((digits, fraction)) => text.extend([digits, ".", fraction]),
            None => {
                text.push_str(&self.digits);
                text.extend(repeat_n('0', whole - self.digits.len()));
            }
        }
        text
    }

    fn scientific(&self, exponent_digits: usize) -> String {
        let minus = if self.is_negative { "-" } else { "" };
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if self.exponent < 0 { '-' } else { '+' };
        let size = self.exponent.unsigned_abs();
        format!("{minus}{first}{point}{rest}e{sign}{size:0exponent_digits$}")
    }
}

fn not_finite(number: f64) -> &'static str {
    if number.is_nan() {
        ".nan"
    } else if number > 0.0 {
        ".inf"
    } else {
        "-.inf"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_an_exponent_for_the_very_large_and_the_very_small() {
        let cases = [
            (1000.0, "1000"),
            (-0.0, "-0"),
            (123_456_789.5, "123456789.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (0.000001, "0.000001"),
            (-1.5e-9, "-1.5e-9"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (249_354_548_609_925.13, "249354548609925.12"),
            (9_007_199_254_740_993.0, "9007199254740992"),
        ];
        for (number, text) in cases {
            assert_eq!(json_float(number), text);
        }
    }

    #[test]
    fn yaml_has_an_exponent_from_a_million_on() {
        let cases = [
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (123_456.5, "123456.5"),
            (1_234_567.5, "1.2345675e+06"),
            (1e100, "1e+100"),
            (f64::NEG_INFINITY, "-.inf"),
        ];
        for (number, text) in cases {
            assert_eq!(yaml_float(number), text);
        }
    }

    #[test]
    fn keys_keep_32_bits() {
        assert_eq!(key_float(12_345_678.25), "1.2345678e+07");
        assert_eq!(key_float(1.5), "1.5");
        assert_eq!(key_float(-0.25), "-0.25");
        assert_eq!(key_float(1e300), ".inf");
    }
}
