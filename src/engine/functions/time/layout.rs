//! Go's layouts: a time is written as the reference time `Mon Jan 2 15:04:05 MST 2006` would be.

use super::{MONTHS, Time, WEEKDAYS};

/// A part of a layout that stands for a part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset {
        /// Whether no offset is written as `Z`.
        z: bool,
        form: OffsetForm,
    },
    /// Digits of the second after a point or comma, that many.
    Fraction {
        digits: usize,
        /// Whether zeros at the end are left out, and all of it where there is no fraction.
        trimmed: bool,
        separator: char,
    },
}

/// How an offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OffsetForm {
    /// `-07`
    Hours,
    /// `-0700`
    Minutes,
    /// `-07:00`
    ColonMinutes,
    /// `-070000`
    Seconds,
    /// `-07:00:00`
    ColonSeconds,
}

/// The texts of all parts whose text is fixed; of those that start alike the longest comes first.
const FIXED: &[(&str, Part)] = &[
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekday),
    ("Mon", Part::Weekday),
    ("MST", Part::ZoneName),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("002", Part::ZeroYearDay),
    ("15", Part::Hour),
    ("1", Part::NumMonth),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("_2", Part::UnderDay),
    ("__2", Part::UnderYearDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperPm),
    ("pm", Part::LowerPm),
    ("-070000", Part::Offset { z: false, form: OffsetForm::Seconds }),
    ("-07:00:00", Part::Offset { z: false, form: OffsetForm::ColonSeconds }),
    ("-0700", Part::Offset { z: false, form: OffsetForm::Minutes }),
    ("-07:00", Part::Offset { z: false, form: OffsetForm::ColonMinutes }),
    ("-07", Part::Offset { z: false, form: OffsetForm::Hours }),
    ("Z070000", Part::Offset { z: true, form: OffsetForm::Seconds }),
    ("Z07:00:00", Part::Offset { z: true, form: OffsetForm::ColonSeconds }),
    ("Z0700", Part::Offset { z: true, form: OffsetForm::Minutes }),
    ("Z07:00", Part::Offset { z: true, form: OffsetForm::ColonMinutes }),
    ("Z07", Part::Offset { z: true, form: OffsetForm::Hours }),
];

/// Cuts a layout at its first part: what stands before it, the part with its text, and the rest.
pub(super) fn next_part(layout: &str) -> (&str, Option<(Part, &str)>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = &layout[at..];
        // An underscore before the year is a plain one.
        if rest.starts_with("_2006") {
            continue;
        }
        if let Some((part, size)) = part_at(rest) {
            return (&layout[..at], Some((part, &rest[..size])), &rest[size..]);
        }
    }
    (layout, None, "")
}

/// Returns the part that a text starts with, and its size.
fn part_at(text: &str) -> Option<(Part, usize)> {
    if text.starts_with(['.', ',']) {
        return fraction_at(text);
    }
    let (name, part) = FIXED.iter().find(|(name, _)| text.starts_with(name))?;
    // `Jan` and `Mon` do not count within longer words.
    let in_word = text[name.len()..].starts_with(|next: char| next.is_ascii_lowercase());
    let short_name = matches!(part, Part::Month | Part::Weekday);
    (!(short_name && in_word)).then_some((*part, name.len()))
}

fn fraction_at(text: &str) -> Option<(Part, usize)> {
    let separator = text.chars().next()?;
    let digit = text[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let rest = text[1..].trim_start_matches(digit);
    let digits = text.len() - 1 - rest.len();
    let ends = !rest.starts_with(|next: char| next.is_ascii_digit());
    ends.then_some((Part::Fraction { digits, trimmed: digit == '9', separator }, digits + 1))
}

/// Writes a time in a layout.
pub(super) fn format(time: &Time, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 10);
    let mut rest = layout;
    loop {
        let (before, part, after) = next_part(rest);
        out.push_str(before);
        let Some((part, _)) = part else { return out };
        out.push_str(&written(time, part));
        rest = after;
    }
}

fn written(time: &Time, part: Part) -> String {
    let civil = time.civil();
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    let noon = civil.hour >= 12;
    match part {
        Part::LongMonth => MONTHS[civil.month as usize - 1].to_owned(),
        Part::Month => MONTHS[civil.month as usize - 1][..3].to_owned(),
        Part::NumMonth => civil.month.to_string(),
        Part::ZeroMonth => format!("{:02}", civil.month),
        Part::LongWeekday => WEEKDAYS[civil.weekday as usize].to_owned(),
        Part::Weekday => WEEKDAYS[civil.weekday as usize][..3].to_owned(),
        Part::Day => civil.day.to_string(),
        Part::UnderDay => format!("{:2}", civil.day),
        Part::ZeroDay => format!("{:02}", civil.day),
        Part::UnderYearDay => format!("{:3}", civil.year_day),
        Part::ZeroYearDay => format!("{:03}", civil.year_day),
        Part::Hour => format!("{:02}", civil.hour),
        Part::Hour12 => hour12.to_string(),
        Part::ZeroHour12 => format!("{hour12:02}"),
        Part::Minute => civil.minute.to_string(),
        Part::ZeroMinute => format!("{:02}", civil.minute),
        Part::Second => civil.second.to_string(),
        Part::ZeroSecond => format!("{:02}", civil.second),
        Part::LongYear if civil.year < 0 => format!("-{:04}", -civil.year),
        Part::LongYear => format!("{:04}", civil.year),
        Part::Year => format!("{:02}", civil.year.abs() % 100),
        Part::UpperPm => if noon { "PM" } else { "AM" }.to_owned(),
        Part::LowerPm => if noon { "pm" } else { "am" }.to_owned(),
        Part::ZoneName => zone_name(time),
        Part::Offset { z: true, .. } if time.offset().1 == 0 => "Z".to_owned(),
        Part::Offset { form, .. } => offset(time.offset().1, form),
        Part::Fraction { digits, trimmed, separator } => {
            fraction(time.nanosecond, digits, trimmed, separator)
        }
    }
}

fn zone_name(time: &Time) -> String {
    match time.offset() {
        (name, seconds) if name.is_empty() => offset(seconds, OffsetForm::Minutes),
        (name, _) => name,
    }
}

fn offset(seconds: i64, form: OffsetForm) -> String {
    let sign = if seconds <= -60 { '-' } else { '+' };
    let (hours, minutes) = ((seconds / 60).abs() / 60, (seconds / 60).abs() % 60);
    let rest = seconds.abs() % 60;
    match form {
        OffsetForm::Hours => format!("{sign}{hours:02}"),
        OffsetForm::Minutes => format!("{sign}{hours:02}{minutes:02}"),
        OffsetForm::ColonMinutes => format!("{sign}{hours:02}:{minutes:02}"),
        OffsetForm::Seconds => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
        OffsetForm::ColonSeconds => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
    }
}

/// Writes that many digits after the separator; more than nanoseconds have are not known.
fn fraction(nanosecond: u32, digits: usize, trimmed: bool, separator: char) -> String {
    let all = format!("{nanosecond:09}");
    let kept = &all[..digits.min(9)];
    if !trimmed {
        return format!("{separator}{kept}");
    }
    match kept.trim_end_matches('0') {
        "" => String::new(),
        kept => format!("{separator}{kept}"),
    }
}
