//! Reading JSON, with Go's words for what is wrong with it.

use crate::engine::functions::number::parse_float;
use crate::engine::value::MAX_DEPTH;
use crate::yaml;

/// Reads one value that is the whole text, and the first complaint about a number that no float holds.
pub(super) fn read(text: &str) -> Result<(yaml::Value, Option<String>), String> {
    let mut reader = Reader { text, at: 0, complaint: None };
    let value = reader.value(0)?;
    reader.skip_spaces();
    match reader.peek() {
        Some(_) => Err(reader.unexpected("after top-level value")),
        None => Ok((value, reader.complaint)),
    }
}

/// Why the first value of a text cannot be read.
pub(crate) enum Broken {
    /// The text ends within it.
    Ends,
    /// A byte cannot stand where it does.
    At {
        /// How many bytes were read with that one.
        offset: usize,
        /// What is wrong, in Go's words.
        problem: String,
    },
}

/// Reads the first value of a text, and returns the text behind it; `None` if there is none.
pub(crate) fn read_first(text: &str) -> Result<Option<(yaml::Value, &str)>, Broken> {
    let mut reader = Reader { text, at: 0, complaint: None };
    reader.skip_spaces();
    if reader.peek().is_none() {
        return Ok(None);
    }
    match reader.value(0) {
        Ok(value) => Ok(Some((value, &text[reader.at..]))),
        Err(_) if reader.peek().is_none() => Err(Broken::Ends),
        Err(problem) => Err(Broken::At { offset: reader.at + 1, problem }),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    complaint: Option<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Says that the next byte cannot stand there.
    fn unexpected(&self, context: &str) -> String {
        match self.peek() {
            Some(byte) => format!("invalid character {} {context}", quote(byte)),
            None => "unexpected end of JSON input".to_owned(),
        }
    }

    /// Says that the next byte cannot stand there in a word or number; Go reads a space after the end.
    fn unexpected_within(&self, context: &str) -> String {
        format!("invalid character {} {context}", quote(self.peek().unwrap_or(b' ')))
    }

    fn value(&mut self, depth: usize) -> Result<yaml::Value, String> {
        self.skip_spaces();
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => Err(self.unexpected("exceeded max depth")),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(yaml::Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", yaml::Value::Bool(true)),
            Some(b'f') => self.literal("false", yaml::Value::Bool(false)),
            Some(b'n') => self.literal("null", yaml::Value::Null),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<yaml::Value, String> {
        let mut map = yaml::Map::new();
        self.at += 1;
        self.skip_spaces();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(yaml::Value::Map(map));
        }
        loop {
            self.skip_spaces();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_spaces();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            map.insert(key, self.value(depth + 1)?);
            if !self.continues(b'}', "after object key:value pair")? {
                return Ok(yaml::Value::Map(map));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<yaml::Value, String> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_spaces();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(yaml::Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.continues(b']', "after array element")? {
                return Ok(yaml::Value::List(items));
            }
        }
    }

    /// Says whether a comma follows rather than `close`.
    fn continues(&mut self, close: u8, context: &str) -> Result<bool, String> {
        self.skip_spaces();
        match self.peek() {
            Some(byte) if byte == b',' || byte == close => {
                self.at += 1;
                Ok(byte == b',')
            }
            _ => Err(self.unexpected(context)),
        }
    }

    fn literal(&mut self, word: &str, value: yaml::Value) -> Result<yaml::Value, String> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let context = format!("in literal {word} (expecting {})", quote(expected));
                return Err(self.unexpected_within(&context));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<yaml::Value, String> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits("in exponent of numeric literal")?;
        }
        let text = &self.text[start..self.at];
        let number = parse_float(text).map(yaml::Value::Float);
        if number.is_none() && self.complaint.is_none() {
            let what = format!("number {text} into Go value of type float64");
            self.complaint = Some(format!("json: cannot unmarshal {what}"));
        }
        Ok(number.unwrap_or_default())
    }

    fn digits(&mut self, context: &str) -> Result<(), String> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.unexpected_within(context));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, String> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|character| matches!(character, '"' | '\\' | '\0'..'\x20'));
            let plain = plain.unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.unexpected_within("in string escape code")),
        };
        self.at += 1;
        Ok(character)
    }

    /// Reads `\uXXXX`, and the second half of a surrogate pair; a half alone becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let first = self.hex4()?;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.unexpected_within("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

/// Quotes a byte as Go quotes the character of the same number.
fn quote(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        _ => {
            let text = char::from(byte).to_string();
            let quoted = crate::engine::gotemplate::quote::quote(text.as_bytes());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}
