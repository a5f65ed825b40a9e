//! JSON as Go's encoding/json writes it, which is what a record is compared by.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::yaml;

/// Writes a value as Go does: compact, with HTML's special characters escaped.
///
/// # Errors
///
/// A value that JSON cannot say, such as a key that is no string.
pub(super) fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Go))?;
    Ok(bytes)
}

struct Go;

impl Formatter for Go {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, number: f64) -> io::Result<()> {
        writer.write_all(yaml::json_float(number).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(index) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, special) = rest.split_at(index);
            writer.write_all(plain.as_bytes())?;
            let mut characters = special.chars();
            for character in characters.by_ref().take(1) {
                write!(writer, "\\u{:04x}", u32::from(character))?;
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: serde_json::Value, expect: &str) {
        assert_eq!(String::from_utf8(to_vec(&value).unwrap()).unwrap(), expect);
    }

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        check(
            json!([1.0, -0.0, 0.5, 1e20, 12345678901234567000.0]),
            "[1,-0,0.5,100000000000000000000,12345678901234567000]",
        );
        check(
            json!([1e21, 1.5e300, 1e-6, 1e-7, -2.5e-10]),
            "[1e+21,1.5e+300,0.000001,1e-7,-2.5e-10]",
        );
        check(json!([i64::MIN, u64::MAX]), "[-9223372036854775808,18446744073709551615]");
    }

    #[test]
    fn texts_are_escaped_as_go_escapes_them() {
        check(
            json!("<a href=\"x\">&amp;</a>"),
            r#""\u003ca href=\"x\"\u003e\u0026amp;\u003c/a\u003e""#,
        );
        check(json!("\u{2028}\u{2029} é 😀 \u{7f}"), "\"\\u2028\\u2029 é 😀 \u{7f}\"");
        check(json!("\t\n\r\u{8}\u{c}\u{1}\u{1f}\\"), r#""\t\n\r\b\f\u0001\u001f\\""#);
    }
}
