//! The formats of dates, times and spans of time.

use super::format::{ensure, quote_character};
use crate::values::go::quote;

type Verdict = Result<(), String>;

pub(super) fn date(text: &str) -> Verdict {
    let wrong = |rest: &str, element: &str| {
        Err(format!(
            "parsing time {} as \"2006-01-02\": cannot parse {} as {}",
            quote(text),
            quote(rest),
            quote(element)
        ))
    };
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i16>().ok())?
    };
    let Some(year) = number(0, 4) else { return wrong(text, "2006") };
    for (at, element, from) in [(4, "-", 5), (7, "-", 8)] {
        if text.get(at..at + 1) != Some("-") {
            return wrong(text.get(at..).unwrap_or_default(), element);
        }
        if number(from, from + 2).is_none() {
            let element = if from == 5 { "01" } else { "02" };
            return wrong(text.get(from..).unwrap_or_default(), element);
        }
    }
    let (month, day) = (number(5, 7).unwrap_or_default(), number(8, 10).unwrap_or_default());
    let out_of_range = |what| Err(format!("parsing time {}: {what} out of range", quote(text)));
    if !(1..=12).contains(&month) {
        return out_of_range("month");
    }
    if text.len() > 10 {
        return Err(format!("parsing time {}: extra text: {}", quote(text), quote(&text[10..])));
    }
    let day_fits = i8::try_from(month)
        .and_then(|month| Ok((month, i8::try_from(day)?)))
        .is_ok_and(|(month, day)| jiff::civil::Date::new(year, month, day).is_ok());
    if day_fits { Ok(()) } else { out_of_range("day") }
}

pub(super) fn time(text: &str) -> Verdict {
    ensure(text.len() >= 9, "less than 9 characters long")?;
    let colons = text.as_bytes()[2] == b':' && text.as_bytes()[5] == b':';
    ensure(colons, "missing colon in correct place")?;
    let numbers = |text: Option<&str>, what: &str| -> Result<Vec<i64>, String> {
        let parsed: Option<Vec<i64>> =
            text.unwrap_or_default().split(':').map(go_integer).collect();
        let numbers = parsed.ok_or_else(|| format!("invalid {what}"))?;
        ensure(numbers.iter().all(|number| *number >= 0), format!("non-positive {what}"))?;
        Ok(numbers)
    };
    let clock = numbers(text.get(..8), "hour/min/sec")?;
    let [hour, minute, second] = clock[..] else { return Err("missing hour/min/sec".to_owned()) };
    ensure(hour <= 23 && minute <= 59 && second <= 60, "hour/min/sec out of range")?;
    let mut rest = &text[8..];
    if let Some(after) = rest.strip_prefix('.') {
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        ensure(rest.len() < after.len(), "no digits in second fraction")?;
    }
    let mut minutes = hour * 60 + minute;
    if !matches!(rest, "z" | "Z") {
        ensure(rest.len() == 6, "offset must be 6 characters long")?;
        let sign = match rest.as_bytes()[0] {
            b'+' => -1,
            b'-' => 1,
            _ => return Err("offset must begin with plus/minus".to_owned()),
        };
        let colon = rest.as_bytes()[3] == b':';
        ensure(colon, "missing colon in offset in correct place")?;
        let offset = numbers(rest.get(1..), "hour/min in offset")?;
        let [hours, more] = offset[..] else {
            return Err("invalid hour/min in offset".to_owned());
        };
        ensure(hours <= 23 && more <= 59, "hour/min in offset out of range")?;
        minutes += sign * (hours * 60 + more);
        minutes += if minutes < 0 { 24 * 60 } else { 0 };
    }
    ensure(second < 60 || minutes == 23 * 60 + 59, "invalid leap second")
}

/// Reads an integer as Go does, with a sign.
fn go_integer(text: &str) -> Option<i64> {
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

pub(super) fn date_time(text: &str) -> Verdict {
    ensure(text.len() >= 20, "less than 20 characters long")?;
    let mark = matches!(text.as_bytes()[10], b't' | b'T');
    ensure(mark, "11th character must be t or T")?;
    let day = text.get(..10).unwrap_or_default();
    date(day).map_err(|reason| format!("invalid date element: {reason}"))?;
    time(&text[11..]).map_err(|reason| format!("invalid time element: {reason}"))
}

pub(super) fn duration(text: &str) -> Verdict {
    let rest = text.strip_prefix('P').ok_or("must start with P")?;
    ensure(!rest.is_empty(), "nothing after P")?;
    if let Some(weeks) = rest.strip_suffix('W') {
        ensure(!weeks.is_empty(), "no number in week")?;
        return ensure(weeks.bytes().all(|byte| byte.is_ascii_digit()), "invalid week");
    }
    for (at, part) in rest.split('T').enumerate() {
        ensure(at == 0 || !part.is_empty(), "no time elements")?;
        let all = *["YMD", "HMS"].get(at).ok_or("more than one T")?;
        elements(part, all)?;
    }
    Ok(())
}

/// Checks numbers, each with a unit, whose order is that of `all`.
fn elements(mut part: &str, all: &str) -> Verdict {
    let mut units = all;
    while !part.is_empty() {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        ensure(rest.len() < part.len(), "missing number")?;
        let unit = rest.chars().next().ok_or("missing unit")?;
        let Some(at) = units.find(unit) else {
            let shown = quote_character(unit);
            return Err(match all.contains(unit) {
                true => format!("unit {shown} out of order"),
                false => format!("invalid unit {shown}"),
            });
        };
        units = &units[at + 1..];
        part = &rest[unit.len_utf8()..];
    }
    Ok(())
}

pub(super) fn period(text: &str) -> Verdict {
    let (start, end) = text.split_once('/').ok_or("missing slash")?;
    let named =
        |result: Verdict, what: &str| result.map_err(|why| format!("invalid {what}: {why}"));
    if start.starts_with('P') {
        named(duration(start), "start duration")?;
        return named(date_time(end), "end date-time");
    }
    named(date_time(start), "start date-time")?;
    match end.starts_with('P') {
        true => named(duration(end), "end duration"),
        false => named(date_time(end), "end date-time"),
    }
}
