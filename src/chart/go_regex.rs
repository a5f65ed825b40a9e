//! Go's regular expressions (RE2 with Perl syntax) as those of the `regex` crate.
//!
//! Both have the same engine's semantics, but not the same syntax: `\d`, `\w`, `\s` and `\b` are
//! ASCII in Go, `\Q…\E` and octal escapes exist, and classes have no set operations. Whatever Go
//! rejects is rejected here, in its words.

use regex::Regex;

/// How deep groups may nest; the `regex` crate's own default.
const MAX_GROUPS: usize = 250;

/// The largest count of a repetition, also of nested ones together.
const MAX_REPEAT: u32 = 1000;

/// What can stand in `[:…:]`, also after a `^`.
const POSIX_CLASSES: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// A translated expression.
pub(crate) struct Translated {
    /// The expression for the `regex` crate; all its groups are without names.
    pub(crate) pattern: String,
    /// The names of the groups, from the first on; empty for those without.
    pub(crate) names: Vec<String>,
}

/// Translates `pattern`; the error is Go's text after `error parsing regexp: `.
pub(crate) fn translate(pattern: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        whole: pattern,
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
        names: Vec::new(),
        enclosing: Vec::new(),
        level: Level::default(),
    };
    translator.run()?;
    Ok(Translated { pattern: translator.out, names: translator.names })
}

/// What is known of the group that is being read.
#[derive(Default)]
struct Level {
    /// How often the last operand repeats its parts; none where there is nothing to repeat.
    operand: Option<u32>,
    /// The same for the most repetitive operand of the group.
    weight: u32,
}

struct Translator<'a> {
    whole: &'a str,
    rest: &'a str,
    out: String,
    names: Vec<String>,
    enclosing: Vec<Level>,
    level: Level,
}

fn error(what: &str, expression: &str) -> String {
    format!("{what}: `{expression}`")
}

impl<'a> Translator<'a> {
    fn run(&mut self) -> Result<(), String> {
        let mut last_repeat = None;
        while let Some(first) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeated = false;
            match first {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' => {
                    self.level.operand = None;
                    self.copy(1);
                }
                '^' | '$' | '.' => self.operator(1),
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    self.rest = &before[1..];
                    self.repeat(before, last_repeat, None)?;
                    repeated = true;
                }
                '{' => match read_counts(before) {
                    Some((low, high, after)) => {
                        self.rest = after;
                        self.repeat(before, last_repeat, Some((low, high)))?;
                        repeated = true;
                    }
                    None => self.literal_rest(),
                },
                '\\' => self.backslash()?,
                _ => self.literal_rest(),
            }
            last_repeat = repeated.then_some(before);
        }
        if self.enclosing.is_empty() {
            return Ok(());
        }
        Err(error("missing closing )", self.whole))
    }

    /// Copies the next `size` bytes as they are.
    fn copy(&mut self, size: usize) {
        let (text, rest) = self.rest.split_at(size);
        self.out.push_str(text);
        self.rest = rest;
    }

    fn operator(&mut self, size: usize) {
        self.copy(size);
        self.operand(1);
    }

    /// Notes that something was written that can be repeated.
    fn operand(&mut self, weight: u32) {
        self.level.operand = Some(weight);
        self.level.weight = self.level.weight.max(weight);
    }

    fn literal_rest(&mut self) {
        let character = self.take();
        self.literal(character);
    }

    /// Takes the next character; the callers know that there is one.
    fn take(&mut self) -> char {
        let character = self.rest.chars().next().unwrap_or_default();
        self.rest = &self.rest[character.len_utf8().min(self.rest.len())..];
        character
    }

    fn literal(&mut self, character: char) {
        // The crate reads an escaped angle bracket as the edge of a word.
        if character.is_ascii_punctuation() && !matches!(character, '<' | '>') {
            self.out.push('\\');
        }
        self.out.push(character);
        self.operand(1);
    }

    fn open_group(&mut self) -> Result<(), String> {
        if self.enclosing.len() >= MAX_GROUPS {
            return Err(error("expression nests too deeply", self.whole));
        }
        if self.rest.starts_with("(?") {
            return self.perl_group();
        }
        self.rest = &self.rest[1..];
        self.enter("(", Some(""));
        Ok(())
    }

    /// Writes the start of a group, one that captures if it has a name, which may be empty.
    fn enter(&mut self, start: &str, name: Option<&str>) {
        self.out.push_str(start);
        self.names.extend(name.map(str::to_owned));
        self.enclosing.push(std::mem::take(&mut self.level));
    }

    fn close_group(&mut self) -> Result<(), String> {
        let Some(outer) = self.enclosing.pop() else {
            return Err(error("unexpected )", self.whole));
        };
        let weight = std::mem::replace(&mut self.level, outer).weight;
        self.copy(1);
        self.operand(weight.max(1));
        Ok(())
    }

    /// Reads `(?P<name>`, `(?<name>`, `(?flags)` or `(?flags:`.
    fn perl_group(&mut self) -> Result<(), String> {
        let start = self.rest;
        let named = start.strip_prefix("(?P<").filter(|rest| !rest.is_empty());
        if let Some(after) = named.or_else(|| start.strip_prefix("(?<")) {
            let Some((name, rest)) = after.split_once('>') else {
                return Err(error("invalid named capture", start));
            };
            let valid = |c: char| c == '_' || c.is_ascii_alphanumeric();
            if name.is_empty() || !name.chars().all(valid) {
                let capture = &start[..start.len() - rest.len()];
                return Err(error("invalid named capture", capture));
            }
            self.rest = rest;
            self.enter("(", Some(name));
            return Ok(());
        }
        self.rest = &start[2..];
        let mut flags = String::from("(?");
        let mut minus_without_flag = false;
        while !self.rest.is_empty() {
            let flag = self.take();
            match flag {
                'i' | 'm' | 's' | 'U' => minus_without_flag = false,
                '-' if !flags.contains('-') => minus_without_flag = true,
                ':' | ')' if !minus_without_flag => {
                    flags.push(flag);
                    self.end_flags(&flags);
                    return Ok(());
                }
                _ => break,
            }
            if !flags.contains(flag) {
                flags.push(flag);
            }
        }
        let read = &start[..start.len() - self.rest.len()];
        Err(error("invalid or unsupported Perl syntax", read))
    }

    fn end_flags(&mut self, flags: &str) {
        match flags {
            "(?)" => {}
            _ if flags.ends_with(':') => self.enter(flags, None),
            _ => self.out.push_str(flags),
        }
    }

    /// Repeats the last operand; `before` starts with the operator, `rest` is what follows it.
    fn repeat(
        &mut self,
        before: &'a str,
        last_repeat: Option<&'a str>,
        counts: Option<(u32, Option<u32>)>,
    ) -> Result<(), String> {
        let operator = &before[..before.len() - self.rest.len()];
        let in_range = |(low, high): (u32, Option<u32>)| {
            low <= MAX_REPEAT && high.is_none_or(|high| (low..=MAX_REPEAT).contains(&high))
        };
        if !counts.is_none_or(in_range) {
            return Err(error("invalid repeat count", operator));
        }
        let lazy = self.rest.starts_with('?');
        self.rest = &self.rest[usize::from(lazy)..];
        if let Some(last) = last_repeat {
            let both = &last[..last.len() - self.rest.len()];
            return Err(error("invalid nested repetition operator", both));
        }
        let written = &before[..before.len() - self.rest.len()];
        let Some(mut weight) = self.level.operand else {
            return Err(error("missing argument to repetition operator", written));
        };
        if let Some((low, high)) = counts {
            let times = high.unwrap_or(low);
            weight = if times == 0 { 1 } else { weight.saturating_mul(times) };
            if weight > MAX_REPEAT && (low >= 2 || times >= 2) {
                return Err(error("invalid repeat count", written));
            }
        }
        self.out.push_str(written);
        self.operand(weight);
        Ok(())
    }

    fn backslash(&mut self) -> Result<(), String> {
        let (escape, after) = self.rest.split_at(escape_size(self.rest));
        match escape {
            r"\A" | r"\z" => self.operator(2),
            r"\b" | r"\B" => {
                self.out.push_str(&format!("(?-u:{escape})"));
                self.rest = after;
                self.operand(1);
            }
            r"\C" => return Err(error("invalid escape sequence", escape)),
            r"\Q" => {
                let (text, rest) = after.split_once(r"\E").unwrap_or((after, ""));
                text.chars().for_each(|character| self.literal(character));
                self.rest = rest;
            }
            _ => match self.class_escape()? {
                Some(class) => {
                    self.out.push_str(&class);
                    self.operand(1);
                }
                None => {
                    let character = self.escape()?;
                    self.literal(character);
                }
            },
        }
        Ok(())
    }

    /// Reads `\d`, `\pL` and their kind, if that is what follows.
    fn class_escape(&mut self) -> Result<Option<String>, String> {
        let (escape, after) = self.rest.split_at(escape_size(self.rest));
        let class = match escape {
            r"\d" => "[0-9]",
            r"\D" => "[^0-9]",
            r"\s" => r"[\t\n\f\r ]",
            r"\S" => r"[^\t\n\f\r ]",
            r"\w" => "[0-9A-Za-z_]",
            r"\W" => "[^0-9A-Za-z_]",
            r"\p" | r"\P" if !after.is_empty() => return self.unicode_class().map(Some),
            _ => return Ok(None),
        };
        self.rest = after;
        Ok(Some(class.to_owned()))
    }

    fn unicode_class(&mut self) -> Result<String, String> {
        let start = self.rest;
        let negated = start.starts_with(r"\P");
        let (name, rest) = if start[2..].starts_with('{') {
            let end =
                start.find('}').ok_or_else(|| error("invalid character class range", start))?;
            (&start[3..end], &start[end + 1..])
        } else {
            let end = 2 + start[2..].chars().next().map_or(0, char::len_utf8);
            (&start[2..end], &start[end..])
        };
        let inverted = name.starts_with('^');
        let letter = if negated == inverted { 'p' } else { 'P' };
        let class = format!(r"\{letter}{{{}}}", name.trim_start_matches('^'));
        if name.contains(['=', ':', '!']) || Regex::new(&class).is_err() {
            let sequence = &start[..start.len() - rest.len()];
            return Err(error("invalid character class range", sequence));
        }
        self.rest = rest;
        Ok(class)
    }

    /// Reads an escape that stands for one character.
    fn escape(&mut self) -> Result<char, String> {
        let start = self.rest;
        self.rest = &start[1..];
        if self.rest.is_empty() {
            return Err(error("trailing backslash at end of expression", ""));
        }
        let character = self.take();
        let code = match character {
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            'x' => self.hex_code(),
            '0' => Some(self.octal_code(0)),
            '1'..='7' if self.rest.starts_with(|c| matches!(c, '0'..='7')) => {
                Some(self.octal_code(character.to_digit(8).unwrap_or_default()))
            }
            _ if character.is_ascii() && !character.is_ascii_alphanumeric() => {
                Some(character.into())
            }
            _ => None,
        };
        code.and_then(char::from_u32).ok_or_else(|| {
            error("invalid escape sequence", &start[..start.len() - self.rest.len()])
        })
    }

    fn octal_code(&mut self, first: u32) -> u32 {
        let mut code = first;
        for _ in 0..2 {
            let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.rest = &self.rest[1..];
        }
        code
    }

    /// Reads two hexadecimal digits, or any number of them in braces.
    fn hex_code(&mut self) -> Option<u32> {
        let first = (!self.rest.is_empty()).then(|| self.take())?;
        if first != '{' {
            let second = (!self.rest.is_empty()).then(|| self.take())?;
            return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
        }
        let mut code = None;
        while !self.rest.is_empty() {
            let digit = self.take();
            if digit == '}' {
                return code;
            }
            let value = code.unwrap_or(0) * 16 + digit.to_digit(16)?;
            code = Some(value).filter(|&value| value <= u32::from(char::MAX));
            code?;
        }
        None
    }

    fn class(&mut self) -> Result<(), String> {
        let start = self.rest;
        self.rest = &start[1..];
        let negated = self.rest.starts_with('^');
        self.rest = &self.rest[usize::from(negated)..];
        let mut items = String::new();
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            match self.class_item()? {
                Some(item) => items.push_str(&item),
                None => items.push_str(&self.class_range(start)?),
            }
        }
        self.rest = &self.rest[1..];
        self.out.push_str(if negated { "[^" } else { "[" });
        self.out.push_str(&items);
        self.out.push(']');
        self.operand(1);
        Ok(())
    }

    /// Reads a class within a class.
    fn class_item(&mut self) -> Result<Option<String>, String> {
        if self.rest.starts_with("[:")
            && let Some(end) = self.rest[2..].find(":]")
        {
            let (name, after) = self.rest.split_at(end + 4);
            if !POSIX_CLASSES.contains(&name[2..name.len() - 2].trim_start_matches('^')) {
                return Err(error("invalid character class range", name));
            }
            self.rest = after;
            return Ok(Some(name.to_owned()));
        }
        if self.rest.starts_with('\\') { self.class_escape() } else { Ok(None) }
    }

    /// Reads a character, or two with a dash between them.
    fn class_range(&mut self, class: &'a str) -> Result<String, String> {
        let start = self.rest;
        let low = self.class_character(class)?;
        let mut high = low;
        if self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() >= 2 {
            self.rest = &self.rest[1..];
            high = self.class_character(class)?;
            if high < low {
                let range = &start[..start.len() - self.rest.len()];
                return Err(error("invalid character class range", range));
            }
        }
        Ok(format!(r"\x{{{:x}}}-\x{{{:x}}}", u32::from(low), u32::from(high)))
    }

    fn class_character(&mut self, class: &str) -> Result<char, String> {
        match self.rest.chars().next() {
            None => Err(error("missing closing ]", class)),
            Some('\\') => self.escape(),
            Some(_) => Ok(self.take()),
        }
    }
}

/// Returns how many bytes a backslash and the character after it take.
fn escape_size(text: &str) -> usize {
    1 + text[1..].chars().next().map_or(0, char::len_utf8)
}

/// Reads `{n}`, `{n,}` or `{n,m}`; none if it is not quite that, which makes the brace a literal.
fn read_counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (low, rest) = read_count(&text[1..])?;
    let Some(rest) = rest.strip_prefix(',') else {
        return Some((low, Some(low), rest.strip_prefix('}')?));
    };
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((low, None, rest));
    }
    let (high, rest) = read_count(rest)?;
    Some((low, Some(high), rest.strip_prefix('}')?))
}

fn read_count(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().unwrap_or(u32::MAX), rest))
}
