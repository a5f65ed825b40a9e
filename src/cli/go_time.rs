//! Moments as Go writes them by a layout such as `Mon Jan _2 15:04:05 2006`.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use windlass::manifest::Time;

/// Go's `time.ANSIC`, which Helm's tables show.
pub(super) const ANSIC: &str = "Mon Jan _2 15:04:05 2006";
/// What Go's `Time.String` writes, which `list` shows.
pub(super) const STRING: &str = "2006-01-02 15:04:05.999999999 -0700 MST";
/// Go's `time.RFC3339`.
pub(super) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// Writes a moment by a layout, on the clock that the moment was read from.
pub(super) fn format(time: &Time, layout: &str) -> String {
    let moment = Moment {
        clock: time.offset().to_datetime(time.timestamp()),
        offset: time.offset().seconds(),
        zone: zone(time),
    };
    let mut text = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        let (written, taken) = moment
            .element(rest)
            .or_else(|| moment.fraction(rest))
            .unwrap_or_else(|| (first.to_string(), first.len_utf8()));
        text.push_str(&written);
        rest = &rest[taken..];
    }
    text
}

/// Returns the abbreviation that Go knows for the zone of a moment: its own clock's, or none.
fn zone(time: &Time) -> Option<String> {
    if time.offset().seconds() == 0 {
        return Some("UTC".to_owned());
    }
    let local = TimeZone::system();
    let info = local.to_offset_info(time.timestamp());
    (info.offset() == time.offset()).then(|| info.abbreviation().to_owned())
}

struct Moment {
    clock: DateTime,
    offset: i32,
    zone: Option<String>,
}

type Write = fn(&Moment) -> String;

/// The elements of a layout; one that starts like another stands before it.
const ELEMENTS: [(&str, Write); 34] = [
    ("January", |at| month(at).to_owned()),
    ("Jan", |at| month(at)[..3].to_owned()),
    ("Monday", |at| weekday(at).to_owned()),
    ("Mon", |at| weekday(at)[..3].to_owned()),
    ("MST", |at| at.zone.clone().unwrap_or_else(|| at.offset_text(2, ""))),
    ("002", |at| format!("{:03}", at.clock.day_of_year())),
    ("01", |at| format!("{:02}", at.clock.month())),
    ("02", |at| format!("{:02}", at.clock.day())),
    ("03", |at| format!("{:02}", hour12(at))),
    ("04", |at| format!("{:02}", at.clock.minute())),
    ("05", |at| format!("{:02}", at.clock.second())),
    ("06", |at| format!("{:02}", at.clock.year() % 100)),
    ("15", |at| format!("{:02}", at.clock.hour())),
    ("1", |at| at.clock.month().to_string()),
    ("2006", |at| format!("{:04}", at.clock.year())),
    ("2", |at| at.clock.day().to_string()),
    ("_2006", |at| format!("_{:04}", at.clock.year())),
    ("_2", |at| format!("{:2}", at.clock.day())),
    ("__2", |at| format!("{:3}", at.clock.day_of_year())),
    ("3", |at| hour12(at).to_string()),
    ("4", |at| at.clock.minute().to_string()),
    ("5", |at| at.clock.second().to_string()),
    ("PM", |at| if at.clock.hour() < 12 { "AM".to_owned() } else { "PM".to_owned() }),
    ("pm", |at| if at.clock.hour() < 12 { "am".to_owned() } else { "pm".to_owned() }),
    ("-070000", |at| at.offset_text(3, "")),
    ("-07:00:00", |at| at.offset_text(3, ":")),
    ("-0700", |at| at.offset_text(2, "")),
    ("-07:00", |at| at.offset_text(2, ":")),
    ("-07", |at| at.offset_text(1, "")),
    ("Z070000", |at| at.zulu_or(3, "")),
    ("Z07:00:00", |at| at.zulu_or(3, ":")),
    ("Z0700", |at| at.zulu_or(2, "")),
    ("Z07:00", |at| at.zulu_or(2, ":")),
    ("Z07", |at| at.zulu_or(1, "")),
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month(at: &Moment) -> &'static str {
    MONTHS[usize::from(at.clock.month().unsigned_abs()) - 1]
}

fn weekday(at: &Moment) -> &'static str {
    match at.clock.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn hour12(at: &Moment) -> i8 {
    match at.clock.hour() % 12 {
        0 => 12,
        hour => hour,
    }
}

impl Moment {
    /// Writes the element that a layout starts with; returns its text and its length in the layout.
    fn element(&self, layout: &str) -> Option<(String, usize)> {
        let fits = |(name, _): &&(&str, Write)| {
            let after = layout.strip_prefix(name);
            // To Go, `Jan` in `Janet` is no month.
            let letters = matches!(*name, "Jan" | "Mon");
            after.is_some_and(|after| {
                !letters || !after.starts_with(|c: char| c.is_ascii_lowercase())
            })
        };
        let (name, write) = ELEMENTS.iter().find(fits)?;
        Some((write(self), name.len()))
    }

    /// Writes `.000` or `,999`, if a layout starts with something like it.
    fn fraction(&self, layout: &str) -> Option<(String, usize)> {
        let mark = layout.chars().next().filter(|mark| matches!(mark, '.' | ','))?;
        let digit = layout[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
        let count = layout[1..].chars().take_while(|c| *c == digit).count();
        if layout[1 + count..].starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let nanoseconds = format!("{:09}", self.clock.subsec_nanosecond());
        let digits = nanoseconds.get(..count).unwrap_or(&nanoseconds);
        let digits = if digit == '9' { digits.trim_end_matches('0') } else { digits };
        let text = if digits.is_empty() { String::new() } else { format!("{mark}{digits}") };
        Some((text, 1 + count))
    }

    /// Writes the offset: hours, with minutes, with seconds.
    fn offset_text(&self, parts: usize, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let seconds = self.offset.unsigned_abs();
        let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60].into_iter().take(parts);
        let parts: Vec<String> = parts.map(|part| format!("{part:02}")).collect();
        format!("{sign}{}", parts.join(separator))
    }

    fn zulu_or(&self, parts: usize, separator: &str) -> String {
        if self.offset == 0 { "Z".to_owned() } else { self.offset_text(parts, separator) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(time: &str, layout: &str, expected: &str) {
        assert_eq!(format(&Time::parse(time).unwrap(), layout), expected, "{layout}");
    }

    // What Go writes.
    #[test]
    fn layouts_are_those_of_go() {
        let time = "2026-03-05T15:04:09.120405Z";
        check(time, ANSIC, "Thu Mar  5 15:04:09 2026");
        check(time, STRING, "2026-03-05 15:04:09.120405 +0000 UTC");
        check(time, RFC3339, "2026-03-05T15:04:09Z");
        check(time, "Monday, 02-Jan-06 15:04:05 MST", "Thursday, 05-Mar-26 15:04:09 UTC");
        check(time, "January 2 3:4:5pm 2006", "March 5 3:4:9pm 2026");
        check(time, "1/_2/06 03:04 PM .000 ,999999", "3/ 5/26 03:04 PM .120 ,120405");
        check(time, "002 __2 _2006 _2", "064  64 _2026  5");
        check(time, "Janet Monk .0001 at x-y", "Janet Monk .0003 at x-y");
    }

    #[test]
    fn offsets_are_those_of_the_record() {
        let time = "2026-03-05T15:04:09-09:30";
        check(time, STRING, "2026-03-05 15:04:09 -0930 -0930");
        check(time, "Z07:00 -07:00:00 Z07 Z0700", "-09:30 -09:30:00 -09 -0930");
        check("2026-03-05T15:04:09Z", "Z07:00 -07:00 Z070000", "Z +00:00 Z");
    }
}
