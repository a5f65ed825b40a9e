//! Which texts go-yaml v2 takes for a point in time.
//!
//! It hands them on as strings, so only two things depend on this: whether the emitter quotes a
//! text, and whether `!!timestamp` accepts it.

/// Says whether Go's `time.Parse` takes `text` for a date, or a date with a time, in one of the
/// four layouts that go-yaml tries.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_at_checked(4) else { return false };
    if !year.bytes().all(|b| b.is_ascii_digit()) || !rest.starts_with('-') {
        return false;
    }
    date(year, &rest[1..]).is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix(['T', 't']).and_then(clock).is_some_and(is_zone)
            || rest
                .strip_prefix(' ')
                .and_then(|rest| clock(rest.trim_start_matches(' ')))
                .is_some_and(str::is_empty)
    })
}

/// Reads `month-day` of a year that has such a day, and returns what follows.
fn date<'a>(year: &str, text: &'a str) -> Option<&'a str> {
    let (month, rest) = one_or_two_digits(text)?;
    let (day, rest) = one_or_two_digits(rest.strip_prefix('-')?)?;
    let year: u32 = year.parse().ok()?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

/// Reads `hour:minute:second` with any fraction, and returns what follows.
fn clock(text: &str) -> Option<&str> {
    let (hour, rest) = one_or_two_digits(text)?;
    let (minute, rest) = one_or_two_digits(rest.strip_prefix(':')?)?;
    let (second, rest) = one_or_two_digits(rest.strip_prefix(':')?)?;
    if hour >= 24 || minute >= 60 || second >= 60 {
        return None;
    }
    match rest.as_bytes() {
        [b'.' | b',', b'0'..=b'9', ..] => {
            Some(rest[1..].trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        _ => Some(rest),
    }
}

/// Says whether `text` is `Z` or an offset; Go allows 24 hours and 60 minutes.
fn is_zone(text: &str) -> bool {
    let bytes = text.as_bytes();
    let [b'+' | b'-', hours @ .., b':', tens, ones] = bytes else { return text == "Z" };
    let two = |pair: &[u8]| match pair {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    };
    two(hours).is_some_and(|hours| hours <= 24)
        && two(&[*tens, *ones]).is_some_and(|minutes| minutes <= 60)
}

fn one_or_two_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn dates_and_times_are_recognized() {
        for text in [
            "2001-12-14",
            "2001-1-2",
            "0000-02-29",
            "2001-12-14 21:59:43",
            "2001-12-14   1:2:3,5",
            "2001-12-14T21:59:43Z",
            "2001-12-14t21:59:43.10-05:00",
            "2001-12-14T21:59:43+24:60",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_range_or_unfinished_is_no_timestamp() {
        for text in [
            "2001-02-29",
            "2001-13-01",
            "2001-12",
            "201-12-14",
            "2001-12-14T21:59:43",
            "2001-12-14T24:00:00Z",
            "2001-12-14T21:59:43+5:00",
            "2001-12-14T21:59:43+25:00",
            "2001-12-14 21:59:43Z",
            "2001-12-14T21:59:43.Z",
            "2001-12-14 ",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
