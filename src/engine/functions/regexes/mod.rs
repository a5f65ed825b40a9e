//! The `regex` functions, by the rules of Go's regexp.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Captures, RegexBuilder};

use super::Error;
use super::limits::{check_items, check_text};
use super::unicode::{is_digit, is_letter};
use crate::chart::go_regex;
use crate::engine::gotemplate::quote::quote as go_quote;
use crate::engine::value::{List, ListType, Value};

/// How large an expression may become (the default of the crate, said here because it bounds what is kept).
const MAX_PROGRAM: usize = 10 << 20;

/// How many expressions are kept; a chart has a few, which it uses over and over.
const MAX_KEPT: usize = 32;

/// A compiled expression.
pub(super) struct Regex {
    regex: regex::Regex,
    names: Vec<String>,
}

thread_local! {
    static KEPT: RefCell<HashMap<String, Rc<Regex>>> = RefCell::default();
}

/// Compiles an expression.
pub(super) fn compile(pattern: &str) -> Result<Rc<Regex>, Error> {
    if let Some(kept) = KEPT.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(kept);
    }
    let translated = go_regex::translate(pattern)
        .map_err(|why| Error::from(format!("error parsing regexp: {why}")))?;
    let regex = RegexBuilder::new(&translated.pattern).size_limit(MAX_PROGRAM).build();
    let regex = regex.map_err(|_| {
        Error::from(format!("error parsing regexp: expression too large: `{pattern}`"))
    })?;
    let compiled = Rc::new(Regex { regex, names: translated.names });
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(pattern.to_owned(), compiled.clone());
    });
    Ok(compiled)
}

/// Compiles an expression for the functions that do not start with `must`, which fail with other words.
pub(super) fn compile_or_panic(pattern: &str) -> Result<Rc<Regex>, Error> {
    compile(pattern).map_err(|err| match err {
        Error::Message(why) => Error::from(format!("regexp: Compile({}): {why}", quote(pattern))),
        other => other,
    })
}

/// Quotes with backticks where Go can.
fn quote(text: &str) -> String {
    let unquotable = |c: char| c < ' ' && c != '\t' || matches!(c, '`' | '\x7f' | '\u{feff}');
    if text.contains(unquotable) { go_quote(text.as_bytes()) } else { format!("`{text}`") }
}

/// Compiles the expression of a function, in the way that the function fails.
pub(super) type Compile = fn(&str) -> Result<Rc<Regex>, Error>;

/// Says whether the expression matches somewhere; one that is none matches nowhere.
pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    must_match(pattern, text).unwrap_or_default()
}

/// Says whether the expression matches somewhere.
pub(super) fn must_match(pattern: &str, text: &str) -> Result<bool, Error> {
    Ok(compile(pattern)?.regex.is_match(text))
}

/// Returns the first match, an empty text if there is none.
pub(super) fn find(compile: Compile, pattern: &str, text: &str) -> Result<String, Error> {
    let found = compile(pattern)?.regex.find(text).map(|found| found.as_str().to_owned());
    Ok(found.unwrap_or_default())
}

/// Returns the first `count` matches, all for a negative count.
pub(super) fn find_all(
    compile: Compile,
    pattern: &str,
    text: &str,
    count: i64,
) -> Result<List, Error> {
    let compiled = compile(pattern)?;
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for one in compiled.regex.find_iter(text).take(limit) {
        found.push(Value::from(one.as_str()));
        check_items(found.len())?;
    }
    Ok(List::nil_if_empty(found, ListType::Strings))
}

/// Replaces all matches; `$1`, `${1}` and `${name}` in `replacement` stand for groups.
pub(super) fn replace_all(
    compile: Compile,
    pattern: &str,
    text: &str,
    replacement: &str,
) -> Result<String, Error> {
    let compiled = compile(pattern)?;
    if !replacement.contains('$') {
        return replace_with(&compiled, text, |_, out| out.push_str(replacement));
    }
    replace_with(&compiled, text, |captures, out| {
        expand(replacement, captures, &compiled.names, out);
    })
}

/// Replaces all matches with `replacement` as it is.
pub(super) fn replace_all_literal(
    compile: Compile,
    pattern: &str,
    text: &str,
    replacement: &str,
) -> Result<String, Error> {
    replace_with(&*compile(pattern)?, text, |_, out| out.push_str(replacement))
}

fn replace_with(
    compiled: &Regex,
    text: &str,
    write: impl Fn(&Captures<'_>, &mut String),
) -> Result<String, Error> {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for captures in compiled.regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[end..whole.start()]);
        write(&captures, &mut out);
        check_text(Some(out.len()))?;
        end = whole.end();
    }
    out.push_str(&text[end..]);
    Ok(out)
}

/// Writes `template` with the groups that it names; a group that did not take part is empty.
fn expand(template: &str, captures: &Captures<'_>, names: &[String], out: &mut String) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = group_name(rest) {
            let group = group_index(name, names, captures).and_then(|index| captures.get(index));
            out.push_str(group.map_or("", |group| group.as_str()));
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
}

/// Reads `name` or `{name}`.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let start = braced.unwrap_or(text);
    let is_name = |c: char| c == '_' || is_letter(c) || is_digit(c);
    let (name, rest) = start.split_at(start.find(|c| !is_name(c)).unwrap_or(start.len()));
    let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}

/// Returns the group of that number, or of that name if it took part in the match.
fn group_index(name: &str, names: &[String], captures: &Captures<'_>) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && (name == "0" || !name.starts_with('0')) && name.len() < 9 {
        return name.parse().ok();
    }
    (1..=names.len()).find(|&index| names[index - 1] == name && captures.get(index).is_some())
}

/// Splits at the matches into at most `count` parts, all for a negative count.
pub(super) fn split(
    compile: Compile,
    pattern: &str,
    text: &str,
    count: i64,
) -> Result<List, Error> {
    let compiled = compile(pattern)?;
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    if limit == 0 {
        return Ok(List::nil_if_empty(parts, ListType::Strings));
    }
    if text.is_empty() && !pattern.is_empty() {
        return Ok(List::new(vec![Value::from("")], ListType::Strings));
    }
    let (mut start, mut end) = (0, 0);
    for found in compiled.regex.find_iter(text).take(limit) {
        if parts.len() + 1 == limit {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(Value::from(&text[start..end]));
            check_items(parts.len())?;
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(Value::from(&text[start..]));
    }
    Ok(List::new(parts, ListType::Strings))
}

/// Escapes what has a meaning in an expression.
pub(super) fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
