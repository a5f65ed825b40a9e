//! Text as Go prints it, for the messages and rules that are Helm's.

use crate::yaml;

/// Quotes a text as Go's `%q` does.
pub(crate) fn quote(text: &str) -> String {
    format!("\"{}\"", text.chars().map(|c| escape(c, '"')).collect::<String>())
}

/// Prints characters as Go's `%q` prints a `[]rune`.
pub(crate) fn quote_characters(text: &str) -> String {
    let quoted: Vec<_> = text.chars().map(|c| format!("'{}'", escape(c, '\''))).collect();
    format!("[{}]", quoted.join(" "))
}

fn escape(c: char, delimiter: char) -> String {
    match c {
        '\\' => "\\\\".to_owned(),
        c if c == delimiter => format!("\\{c}"),
        c if is_printable(c) => c.to_string(),
        '\x07' => "\\a".to_owned(),
        '\x08' => "\\b".to_owned(),
        '\x0c' => "\\f".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\x0b' => "\\v".to_owned(),
        c if c.is_ascii() => format!("\\x{:02x}", u32::from(c)),
        c if u32::from(c) < 0x10000 => format!("\\u{:04x}", u32::from(c)),
        c => format!("\\U{:08x}", u32::from(c)),
    }
}

/// Says whether Go's `unicode.IsPrint` holds: letters, marks, numbers, punctuation, symbols, the
/// space.
pub(crate) fn is_printable(c: char) -> bool {
    if matches!(c, '"' | '\'' | '\\') {
        return true;
    }
    // The standard library knows the same classes, but tells them only through `escape_debug`,
    // which leaves combining marks alone when they are not the first character.
    let text: String = ['a', c].iter().collect();
    text.escape_debug().eq(text.chars())
}

/// Prints a float as Go's `%v` does.
pub(crate) fn float(number: f64) -> String {
    if number.is_nan() { "NaN".to_owned() } else { yaml::general_float(number) }
}

/// Prints a float as Go's `%v` does, with the fewest digits that a `float32` needs.
pub(crate) fn short_float(number: f64) -> String {
    yaml::short_float(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        assert_eq!(
            quote("a\"b\\c\n\u{1}\u{7f}é\u{200b}\u{e000}😀"),
            r#""a\"b\\c\n\x01\x7fé\u200b\ue000😀""#
        );
        assert_eq!(quote_characters("a'\n"), r"['a' '\'' '\n']");
    }

    #[test]
    fn floats_are_shortened_as_go_shortens_them() {
        let cases =
            [(1.1, "1.1"), (1.5, "1.5"), (1_234_567_890.5, "1.234568e+09"), (0.00001, "1e-05")];
        for (number, text) in cases {
            assert_eq!(short_float(number), text);
        }
    }
}
