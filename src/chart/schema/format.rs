//! The formats that texts may have to have, with the validator's reasons why they have not.

use std::net::Ipv6Addr;

use crate::values::go::{quote, quote_characters};

use super::url;

type Verdict = Result<(), String>;

/// Checks a text; a format that is not known fits every text.
pub(super) fn check(format: &str, text: &str) -> Verdict {
    match format {
        "regex" => super::compile::regex(text)
            .map(|_| ())
            .map_err(|reason| format!("error parsing regexp: {reason}")),
        "json-pointer" => json_pointer(text),
        "relative-json-pointer" => relative_json_pointer(text),
        "uuid" => uuid(text),
        "duration" => super::time::duration(text),
        "period" => super::time::period(text),
        "date" => super::time::date(text),
        "time" => super::time::time(text),
        "date-time" => super::time::date_time(text),
        "ipv4" => ipv4(text),
        "ipv6" => ipv6(text),
        "hostname" => hostname(text),
        "email" => email(text),
        "uri" | "iri" => {
            url::check(text)?;
            ensure(url::scheme(text).is_some(), "relative url")
        }
        "uri-reference" | "iri-reference" => {
            ensure(!text.contains('\\'), "contains \\")?;
            url::check(text)
        }
        "uri-template" => {
            url::check(text)?;
            braces(text)
        }
        "semver" => semver(text),
        _ => Ok(()),
    }
}

/// Fails with `reason` unless something holds.
pub(super) fn ensure(holds: bool, reason: impl Into<String>) -> Verdict {
    if holds { Ok(()) } else { Err(reason.into()) }
}

/// Quotes a character as Go's `%q` does.
pub(super) fn quote_character(c: char) -> String {
    quote_characters(&c.to_string()).trim_matches(['[', ']']).to_owned()
}

fn json_pointer(text: &str) -> Verdict {
    ensure(text.is_empty() || text.starts_with('/'), "not starting with /")?;
    let is_escape = |after: &str| after.starts_with(['0', '1']);
    let escapes = text.match_indices('~').all(|(at, _)| is_escape(&text[at + 1..]));
    ensure(escapes, "~ must be followed by 0 or 1")
}

fn relative_json_pointer(text: &str) -> Verdict {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - rest.len()];
    ensure(!digits.is_empty(), "must start with non-negative integer")?;
    ensure(digits.len() == 1 || !digits.starts_with('0'), "starts with zero")?;
    if rest == "#" { Ok(()) } else { json_pointer(rest) }
}

fn uuid(text: &str) -> Verdict {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    ensure(groups.len() == LENGTHS.len(), "must have 5 elements")?;
    for (at, (group, length)) in groups.iter().zip(LENGTHS).enumerate() {
        let reason = || format!("element {} must be {length} characters long", at + 1);
        ensure(group.len() == length, reason())?;
        if let Some(c) = group.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {}", quote_character(c)));
        }
    }
    Ok(())
}

fn ipv4(text: &str) -> Verdict {
    let groups: Vec<&str> = text.split('.').collect();
    ensure(groups.len() == 4, "expected four decimals")?;
    for group in groups {
        ensure(group.len() < 2 || !group.starts_with('0'), "leading zeros")?;
        let digits = group.strip_prefix(['+', '-']).unwrap_or(group);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("strconv.Atoi: parsing {}: invalid syntax", quote(group)));
        }
        let number: i64 = group.parse().unwrap_or(i64::MAX);
        ensure((0..=255).contains(&number), "decimal must be between 0 and 255")?;
    }
    Ok(())
}

fn ipv6(text: &str) -> Verdict {
    ensure(text.contains(':'), "missing colon")?;
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    let reason = || format!("ParseAddr({}): unable to parse IP", quote(text));
    ensure(address.parse::<Ipv6Addr>().is_ok(), reason())?;
    ensure(zone.is_empty(), "zone id is not a part of ipv6 address")
}

fn hostname(text: &str) -> Verdict {
    let text = text.strip_suffix('.').unwrap_or(text);
    ensure(text.len() <= 253, "more than 253 characters long")?;
    for label in text.split('.') {
        ensure((1..=63).contains(&label.len()), "label must be 1 to 63 characters long")?;
        ensure(!label.starts_with('-'), "label starts with hyphen")?;
        ensure(!label.ends_with('-'), "label ends with hyphen")?;
        refuse(label, |c| !(c.is_ascii_alphanumeric() || c == '-'))?;
    }
    Ok(())
}

/// Fails with the first character that is not allowed.
fn refuse(text: &str, is_wrong: impl Fn(char) -> bool) -> Verdict {
    match text.chars().find(|c| is_wrong(*c)) {
        Some(c) => Err(format!("invalid character {}", quote_character(c))),
        None => Ok(()),
    }
}

fn email(text: &str) -> Verdict {
    ensure(text.len() <= 254, "more than 255 characters long")?;
    let (local, domain) = text.rsplit_once('@').ok_or("missing @")?;
    ensure(local.len() <= 64, "local part more than 64 characters long")?;
    let quoted = local.strip_prefix('"').and_then(|local| local.strip_suffix('"'));
    if let Some(quoted) = quoted {
        let reason = "backslash and quote are not allowed within quoted local part";
        ensure(!quoted.contains(['\\', '"']), reason)?;
    } else {
        ensure(!local.starts_with('.'), "starts with dot")?;
        ensure(!local.ends_with('.'), "ends with dot")?;
        ensure(!local.contains(".."), "consecutive dots")?;
        refuse(local, |c| !(c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c)))?;
    }
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    match literal.map(|literal| (literal, literal.strip_prefix("IPv6:"))) {
        Some((_, Some(address))) => {
            ipv6(address).map_err(|reason| format!("invalid ipv6 address: {reason}"))
        }
        Some((address, None)) => {
            ipv4(address).map_err(|reason| format!("invalid ipv4 address: {reason}"))
        }
        None => hostname(domain).map_err(|reason| format!("invalid domain: {reason}")),
    }
}

fn braces(text: &str) -> Verdict {
    // The template is in the path, whose parts are looked at one by one.
    let path = text.split(['?', '#']).next().unwrap_or_default();
    for part in path.split('/') {
        let mut is_open = false;
        for c in part.chars().filter(|c| matches!(c, '{' | '}')) {
            ensure(is_open == (c == '}'), "nested curly braces")?;
            is_open = c == '{';
        }
        ensure(!is_open, "no matching closing brace")?;
    }
    Ok(())
}

fn semver(text: &str) -> Verdict {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, b)| (text, Some(b)));
    if let Some(build) = build {
        ensure(!build.is_empty(), "build is empty")?;
        identifiers(build, "build")?;
    }
    let (core, release) = text.split_once('-').map_or((text, None), |(text, r)| (text, Some(r)));
    if let Some(release) = release {
        identifiers(release, "pre-release")?;
        let has_zero = |id: &str| id.len() > 1 && id.starts_with('0') && is_number(id);
        let reason = "pre-release numeric identifier starts with zero";
        ensure(!release.split('.').any(has_zero), reason)?;
    }
    let numbers: Vec<&str> = core.split('.').collect();
    ensure(numbers.len() == 3, "versionCore must have 3 numbers separated by dot")?;
    for (number, name) in numbers.into_iter().zip(["major", "minor", "patch"]) {
        ensure(!number.is_empty(), format!("{name} is empty"))?;
        let zero = number.len() > 1 && number.starts_with('0');
        ensure(!zero, format!("{name} starts with zero"))?;
        ensure(is_number(number), format!("{name} contains non-digit"))?;
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn identifiers(text: &str, kind: &str) -> Verdict {
    for id in text.split('.') {
        ensure(!id.is_empty(), format!("{kind} identifier is empty"))?;
        refuse(id, |c| !(c.is_ascii_alphanumeric() || c == '-'))
            .map_err(|reason| format!("{reason} in {kind} identifier"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn texts_that_fit_are_taken() {
        let cases = [
            ("email", "a.b+c@example.org"),
            ("email", "\"a b\"@[127.0.0.1]"),
            ("hostname", "a-b.example.org."),
            ("ipv4", "127.0.0.1"),
            ("ipv6", "::ffff:1.2.3.4"),
            ("uri", "https://example.org/a?b#c"),
            ("uri-reference", "../a b"),
            ("uri-template", "http://example.org/{a}/b{c}"),
            ("date", "2024-02-29"),
            ("time", "23:59:60Z"),
            ("date-time", "2024-02-29T12:00:00.5+01:00"),
            ("duration", "P1Y2M3DT4H5M6S"),
            ("period", "2024-01-01T00:00:00Z/P1D"),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000"),
            ("json-pointer", "/a~0b/c~1d"),
            ("relative-json-pointer", "0#"),
            ("regex", "^a+$"),
            ("semver", "1.2.3-rc.1+b.5"),
            ("int32", "anything"),
        ];
        for (format, text) in cases {
            assert_eq!(check(format, text), Ok(()), "{format} {text}");
        }
    }
}
