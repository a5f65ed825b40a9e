//! From the text of a scalar and its tag to a value.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

use super::error::Error;
use super::events::Tag;
use super::positions::Position;
use super::resolve::{CoreTag, Resolved, resolve, resolve_tagged};
use super::value::Value;

/// Go's base64 decoder does not look at the bits that are left over in the last character.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Returns the value of a scalar; `implicit` says that its text alone decides.
pub(super) fn value(
    text: Cow<'_, str>,
    tag: Tag,
    implicit: bool,
    at: Position,
) -> Result<Value, Error> {
    let resolved = match tag {
        Tag::None if implicit => resolve(&text),
        Tag::None | Tag::Merge | Tag::Other => Resolved::String,
        Tag::Core(CoreTag::Binary) => return binary(&text, at),
        Tag::Core(tag) => resolve_tagged(tag, &text).map_err(|found| {
            Error::node(format!("cannot decode {found} `{text}` as a {}", tag.name()), at)
        })?,
    };
    Ok(match resolved {
        Resolved::Null => Value::Null,
        Resolved::Bool(truth) => Value::Bool(truth),
        Resolved::Int(number) => Value::Int(number),
        Resolved::UInt(number) => Value::UInt(number),
        Resolved::Float(number) => Value::Float(number),
        Resolved::String => Value::String(text.into_owned()),
    })
}

fn binary(text: &str, at: Position) -> Result<Value, Error> {
    let digits: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    match BASE64.decode(digits) {
        Ok(bytes) => Ok(Value::String(as_json_text(&bytes))),
        Err(_) => Err(Error::node("!!binary value contains invalid base64 data", at)),
    }
}

/// Returns bytes as text in the way of Go's JSON: each byte that is no UTF-8 becomes U+FFFD.
fn as_json_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn check(text: &str, expected: Value) {
        assert_eq!(parse(text).expect(text), expected, "{text}");
    }

    #[test]
    fn tags_decide_over_the_text() {
        check("!!str 12", Value::from("12"));
        check("!!int '12'", Value::Int(12));
        check("!!float 12", Value::Float(12.0));
        check("! 12", Value::from("12"));
        check("!mine yes", Value::from("yes"));
        check("!!timestamp 2001-12-14", Value::from("2001-12-14"));
    }

    #[test]
    fn binary_data_becomes_text() {
        check("!!binary aGVsbG8=", Value::from("hello"));
        check("!!binary |\n  aGVs\n  bG9=\n", Value::from("hello"));
        check("!!binary 4oI=", Value::from("\u{fffd}\u{fffd}"));
        let err = parse("- !!binary '?'").expect_err("no base64");
        assert_eq!(err.to_string(), "yaml: !!binary value contains invalid base64 data");
    }

    #[test]
    fn a_text_that_does_not_fit_its_tag_is_an_error() {
        let err = parse("a:\n  !!int 1.5\n").expect_err("no integer");
        assert_eq!(err.to_string(), "yaml: cannot decode !!float `1.5` as a !!int");
        assert_eq!(err.line(), Some(2));
    }
}
