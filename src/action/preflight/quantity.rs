//! Amounts as Kubernetes writes them (`100m`, `1.5Gi`, `2e3`), in thousandths.

use crate::cluster::Json;

/// The suffixes and what they multiply by, in thousandths (apimachinery, resource.Quantity).
const SUFFIXES: [(&str, i128); 13] = [
    ("Ki", 1000 << 10),
    ("Mi", 1000 << 20),
    ("Gi", 1000 << 30),
    ("Ti", 1000 << 40),
    ("Pi", 1000 << 50),
    ("Ei", 1000 << 60),
    ("m", 1),
    ("k", 1_000_000),
    ("M", 1_000_000_000),
    ("G", 1_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("P", 1_000_000_000_000_000_000),
    ("E", 1_000_000_000_000_000_000_000),
];

/// Reads an amount in thousandths, rounded up; `None` if it is none.
pub(super) fn thousandths(value: &Json) -> Option<i128> {
    let text = match value {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        _ => return None,
    };
    let text = text.trim();
    let suffix = SUFFIXES.iter().find(|(suffix, _)| text.ends_with(suffix));
    let (number, factor) = match suffix {
        Some((suffix, factor)) => (text.strip_suffix(suffix)?, *factor),
        None => (text, 1000),
    };
    let (number, exponent) = match number.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<u32>().ok().filter(|e| *e <= 18)?),
        None => (number, 0),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole.strip_prefix(['+', '-']).unwrap_or(whole)) || !is_number(part) {
        return None;
    }
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    let scale = 10i128.checked_pow(u32::try_from(part.len()).ok()?)?;
    let scaled = digits.checked_mul(factor)?.checked_mul(10i128.checked_pow(exponent)?)?;
    Some(scaled.div_euclid(scale) + i128::from(scaled.rem_euclid(scale) != 0))
}

/// Writes an amount as people read it: `1500m` and `2` of a count, `1.5Gi` of bytes.
pub(super) fn written(thousandths: i128, of_bytes: bool) -> String {
    if of_bytes {
        let units = [("Gi", 1000 << 30), ("Mi", 1000 << 20), ("Ki", 1000 << 10)];
        for (suffix, unit) in units {
            if thousandths >= unit {
                let tenths = thousandths * 10 / unit;
                return match tenths % 10 {
                    0 => format!("{}{suffix}", tenths / 10),
                    tenth => format!("{}.{tenth}{suffix}", tenths / 10),
                };
            }
        }
    }
    match thousandths % 1000 {
        0 => (thousandths / 1000).to_string(),
        _ => format!("{thousandths}m"),
    }
}
