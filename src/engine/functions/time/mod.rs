//! Go's `time.Time`: an instant, and the zone in which it is written.

mod layout;
mod methods;
mod parse;

use std::any::Any;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(super) use methods::of;
pub(super) use parse::parse;

use crate::engine::value::{Method, Object, Value};
use crate::yaml;

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

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const DAY: i64 = 86_400;

/// How a time prints, and how encoding/json writes it.
const PRINTED: &str = "2006-01-02 15:04:05.999999999 -0700 MST";
const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// Where clocks agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zone {
    Utc,
    /// A zone with rules: the local one, or one that was named.
    Rules(TimeZone),
    /// An offset in seconds, with the name that a text gave it.
    Fixed(Rc<str>, i64),
}

/// Go's `time.Time`.
#[derive(Debug, Clone)]
pub(crate) struct Time {
    /// Seconds since 1970 in UTC.
    pub(super) seconds: i64,
    pub(super) nanosecond: u32,
    zone: Zone,
}

/// A time as calendar and clock show it; weekdays count from Sunday.
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    year_day: i64,
    weekday: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Zone {
    /// Returns the zone of the system.
    pub(super) fn local() -> Self {
        let zone = TimeZone::system();
        if zone.is_unknown() { Self::Utc } else { Self::Rules(zone) }
    }

    /// Returns a zone by its name in the time zone database, UTC where that has none, as Sprig does.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "" | "UTC" => Self::Utc,
            "Local" => Self::local(),
            _ => TimeZone::get(name).map_or(Self::Utc, Self::Rules),
        }
    }

    fn fixed(name: &str, offset: i64) -> Self {
        Self::Fixed(name.into(), offset)
    }

    /// Returns the name and the offset that the zone has at an instant.
    fn offset_at(&self, seconds: i64) -> (String, i64) {
        match self {
            Self::Utc => ("UTC".to_owned(), 0),
            Self::Fixed(name, offset) => (name.to_string(), *offset),
            Self::Rules(zone) => {
                let nearest = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
                let instant = Timestamp::from_second(nearest).unwrap_or(Timestamp::UNIX_EPOCH);
                let info = zone.to_offset_info(instant);
                (info.abbreviation().to_owned(), i64::from(info.offset().seconds()))
            }
        }
    }

    /// Returns the offset that goes by `name` at an instant or half a year around it.
    fn offset_of_name(&self, name: &str, seconds: i64) -> Option<i64> {
        let around = [0, -182 * DAY, 182 * DAY].map(|shift| seconds.saturating_add(shift));
        let found =
            around.into_iter().map(|at| self.offset_at(at)).find(|(found, _)| found == name);
        found.map(|(_, offset)| offset)
    }
}

impl Time {
    pub(super) fn new(seconds: i64, nanosecond: u32, zone: Zone) -> Self {
        Self { seconds, nanosecond, zone }
    }

    /// Returns the present time.
    pub(super) fn now() -> Self {
        let now = Timestamp::now();
        Self::new(now.as_second(), now.subsec_nanosecond().unsigned_abs(), Zone::local())
    }

    /// Returns the time of a Unix timestamp, in the local zone.
    pub(super) fn unix(seconds: i64) -> Self {
        Self::new(seconds, 0, Zone::local())
    }

    /// Returns Go's zero time: the start of the year 1.
    pub(super) fn zero() -> Self {
        Self::of_date((1, 1, 1), 0, 0, Zone::Utc)
    }

    /// Returns the time at which a calendar and clock in `zone` show this; months and days may be out of range.
    fn of_date(
        (year, month, day): (i64, i64, i64),
        clock: i64,
        nanosecond: u32,
        zone: Zone,
    ) -> Self {
        let years = (month - 1).div_euclid(12);
        let month = (month - 1).rem_euclid(12) + 1;
        let days = days_before_date(year.saturating_add(years), month).saturating_add(day - 1);
        let shown = days.saturating_mul(DAY).saturating_add(clock);
        let guess = zone.offset_at(shown).1;
        let offset = zone.offset_at(shown.saturating_sub(guess)).1;
        Self::new(shown.saturating_sub(offset), nanosecond, zone)
    }

    pub(super) fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    pub(super) fn format(&self, layout: &str) -> String {
        layout::format(self, layout)
    }

    fn offset(&self) -> (String, i64) {
        self.zone.offset_at(self.seconds)
    }

    pub(super) fn add_seconds(self, seconds: i64) -> Self {
        Self { seconds: self.seconds.saturating_add(seconds), ..self }
    }

    /// Returns the time that is so many nanoseconds later.
    pub(super) fn add(&self, nanoseconds: i64) -> Self {
        let total = i64::from(self.nanosecond) + nanoseconds.rem_euclid(1_000_000_000);
        let seconds = nanoseconds.div_euclid(1_000_000_000) + total / 1_000_000_000;
        let nanosecond = (total % 1_000_000_000).unsigned_abs() as u32;
        Self { nanosecond, ..self.clone().add_seconds(seconds) }
    }

    /// Returns the nanoseconds from `other` to this; what does not fit becomes the extreme.
    pub(super) fn since(&self, other: &Self) -> i64 {
        let nanoseconds = (i128::from(self.seconds) - i128::from(other.seconds)) * 1_000_000_000
            + i128::from(self.nanosecond)
            - i128::from(other.nanosecond);
        let fallback = if nanoseconds < 0 { i64::MIN } else { i64::MAX };
        i64::try_from(nanoseconds).unwrap_or(fallback)
    }

    fn civil(&self) -> Civil {
        let shown = self.seconds.saturating_add(self.offset().1);
        let (days, clock) = (shown.div_euclid(DAY), shown.rem_euclid(DAY));
        let (year, month, day) = date_of_days(days);
        Civil {
            year,
            month,
            day,
            year_day: days_before_month(year, month) + day,
            // 1 January 1970 was a Thursday.
            weekday: (days + 4).rem_euclid(7),
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
        }
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns how many days of the year come before the month.
fn days_before_month(year: i64, month: i64) -> i64 {
    (1..month).map(|month| days_in_month(year, month)).sum()
}

/// Returns the days from 1970 to the first of a month.
fn days_before_date(year: i64, month: i64) -> i64 {
    let years = year.saturating_sub(1);
    let leap_days = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    // Day 1 of the year 1 is 719,162 days before 1970.
    let days = years.saturating_mul(365).saturating_add(leap_days).saturating_sub(719_162);
    days.saturating_add(days_before_month(year, month))
}

/// Returns the date that is so many days after 1 January 1970.
fn date_of_days(days: i64) -> (i64, i64, i64) {
    let mut year = (i128::from(days) * 400 / 146_097) as i64 + 1970;
    while days_before_date(year, 1) > days {
        year -= 1;
    }
    while days_before_date(year + 1, 1) <= days {
        year += 1;
    }
    let year_day = days - days_before_date(year, 1);
    let is_before = |month: &i64| days_before_month(year, *month) <= year_day;
    let month = (1..=12).rev().find(is_before).unwrap_or(1);
    (year, month, year_day - days_before_month(year, month) + 1)
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Object(Rc::new(time))
    }
}

impl Object for Time {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        methods::METHODS.iter().find(|method| method.name == name)
    }

    fn print(&self) -> String {
        self.format(PRINTED)
    }

    fn to_plain(&self) -> yaml::Value {
        yaml::Value::String(self.format(RFC3339_NANO))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Go's `time.Month` or `time.Weekday`: a number that prints as its name.
struct Named {
    type_name: &'static str,
    name: &'static str,
    number: i64,
}

impl From<Named> for Value {
    fn from(named: Named) -> Self {
        Self::Object(Rc::new(named))
    }
}

impl Object for Named {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        methods::NAMED_METHODS.iter().find(|method| method.name == name)
    }

    fn print(&self) -> String {
        self.name.to_owned()
    }

    fn basic(&self) -> Option<Value> {
        Some(Value::Int(self.number))
    }

    fn to_plain(&self) -> yaml::Value {
        yaml::Value::Int(self.number)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
