//! Where the parts of a text stand: beside a parsed value, the line and column of every key and
//! every value in it.

use std::collections::BTreeMap;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1 in characters.
    pub column: usize,
}

/// One step of a path into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// To the entry of a mapping.
    Key(&'a str),
    /// To the item of a sequence, counted from 0.
    Index(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The places of a parsed value and of all that is in it.
///
/// What came through an alias or a merge key stands where its anchor was written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Positions {
    at: Position,
    inner: Inner,
}

#[derive(Debug, Clone, PartialEq, Default)]
enum Inner {
    #[default]
    Scalar,
    List(Vec<Positions>),
    Map(BTreeMap<String, Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    key: Position,
    value: Positions,
}

impl Positions {
    /// Returns where the value at `path` starts.
    pub fn value(&self, path: &[Step<'_>]) -> Option<Position> {
        self.at(path).map(|found| found.at)
    }

    /// Returns where the last key of `path` starts; the item of a sequence has none.
    pub fn key(&self, path: &[Step<'_>]) -> Option<Position> {
        let (Step::Key(key), parents) = path.split_last()? else { return None };
        match &self.at(parents)?.inner {
            Inner::Map(entries) => entries.get(*key).map(|entry| entry.key),
            Inner::List(_) | Inner::Scalar => None,
        }
    }

    /// Returns the places as they are in a larger text, where `lines` lines stand before this one.
    #[must_use]
    pub fn below(mut self, lines: usize) -> Self {
        if lines > 0 {
            self.move_down(lines);
        }
        self
    }

    fn move_down(&mut self, lines: usize) {
        self.at.line += lines;
        match &mut self.inner {
            Inner::Scalar => {}
            Inner::List(items) => items.iter_mut().for_each(|item| item.move_down(lines)),
            Inner::Map(entries) => entries.values_mut().for_each(|entry| {
                entry.key.line += lines;
                entry.value.move_down(lines);
            }),
        }
    }

    /// Calls `each` with every line on which a key or a value starts, in no order.
    pub fn each_line(&self, each: &mut impl FnMut(usize)) {
        each(self.at.line);
        match &self.inner {
            Inner::Scalar => {}
            Inner::List(items) => items.iter().for_each(|item| item.each_line(each)),
            Inner::Map(entries) => entries.values().for_each(|entry| {
                each(entry.key.line);
                entry.value.each_line(each);
            }),
        }
    }

    /// Returns the places of the part at `path`.
    pub fn at(&self, path: &[Step<'_>]) -> Option<&Self> {
        path.iter().try_fold(self, |positions, step| match (&positions.inner, step) {
            (Inner::Map(entries), Step::Key(key)) => entries.get(*key).map(|entry| &entry.value),
            (Inner::List(items), Step::Index(index)) => items.get(*index),
            _ => None,
        })
    }
}

/// Something that keeps the places of a value while it is read; `()` keeps nothing.
pub(super) trait Record: Sized {
    type List: Default;
    type Map: Default;

    fn scalar(at: Position) -> Self;
    fn push(list: &mut Self::List, item: Self);
    fn list(at: Position, list: Self::List) -> Self;
    fn insert(map: &mut Self::Map, key: &str, at: Position, value: Self);
    fn map(at: Position, map: Self::Map) -> Self;
}

impl Record for () {
    type List = ();
    type Map = ();

    fn scalar(_: Position) -> Self {}
    fn push(_: &mut Self::List, _: Self) {}
    fn list(_: Position, _: Self::List) -> Self {}
    fn insert(_: &mut Self::Map, _: &str, _: Position, _: Self) {}
    fn map(_: Position, _: Self::Map) -> Self {}
}

impl Record for Positions {
    type List = Vec<Self>;
    type Map = BTreeMap<String, Entry>;

    fn scalar(at: Position) -> Self {
        Self { at, inner: Inner::Scalar }
    }

    fn push(list: &mut Self::List, item: Self) {
        list.push(item);
    }

    fn list(at: Position, list: Self::List) -> Self {
        Self { at, inner: Inner::List(list) }
    }

    fn insert(map: &mut Self::Map, key: &str, at: Position, value: Self) {
        map.insert(key.to_owned(), Entry { key: at, value });
    }

    fn map(at: Position, map: Self::Map) -> Self {
        Self { at, inner: Inner::Map(map) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse_with_positions;

    const TEXT: &str = "\
# comment
image:
  tag: 'v1'   # comment
  \"pull policy\": |
    Always
ports: [80, {name: é, port: 443}]
- no: key
";

    fn check(text: &str, path: &[Step<'_>], key: Option<(usize, usize)>, value: (usize, usize)) {
        let (_, positions) = parse_with_positions(text).expect(text);
        let pair = |found: Option<Position>| found.map(|at| (at.line, at.column));
        assert_eq!((pair(positions.key(path)), pair(positions.value(path))), (key, Some(value)));
    }

    #[test]
    fn keys_and_values_tell_where_they_start() {
        let text = TEXT.trim_end_matches("- no: key\n");
        check(text, &["image".into()], Some((2, 1)), (3, 3));
        check(text, &["image".into(), "tag".into()], Some((3, 3)), (3, 8));
        check(text, &["image".into(), "pull policy".into()], Some((4, 3)), (5, 5));
        check(text, &["ports".into(), 0.into()], None, (6, 9));
        check(text, &["ports".into(), 1.into(), "port".into()], Some((6, 23)), (6, 29));
        check(text, &[], None, (2, 1));
    }

    #[test]
    fn what_is_not_there_has_no_position() {
        let (_, positions) = parse_with_positions("a: [1]").expect("a mapping");
        for path in [&[Step::Key("b")][..], &["a".into(), 1.into()], &["a".into(), "b".into()]] {
            assert_eq!((positions.key(path), positions.value(path)), (None, None), "{path:?}");
        }
    }

    #[test]
    fn repeated_keys_count_where_they_stand_last() {
        check("a: 1\na: 2\n", &["a".into()], Some((2, 1)), (2, 4));
    }

    #[test]
    fn aliases_and_merge_keys_lead_to_their_anchor() {
        let text = "a: &a\n  b: 1\nc: *a\nd:\n  <<: *a\n  e: 2\n";
        check(text, &["c".into(), "b".into()], Some((2, 3)), (2, 6));
        check(text, &["d".into(), "b".into()], Some((2, 3)), (2, 6));
        check(text, &["d".into(), "e".into()], Some((6, 3)), (6, 6));
    }

    #[test]
    fn no_text_has_its_value_at_the_start() {
        check("", &[], None, (1, 1));
    }
}
