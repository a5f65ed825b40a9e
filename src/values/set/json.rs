//! Where a JSON value ends, when more text may follow it.

/// Returns the length of the JSON value at the start of `text`, or `None` if the text ends before
/// it does.
///
/// Only what is needed to find the end is checked, the rest is left to the parser of the value.
pub(super) fn extent(text: &str) -> Option<usize> {
    match text.as_bytes().first()? {
        b'{' | b'[' => nested(text),
        b'"' => string(text),
        b'-' | b'0'..=b'9' => Some(number(text.as_bytes())),
        _ => Some(word(text)),
    }
}

fn nested(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += string(&text[at..])? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Follows the grammar of numbers, so that `01` ends after its `0` as it does in Go.
fn number(text: &[u8]) -> usize {
    let mut at = usize::from(text[0] == b'-');
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    at += if text.get(at) == Some(&b'0') { 1 } else { digits(at) };
    if text.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        at += digits(at);
    }
    at
}

fn word(text: &str) -> usize {
    let known = ["true", "false", "null"].iter().find(|word| text.starts_with(**word));
    known.map_or(text.len(), |word| word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_go_ends_them() {
        let cases = [
            (r#"{"a":"}"}x"#, Some(9)),
            ("[1,[2]],b", Some(7)),
            (r#""a\"b",c"#, Some(6)),
            ("-1.5e+3b", Some(7)),
            ("01", Some(1)),
            ("1.", Some(2)),
            ("trueb", Some(4)),
            ("nope", Some(4)),
            ("[1", None),
            (r#""a"#, None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(extent(text), expected, "{text}");
        }
    }
}
