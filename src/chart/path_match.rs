//! Go's `filepath.Match`: `*` and `?` stop at slashes, `[a-z]` and `[^a]` are classes, `\` escapes.

/// Says that a pattern cannot be read, in Go's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

/// Says whether `pattern` matches the whole of `name`; a pattern that cannot be read matches
/// nothing.
pub fn path_match(pattern: &str, name: &str) -> bool {
    matches(pattern, name).unwrap_or(false)
}

/// Says whether `pattern` matches the whole of `name`.
pub(super) fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern, name);
    'pattern: while !pattern.is_empty() {
        let (star, chunk, rest) = next_chunk(pattern);
        pattern = rest;
        if star && rest.is_empty() && is_plain(chunk) {
            let before = name.strip_suffix(chunk);
            return Ok(before.is_some_and(|before| !before.contains('/')));
        }
        let is_enough = |left: &str| left.is_empty() || !rest.is_empty();
        if let Some(left) = match_chunk(chunk, name)?.filter(|left| is_enough(left)) {
            name = left;
            continue;
        }
        if star {
            for (at, c) in name.char_indices().take_while(|(_, c)| *c != '/') {
                let left = match_chunk(chunk, &name[at + c.len_utf8()..])?;
                if let Some(left) = left.filter(|left| is_enough(left)) {
                    name = left;
                    continue 'pattern;
                }
            }
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Cuts off the next part of a pattern: whether it starts with stars, and what follows up to the
/// next star.
fn next_chunk(pattern: &str) -> (bool, &str, &str) {
    let rest = pattern.trim_start_matches('*');
    let star = rest.len() < pattern.len();
    let mut in_class = false;
    let mut characters = rest.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => {
                characters.next();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => return (star, &rest[..at], &rest[at..]),
            _ => {}
        }
    }
    (star, rest, "")
}

/// Matches a chunk at the start of `name` and returns what is left of it.
///
/// The chunk is read to its end in any case, so that an error in it is always found.
fn match_chunk<'a>(chunk: &str, name: &'a str) -> Result<Option<&'a str>, BadPattern> {
    if is_plain(chunk) {
        return Ok(name.strip_prefix(chunk));
    }
    let mut chunk = chunk.chars();
    let mut left = Some(name.chars());
    while let Some(c) = chunk.next() {
        let found = left.as_mut().and_then(Iterator::next);
        let matched = match c {
            '[' => class(&mut chunk, found)?,
            '?' => found.is_some_and(|found| found != '/'),
            '\\' => found == Some(chunk.next().ok_or(BadPattern)?),
            c => found == Some(c),
        };
        if !matched {
            left = None;
        }
    }
    Ok(left.map(|left| left.as_str()))
}

/// Says whether a chunk means just its own characters.
fn is_plain(chunk: &str) -> bool {
    !chunk.bytes().any(|byte| matches!(byte, b'[' | b'?' | b'\\'))
}

fn class(chunk: &mut std::str::Chars<'_>, found: Option<char>) -> Result<bool, BadPattern> {
    let negated = chunk.as_str().starts_with('^');
    if negated {
        chunk.next();
    }
    let mut matched = false;
    let mut ranges = 0;
    loop {
        if ranges > 0 && chunk.as_str().starts_with(']') {
            chunk.next();
            return Ok(found.is_some() && matched != negated);
        }
        let low = class_character(chunk)?;
        let mut high = low;
        if chunk.as_str().starts_with('-') {
            chunk.next();
            high = class_character(chunk)?;
        }
        matched |= found.is_some_and(|found| low <= found && found <= high);
        ranges += 1;
    }
}

fn class_character(chunk: &mut std::str::Chars<'_>) -> Result<char, BadPattern> {
    let c = match chunk.next() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => chunk.next().ok_or(BadPattern)?,
        Some(c) => c,
    };
    if chunk.as_str().is_empty() { Err(BadPattern) } else { Ok(c) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of Go's own test of `filepath.Match`.
    #[test]
    fn names_are_matched_as_go_matches_them() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            ("[\\]a]", "]", true),
            ("[x\\-]", "-", true),
            ("[\\-x]", "a", false),
            ("*x", "xxx", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches(pattern, name), Ok(expected), "{pattern} {name}");
        }
        for pattern in ["[]a]", "[-]", "[x-]", "[-x]", "\\", "[a-b-c]", "[", "[^", "[^bc", "a["] {
            assert_eq!(matches(pattern, "ab"), Err(BadPattern), "{pattern}");
        }
    }
}
