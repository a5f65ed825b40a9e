//! Reading a time that is written in one of Go's layouts.

use super::layout::{OffsetForm, Part, next_part};
use super::{MONTHS, Time, WEEKDAYS, Zone, days_before_month, days_in_month, is_leap};
use crate::engine::functions::durations::quote;

/// Reads a time; where it names no zone, it is in `local`.
pub(in crate::engine::functions) fn parse(
    layout: &str,
    text: &str,
    local: &Zone,
) -> Result<Time, String> {
    let mut reader = Reader { layout, text, rest: text, found: Found::default() };
    reader.read()?;
    reader.finish(local)
}

/// What has been read so far.
#[derive(Default)]
struct Found {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: u32,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    zone: String,
}

struct Reader<'a> {
    layout: &'a str,
    text: &'a str,
    rest: &'a str,
    found: Found,
}

/// Why a part could not be read.
enum Failure {
    /// It is not what the layout has there.
    Bad,
    /// It is too large or too small.
    Range(&'static str),
}

impl<'a> Reader<'a> {
    fn read(&mut self) -> Result<(), String> {
        let mut layout = self.layout;
        loop {
            let (before, part, after) = next_part(layout);
            self.skip(before).map_err(|rest| self.cannot_parse(rest, before))?;
            let Some((part, part_text)) = part else {
                return match self.rest {
                    "" => Ok(()),
                    rest => Err(self.complaint(&format!("extra text: {}", quote(rest)))),
                };
            };
            layout = after;
            let start = self.rest;
            self.part(part, after).map_err(|failure| match failure {
                Failure::Bad => self.cannot_parse(start, part_text),
                Failure::Range(what) => self.complaint(&format!("{what} out of range")),
            })?;
        }
    }

    fn cannot_parse(&self, rest: &str, part: &str) -> String {
        let (text, layout) = (quote(self.text), quote(self.layout));
        format!("parsing time {text} as {layout}: cannot parse {} as {}", quote(rest), quote(part))
    }

    fn complaint(&self, what: &str) -> String {
        format!("parsing time {}: {what}", quote(self.text))
    }

    /// Skips what a layout has between its parts; spaces match any number of them.
    fn skip(&mut self, mut before: &str) -> Result<(), &'a str> {
        while let Some(expected) = before.bytes().next() {
            if expected == b' ' {
                if !self.rest.is_empty() && !self.rest.starts_with(' ') {
                    return Err(self.rest);
                }
                before = before.trim_start_matches(' ');
                self.rest = self.rest.trim_start_matches(' ');
                continue;
            }
            let next = before.chars().next().unwrap_or_default();
            self.rest = self.rest.strip_prefix(next).ok_or(self.rest)?;
            before = &before[next.len_utf8()..];
        }
        Ok(())
    }

    fn part(&mut self, part: Part, after: &str) -> Result<(), Failure> {
        match part {
            Part::Year => {
                let year = self.digits(2)?;
                // Two digits are years from 1969 on, as in Go.
                self.found.year = year + if year >= 69 { 1900 } else { 2000 };
            }
            Part::LongYear => self.found.year = self.digits(4)?,
            Part::Month => self.found.month = Some(self.name(&MONTHS, 3)? + 1),
            Part::LongMonth => self.found.month = Some(self.name(&MONTHS, usize::MAX)? + 1),
            Part::NumMonth | Part::ZeroMonth => {
                let month = self.number(part == Part::ZeroMonth)?;
                self.found.month = Some(in_range(month, 1, 12, "month")?);
            }
            Part::Weekday => drop(self.name(&WEEKDAYS, 3)?),
            Part::LongWeekday => drop(self.name(&WEEKDAYS, usize::MAX)?),
            Part::Day | Part::UnderDay | Part::ZeroDay => {
                self.skip_space(part == Part::UnderDay);
                self.found.day = Some(self.number(part == Part::ZeroDay)?);
            }
            Part::UnderYearDay | Part::ZeroYearDay => {
                self.skip_space(part == Part::UnderYearDay);
                self.skip_space(part == Part::UnderYearDay);
                self.found.year_day = Some(self.year_day(part == Part::ZeroYearDay)?);
            }
            Part::Hour => self.found.hour = in_range(self.number(false)?, 0, 23, "hour")?,
            Part::Hour12 | Part::ZeroHour12 => {
                let hour = self.number(part == Part::ZeroHour12)?;
                self.found.hour = in_range(hour, 0, 12, "hour")?;
            }
            Part::Minute | Part::ZeroMinute => {
                let minute = self.number(part == Part::ZeroMinute)?;
                self.found.minute = in_range(minute, 0, 59, "minute")?;
            }
            Part::Second | Part::ZeroSecond => {
                let second = self.number(part == Part::ZeroSecond)?;
                self.found.second = in_range(second, 0, 59, "second")?;
                // A fraction may follow also where the layout has none.
                let written = matches!(next_part(after).1, Some((Part::Fraction { .. }, _)));
                if !written && starts_with_fraction(self.rest) {
                    self.fraction(usize::MAX);
                }
            }
            Part::UpperPm => self.found.afternoon = Some(self.one_of(["AM", "PM"])?),
            Part::LowerPm => self.found.afternoon = Some(self.one_of(["am", "pm"])?),
            Part::Offset { z: true, .. } if self.rest.starts_with('Z') => {
                self.rest = &self.rest[1..];
                self.found.utc = true;
            }
            Part::Offset { form, .. } => self.offset(form)?,
            Part::ZoneName => self.zone_name()?,
            Part::Fraction { trimmed: true, .. } => {
                if starts_with_fraction(self.rest) {
                    self.fraction(usize::MAX);
                }
            }
            Part::Fraction { digits, .. } => {
                let written = self.rest.get(1..=digits).ok_or(Failure::Bad)?;
                if !self.rest.starts_with(['.', ',']) || !is_digits(written) {
                    return Err(Failure::Bad);
                }
                self.fraction(digits);
            }
        }
        Ok(())
    }

    fn skip_space(&mut self, skips: bool) {
        if skips {
            self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
        }
    }

    /// Reads exactly that many digits.
    fn digits(&mut self, count: usize) -> Result<i64, Failure> {
        let digits =
            self.rest.get(..count).filter(|digits| is_digits(digits)).ok_or(Failure::Bad)?;
        self.rest = &self.rest[count..];
        digits.parse().map_err(|_| Failure::Bad)
    }

    /// Reads one or two digits, two if there must be.
    fn number(&mut self, two: bool) -> Result<i64, Failure> {
        let has_two = self.rest.get(..2).is_some_and(is_digits);
        self.digits(if two || has_two { 2 } else { 1 })
    }

    fn year_day(&mut self, three: bool) -> Result<i64, Failure> {
        let count = self.rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
        if three && count != 3 { Err(Failure::Bad) } else { self.digits(count.max(1)) }
    }

    /// Reads one of the names, cut to `size` bytes, and returns which.
    fn name(&mut self, names: &[&str], size: usize) -> Result<i64, Failure> {
        for (index, name) in names.iter().enumerate() {
            let name = &name[..name.len().min(size)];
            if self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
                self.rest = &self.rest[name.len()..];
                return Ok(index as i64);
            }
        }
        Err(Failure::Bad)
    }

    fn one_of(&mut self, [first, second]: [&str; 2]) -> Result<bool, Failure> {
        let is_second = self.rest.starts_with(second);
        if !is_second && !self.rest.starts_with(first) {
            return Err(Failure::Bad);
        }
        self.rest = &self.rest[2..];
        Ok(is_second)
    }

    /// Reads a separator and digits, at most that many; more than nanoseconds are left aside.
    fn fraction(&mut self, limit: usize) {
        let digits = &self.rest[1..];
        let count = digits.bytes().take(limit).take_while(u8::is_ascii_digit).count();
        let kept = &digits[..count.min(9)];
        self.found.nanosecond = format!("{kept:0<9}").parse().unwrap_or_default();
        self.rest = &digits[count..];
    }

    fn offset(&mut self, form: OffsetForm) -> Result<(), Failure> {
        let (size, colons): (usize, &[usize]) = match form {
            OffsetForm::Hours => (3, &[]),
            OffsetForm::Minutes => (5, &[]),
            OffsetForm::ColonMinutes => (6, &[3]),
            OffsetForm::Seconds => (7, &[]),
            OffsetForm::ColonSeconds => (9, &[3, 6]),
        };
        let written = self.rest.get(..size).filter(|text| text.is_ascii()).ok_or(Failure::Bad)?;
        self.rest = &self.rest[size..];
        if colons.iter().any(|&at| written.as_bytes()[at] != b':') {
            return Err(Failure::Bad);
        }
        let digits: String = written[1..].chars().filter(|&c| c != ':').collect();
        let sign = match written.as_bytes()[0] {
            b'+' => 1,
            b'-' => -1,
            _ => return Err(Failure::Bad),
        };
        if !is_digits(&digits) {
            return Err(Failure::Bad);
        }
        let field = |at: usize| digits.get(at..at + 2).map_or(0, |two| two.parse().unwrap_or(0));
        // Go lets the largest values pass, because some people write them.
        let hours = in_range(field(0), 0, 24, "time zone offset hour")?;
        let minutes = in_range(field(2), 0, 60, "time zone offset minute")?;
        let seconds = in_range(field(4), 0, 60, "time zone offset second")?;
        self.found.offset = Some(sign * ((hours * 60 + minutes) * 60 + seconds));
        Ok(())
    }

    fn zone_name(&mut self) -> Result<(), Failure> {
        if let Some(rest) = self.rest.strip_prefix("UTC") {
            self.rest = rest;
            self.found.utc = true;
            return Ok(());
        }
        let size = zone_name_size(self.rest).ok_or(Failure::Bad)?;
        self.found.zone = self.rest[..size].to_owned();
        self.rest = &self.rest[size..];
        Ok(())
    }

    fn finish(mut self, local: &Zone) -> Result<Time, String> {
        match self.found.afternoon {
            Some(true) if self.found.hour < 12 => self.found.hour += 12,
            Some(false) if self.found.hour == 12 => self.found.hour = 0,
            _ => {}
        }
        let (month, day) = self.month_and_day()?;
        let found = self.found;
        if day < 1 || day > days_in_month(found.year, month) {
            return Err(format!("parsing time {}: day out of range", quote(self.text)));
        }
        let clock = (found.hour * 60 + found.minute) * 60 + found.second;
        let date = (found.year, month, day);
        let time = |zone: Zone| Time::of_date(date, clock, found.nanosecond, zone);
        if found.utc {
            return Ok(time(Zone::Utc));
        }
        if let Some(offset) = found.offset {
            let utc = time(Zone::Utc).add_seconds(-offset);
            let (name, local_offset) = local.offset_at(utc.seconds);
            let is_local = local_offset == offset && (found.zone.is_empty() || name == found.zone);
            let zone = if is_local { local.clone() } else { Zone::fixed(&found.zone, offset) };
            return Ok(utc.in_zone(zone));
        }
        if found.zone.is_empty() {
            return Ok(time(local.clone()));
        }
        let utc = time(Zone::Utc);
        if let Some(offset) = local.offset_of_name(&found.zone, utc.seconds) {
            return Ok(utc.add_seconds(-offset).in_zone(local.clone()));
        }
        // A zone that is not known here keeps its name, and only GMT tells its offset.
        let hours = found.zone.strip_prefix("GMT").and_then(|hours| hours.parse().ok());
        Ok(utc.in_zone(Zone::fixed(&found.zone, 3600 * hours.unwrap_or(0))))
    }

    fn month_and_day(&self) -> Result<(i64, i64), String> {
        let Found { year, month, day, .. } = self.found;
        let Some(year_day) = self.found.year_day else {
            return Ok((month.unwrap_or(1), day.unwrap_or(1)));
        };
        if year_day < 1 || year_day > 365 + i64::from(is_leap(year)) {
            return Err(self.complaint("day-of-year out of range"));
        }
        let is_before = |month: &i64| days_before_month(year, *month) < year_day;
        let found_month = (1..=12).rev().find(is_before).unwrap_or(1);
        let found_day = year_day - days_before_month(year, found_month);
        if month.is_some_and(|month| month != found_month) {
            return Err(self.complaint("day-of-year does not match month"));
        }
        if day.is_some_and(|day| day != found_day) {
            return Err(self.complaint("day-of-year does not match day"));
        }
        Ok((found_month, found_day))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn starts_with_fraction(text: &str) -> bool {
    text.starts_with(['.', ',']) && text[1..].starts_with(|digit: char| digit.is_ascii_digit())
}

fn in_range(number: i64, low: i64, high: i64, what: &'static str) -> Result<i64, Failure> {
    if (low..=high).contains(&number) { Ok(number) } else { Err(Failure::Range(what)) }
}

/// Returns the size of what looks like the name of a zone: three to five capitals, or an offset.
fn zone_name_size(text: &str) -> Option<usize> {
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix("GMT") {
        return Some(3 + signed_hours_size(rest).unwrap_or(0));
    }
    if text.starts_with(['+', '-']) {
        return signed_hours_size(text);
    }
    let capitals = text.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match capitals {
        3 => Some(3),
        4 if text[3..].starts_with('T') || text.starts_with("WITA") => Some(4),
        5 if text[4..].starts_with('T') => Some(5),
        _ => None,
    }
}

/// Returns the size of a sign and the digits of an hour below 24.
fn signed_hours_size(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['+', '-'])?;
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let hours: u64 = digits[..count].parse().ok()?;
    (hours <= 23).then_some(count + 1)
}
