//! A moment as Helm's records have it.

use std::fmt;

use jiff::Timestamp;
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment with the offset of the clock that it was read from, written as Go writes it.
///
/// Go's zero time, the first second of year 1, stands for "never".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    timestamp: Timestamp,
    offset: Offset,
}

/// Seconds from the start of year 1 to the Unix epoch, negative.
const ZERO_SECOND: i64 = -62_135_596_800;

impl Time {
    /// The time that stands for "never".
    pub const ZERO: Self =
        Self { timestamp: Timestamp::constant(ZERO_SECOND, 0), offset: Offset::UTC };

    /// Returns a moment as a clock with the given offset shows it.
    pub fn new(timestamp: Timestamp, offset: Offset) -> Self {
        Self { timestamp, offset }
    }

    /// Returns this moment, in UTC.
    pub fn now() -> Self {
        Self { timestamp: Timestamp::now(), offset: Offset::UTC }
    }

    /// Says whether this stands for "never".
    pub fn is_zero(&self) -> bool {
        self.timestamp == Self::ZERO.timestamp
    }

    /// Returns the moment itself.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Returns the offset of the clock that the moment was read from.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// Reads RFC 3339; the empty text stands for "never", as Helm 3 wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::ZERO);
        }
        let pieces = Pieces::parse(text).ok()?;
        let offset = match pieces.offset()? {
            PiecesOffset::Zulu => Offset::UTC,
            PiecesOffset::Numeric(numeric) => numeric.offset(),
            _ => return None,
        };
        let timestamp = offset.to_timestamp(pieces.date().to_datetime(pieces.time()?)).ok()?;
        Some(Self { timestamp, offset })
    }
}

impl Default for Time {
    fn default() -> Self {
        Self::ZERO
    }
}

impl fmt::Display for Time {
    /// Writes RFC 3339 with as many decimals as the moment needs, Go's `time.RFC3339Nano`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.offset.to_datetime(self.timestamp);
        let date = time.date();
        write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())?;
        write!(f, "T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        let nanoseconds = format!("{:09}", time.subsec_nanosecond());
        match nanoseconds.trim_end_matches('0') {
            "" => {}
            decimals => write!(f, ".{decimals}")?,
        }
        let minutes = self.offset.seconds() / 60;
        if minutes == 0 {
            return f.write_str("Z");
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        Self::parse(&text).ok_or_else(|| {
            de::Error::invalid_value(de::Unexpected::Str(&text), &"a time as RFC 3339 has it")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_were_read() {
        for text in [
            "2026-11-23T15:40:24.627919719Z",
            "2024-05-06T07:08:09.1+02:00",
            "2024-05-06T07:08:09-09:30",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(Time::parse(text).map(|time| time.to_string()).as_deref(), Some(text));
        }
        assert_eq!(
            Time::parse("2024-05-06T07:08:09.500+00:00").unwrap().to_string(),
            "2024-05-06T07:08:09.5Z"
        );
    }

    #[test]
    fn empty_text_and_null_stand_for_never() {
        assert!(Time::parse("").unwrap().is_zero());
        assert!(serde_json::from_str::<Time>("null").unwrap().is_zero());
        assert!(Time::parse("0001-01-01T00:00:00Z").unwrap().is_zero());
        assert!(!Time::now().is_zero());
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["yesterday", "2024-05-06", "2024-05-06T07:08:09", "2024-13-06T07:08:09Z"] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
