//! The values of flags as Go's pflag reads them: booleans, durations, lists, pairs.
//!
//! Scripts written for Helm use every form that Go takes (`--wait=T`, `--timeout 1h30m`, `-f 'a,"b,c"'`).

use std::collections::BTreeMap;
use std::time::Duration;

/// The values of one occurrence of a flag that takes a comma list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List(pub(super) Vec<String>);

/// The pairs of one occurrence of a flag that takes `key=value,…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pairs(pub(super) BTreeMap<String, String>);

/// Reads a boolean as Go's `strconv.ParseBool` does.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("it must be true or false".to_owned()),
    }
}

/// Reads a duration as Go's `time.ParseDuration` does: `300s`, `1h30m`, `1.5h`, `0`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("time: invalid duration \"{text}\"");
    if text.starts_with('-') {
        return Err("it must not be negative".to_owned());
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        if letters == 0 {
            return Err(format!("time: missing unit in duration \"{text}\""));
        }
        seconds += number * unit(&rest[..letters]).ok_or_else(wrong)?;
        rest = &rest[letters..];
    }
    let duration = Duration::try_from_secs_f64(seconds).ok();
    // Go counts nanoseconds in 63 bits, which is 292 years.
    duration.filter(|duration| !text.is_empty() && duration.as_nanos() < 1 << 63).ok_or_else(wrong)
}

fn unit(name: &str) -> Option<f64> {
    Some(match name {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

/// Reads a comma list as Go's `encoding/csv` reads its first record.
pub(super) fn list(text: &str) -> Result<List, String> {
    let mut fields = Vec::new();
    let mut rest = text.lines().next().unwrap_or_default();
    if rest.is_empty() {
        return Ok(List(fields));
    }
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => plain_field(rest)?,
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(List(fields)),
        }
    }
}

/// A field, and what follows its comma.
type Field<'a> = (String, Option<&'a str>);

fn plain_field(text: &str) -> Result<Field<'_>, String> {
    let (field, rest) = text.split_once(',').map_or((text, None), |(one, rest)| (one, Some(rest)));
    if field.contains('"') {
        return Err("bare \" in non-quoted field".to_owned());
    }
    Ok((field.to_owned(), rest))
}

fn quoted_field(text: &str) -> Result<Field<'_>, String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) =
            rest.split_once('"').ok_or("extraneous or missing \" in quoted field")?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None if after.is_empty() => return Ok((field, None)),
            None => {
                let after = after.strip_prefix(',');
                let after = after.ok_or("extraneous or missing \" in quoted field")?;
                return Ok((field, Some(after)));
            }
        }
    }
}

/// Reads `key=value,…`; one pair alone may have commas in its value, as pflag has it.
pub(super) fn pairs(text: &str) -> Result<Pairs, String> {
    let fields = match text.matches('=').count() {
        0 => return Err(format!("{text} must be formatted as key=value")),
        1 => vec![text.trim_matches('"').to_owned()],
        _ => list(text)?.0,
    };
    let pair = |field: String| match field.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(format!("{field} must be formatted as key=value")),
    };
    fields.into_iter().map(pair).collect::<Result<_, _>>().map(Pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_those_of_go() {
        assert_eq!(["1", "T", "True"].map(boolean), [Ok(true), Ok(true), Ok(true)]);
        assert_eq!(["0", "f", "FALSE"].map(boolean), [Ok(false), Ok(false), Ok(false)]);
        assert!(boolean("yes").is_err() && boolean("").is_err() && boolean("tRUE").is_err());
    }

    #[test]
    fn durations_are_those_of_go() {
        for (text, milliseconds) in [
            ("0", 0),
            ("300s", 300_000),
            ("5m0s", 300_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("100ms", 100),
            (".5s", 500),
            ("+2m", 120_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(duration("5").unwrap_err(), "time: missing unit in duration \"5\"");
        for text in ["", "-5s", "5x", "s", "1.2.3s", "5m3", "9e9h", "99999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_are_records_of_csv() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(list(text).unwrap().0, expected, "{text}");
        };
        check("", &[]);
        check("a", &["a"]);
        check("a,b", &["a", "b"]);
        check("a,", &["a", ""]);
        check("\"a,b\",c", &["a,b", "c"]);
        check("a,\"say \"\"hi\"\"\"", &["a", "say \"hi\""]);
        for text in ["a\"b", "\"a", "\"a\"b,c"] {
            assert!(list(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pairs_keep_the_commas_of_a_single_value() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let expected =
                expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            assert_eq!(pairs(text).unwrap().0, expected.collect(), "{text}");
        };
        check("a=b", &[("a", "b")]);
        check("a=b,c=d", &[("a", "b"), ("c", "d")]);
        check("a=b,c", &[("a", "b,c")]);
        check("a=", &[("a", "")]);
        assert_eq!(pairs("a").unwrap_err(), "a must be formatted as key=value");
        assert_eq!(pairs("a=1,b=2,c").unwrap_err(), "c must be formatted as key=value");
    }
}
