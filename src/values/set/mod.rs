//! The grammar of `--set` and its kin: `name[0].part=value,other=value`.
//!
//! Helm's rules to the letter, odd ones included (`a[0].b=` leaves an empty list), and Helm's
//! messages. What Helm leaves unlimited is limited here: nesting by `[`, and the items that large
//! indexes create.

mod error;
mod json;
mod parser;

pub use error::Error;

use super::sources::ReadFile;
use crate::yaml::Map;

/// How the text after `=` is read.
#[derive(Clone, Copy)]
pub enum Syntax<'a> {
    /// `--set`: truth values, null and integers are recognized, the rest is text.
    Typed,
    /// `--set-string`: always text.
    Text,
    /// `--set-file`: the name of a file whose content is the value.
    File(&'a ReadFile<'a>),
    /// `--set-json`: a JSON value.
    Json,
    /// `--set-literal`: text to the end, without escapes or commas.
    Literal,
}

/// Applies the assignments of `text` to `values`, which are half changed when one of them is wrong.
pub fn apply(text: &str, syntax: Syntax<'_>, values: &mut Map) -> Result<(), Error> {
    parser::Parser::new(text, syntax).parse(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::Value;

    fn set(text: &str) -> Result<Map, Error> {
        let mut values = Map::new();
        apply(text, Syntax::Typed, &mut values).map(|()| values)
    }

    #[test]
    fn errors_name_the_assignment_but_not_its_value() {
        let cases = [
            ("a=1,b.c", r#"key "c" has no value (in `b.c`)"#),
            ("password=secret,a={x", "list must terminate with '}' (in `a`)"),
            (
                "a=secret,a.b=1",
                "unable to parse key: interface conversion: interface {} is string, \
                 not map[string]interface {}: a value of another kind is there already (in `a.b`)",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(set(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn nesting_is_limited() {
        let error = set(&format!("a{}=1", "[0]".repeat(100_000))).unwrap_err().to_string();
        assert!(error.starts_with("more than 100 levels"), "{error}");
        let error = set(&format!("a{}=1", "[0].b".repeat(100_000))).unwrap_err().to_string();
        assert!(error.starts_with("more than 100 levels"), "{error}");
        assert!(set(&format!("a{}=1", "[0]".repeat(90))).is_ok());
    }

    #[test]
    fn indexes_cannot_exhaust_memory() {
        assert_eq!(set("a[65536]=1").unwrap()["a"].as_list().map(<[Value]>::len), Some(65537));
        let text: Vec<_> = (0..1000).map(|i| format!("a{i}[65536]=1")).collect();
        let error = set(&text.join(",")).unwrap_err().to_string();
        assert!(error.starts_with("indexes create more than"), "{error}");
    }

    #[test]
    fn files_must_be_text() {
        let read = |_: &str| Ok(vec![0xff, 0xfe]);
        let error = apply("a=x.bin", Syntax::File(&read), &mut Map::new()).unwrap_err();
        assert_eq!(error.to_string(), "file `x.bin` is not UTF-8 text (in `a`)");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r#"([ab01]|[\[\]\.,=\{\}\\"]|null|-|é|\PC){0,40}"#) {
            let read = |_: &str| Ok(b"content".to_vec());
            let file = Syntax::File(&read);
            for syntax in [Syntax::Typed, Syntax::Text, file, Syntax::Json, Syntax::Literal] {
                let mut values = Map::from([("a".to_owned(), Value::List(vec![Value::Null]))]);
                let _ = apply(&text, syntax, &mut values);
            }
        }
    }
}
