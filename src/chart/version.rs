//! Versions as charts write them.
//!
//! Helm reads them with Masterminds' semver library, which is more lenient than the standard:
//! `v1.2` is a version. The order is the standard's.

pub use semver::Version;
use semver::{BuildMetadata, Prerelease};

/// The longest version that Masterminds reads.
const MAX_VERSION: usize = 256;

/// Says why a text is no version, in Masterminds' words.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text has not the form of a version.
    #[error("invalid semantic version")]
    Invalid,
    /// The text is too long.
    #[error("version string is too long (max {MAX_VERSION} bytes)")]
    TooLong,
    /// A number of the prerelease starts with zero.
    #[error("version segment starts with 0")]
    LeadingZero,
    /// A number does not fit 64 bits.
    #[error("error parsing version segment: `{0}` is out of range")]
    OutOfRange(String),
}

/// Reads a version: a leading `v`, missing parts and leading zeros are fine.
pub fn parse(text: &str) -> Result<Version, Error> {
    if text.len() > MAX_VERSION {
        return Err(Error::TooLong);
    }
    let rest = text.strip_prefix('v').unwrap_or(text);
    let (rest, build) = split_part(rest, '+')?;
    let (numbers, pre) = split_part(rest, '-')?;
    let mut parts = numbers.split('.');
    let version = Version {
        major: number(parts.next())?,
        minor: number(parts.next().or(Some("0")))?,
        patch: number(parts.next().or(Some("0")))?,
        pre: Prerelease::new(pre).map_err(|_| Error::LeadingZero)?,
        build: BuildMetadata::new(build).map_err(|_| Error::Invalid)?,
    };
    if parts.next().is_some() { Err(Error::Invalid) } else { Ok(version) }
}

/// Cuts off what follows `mark`: identifiers between dots, none of them empty.
fn split_part(text: &str, mark: char) -> Result<(&str, &str), Error> {
    let Some((before, part)) = text.split_once(mark) else { return Ok((text, "")) };
    let is_identifier = |identifier: &str| {
        !identifier.is_empty()
            && identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if part.split('.').all(is_identifier) { Ok((before, part)) } else { Err(Error::Invalid) }
}

fn number(digits: Option<&str>) -> Result<u64, Error> {
    match digits {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().map_err(|_| Error::OutOfRange(digits.to_owned()))
        }
        _ => Err(Error::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_leniently() {
        let cases = [
            ("v1.2", "1.2.0"),
            ("01.02.03", "1.2.3"),
            ("1", "1.0.0"),
            ("1.2.3-rc.1+b.2", "1.2.3-rc.1+b.2"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap().to_string(), expected);
        }
        assert_eq!(parse("1.2.3.4"), Err(Error::Invalid));
        for text in [
            "",
            "v",
            "1.",
            ".1",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-a..b",
            "1.x",
            "V1",
            " 1",
            "+1",
            "1.2.3-é",
        ] {
            assert_eq!(parse(text), Err(Error::Invalid), "{text}");
        }
        assert_eq!(parse("1.2.3-01"), Err(Error::LeadingZero));
        assert_eq!(parse(&"1".repeat(300)), Err(Error::TooLong));
        assert!(parse("99999999999999999999").is_err());
    }
}
