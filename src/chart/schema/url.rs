//! The addresses in schemas: taken apart, joined, and their fragments decoded, by RFC 3986.

use crate::values::go::quote;

/// Joins a reference to the address it stands in; neither has a fragment.
pub(super) fn join(base: &str, reference: &str) -> String {
    if scheme(reference).is_some() {
        return reference.to_owned();
    }
    let Some(name) = scheme(base) else { return reference.to_owned() };
    let rest = &base[name.len() + 1..];
    if !rest.starts_with('/') {
        // Such as `urn:x:y`, to which nothing can be joined.
        return if reference.is_empty() { base.to_owned() } else { format!("{name}:{reference}") };
    }
    if reference.starts_with("//") {
        return format!("{name}:{reference}");
    }
    let (authority, path) = split_authority(rest);
    let (path, query) = cut(path, '?');
    let (own_path, own_query) = cut(reference, '?');
    let (path, query) = match (own_path, own_query) {
        ("", "") => (path.to_owned(), query),
        ("", own) => (path.to_owned(), own),
        (own, query) if own.starts_with('/') => (without_dots(own), query),
        (own, query) => {
            let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
            (without_dots(&format!("{folder}{own}")), query)
        }
    };
    format!("{name}:{authority}{path}{query}")
}

/// Returns the scheme of an absolute address.
pub(super) fn scheme(url: &str) -> Option<&str> {
    let (name, _) = url.split_once(':')?;
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_scheme = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(inner);
    is_scheme.then_some(name)
}

/// Cuts an address from its fragment, which stays as it is written.
pub(super) fn split_fragment(url: &str) -> (&str, &str) {
    url.split_once('#').unwrap_or((url, ""))
}

/// Decodes `%20` and its kin.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.split_at_checked(2);
        let (digits, after) = digits.filter(|(two, _)| two.iter().all(u8::is_ascii_hexdigit))?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes a JSON pointer as a fragment, as Go escapes a path.
pub(super) fn encode(pointer: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~$&+:=@/".contains(&byte);
    let write = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    pointer.bytes().map(write).collect()
}

/// Checks that Go would take a text for an address, in its words.
pub(super) fn check(text: &str) -> Result<(), String> {
    let failed = |reason: String| Err(format!("parse {}: {reason}", quote(text)));
    let (before, fragment) = split_fragment(text);
    if before.bytes().any(|byte| byte.is_ascii_control()) {
        return failed("net/url: invalid control character in URL".to_owned());
    }
    if before.starts_with(':') {
        return failed("missing protocol scheme".to_owned());
    }
    let path = match scheme(before) {
        Some(name) => &before[name.len() + 1..],
        None => before,
    };
    let (path, _) = cut(path, '?');
    let first = path.split('/').next().unwrap_or_default();
    if scheme(before).is_none() && first.contains(':') {
        return failed("first path segment in URL cannot contain colon".to_owned());
    }
    let (authority, path) = split_authority(path);
    let host = authority.rsplit(['@', '/']).next().unwrap_or_default();
    if let Some(c) = host.chars().find(|c| matches!(c, ' ' | '\\' | '^' | '`' | '{' | '|' | '}')) {
        return failed(format!("invalid character {} in host name", quote(&c.to_string())));
    }
    if host.starts_with('[') && !host.contains(']') {
        return failed("missing ']' in host".to_owned());
    }
    let port = host.rsplit_once(']').map_or(host, |(_, after)| after).split_once(':');
    if let Some((_, port)) = port.filter(|(_, port)| !port.bytes().all(|b| b.is_ascii_digit())) {
        return failed(format!("invalid port {} after host", quote(&format!(":{port}"))));
    }
    // What follows the scheme of an address without slashes is not looked at.
    let is_opaque = scheme(before).is_some() && authority.is_empty() && !path.starts_with('/');
    let escaped = if is_opaque { "" } else { path };
    match [escaped, fragment].iter().find_map(|part| bad_escape(part)) {
        Some(escape) => failed(format!("invalid URL escape {}", quote(escape))),
        None => Ok(()),
    }
}

/// Returns the first escape that is none.
fn bad_escape(text: &str) -> Option<&str> {
    text.match_indices('%').map(|(at, _)| &text[at..]).find_map(|rest| {
        let code = rest.get(..3).unwrap_or(rest);
        decode(code).is_none().then_some(code)
    })
}

/// Cuts before the first `mark`, which stays with what follows it.
fn cut(text: &str, mark: char) -> (&str, &str) {
    text.split_at(text.find(mark).unwrap_or(text.len()))
}

/// Cuts `//host` from the path after it.
fn split_authority(rest: &str) -> (&str, &str) {
    let Some(after) = rest.strip_prefix("//") else { return ("", rest) };
    let end = after.find(['/', '?']).unwrap_or(after.len());
    rest.split_at(end + 2)
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                if kept.len() > 1 {
                    kept.pop();
                }
            }
            part => kept.push(part),
        }
    }
    let ends_in_folder = path.ends_with("/.") || path.ends_with("/..");
    let mut joined = kept.join("/");
    if ends_in_folder && !joined.ends_with('/') {
        joined.push('/');
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_joined_as_rfc_3986_says() {
        let cases = [
            ("http://a/b/c", "d", "http://a/b/d"),
            ("http://a/b/c", "../d?q", "http://a/d?q"),
            ("http://a/b/c", "/d/./e", "http://a/d/e"),
            ("http://a/b/c?q", "", "http://a/b/c?q"),
            ("http://a/b/c", "//h/x", "http://h/x"),
            ("http://a", "x", "http://a/x"),
            ("file:///values.schema.json", "other.json", "file:///other.json"),
            ("urn:a:b", "", "urn:a:b"),
            ("http://a/b", "urn:x", "urn:x"),
        ];
        for (base, reference, expected) in cases {
            assert_eq!(join(base, reference), expected, "{base} {reference}");
        }
    }

    #[test]
    fn fragments_are_decoded_and_encoded() {
        assert_eq!(decode("/a%25b%20c").as_deref(), Some("/a%b c"));
        assert_eq!(decode("%2"), None);
        assert_eq!(encode("/a b/%/é"), "/a%20b/%25/%C3%A9");
    }
}
