//! What a compiled pattern is made of. Names are bytes here, because gobwas cuts them between
//! bytes.

use std::cell::Cell;

/// Matches a whole name, or finds a part of it.
#[derive(Debug, Clone)]
pub(super) enum Matcher {
    Nothing,
    Text(String),
    /// Anything without a slash.
    Any,
    /// Anything.
    Super,
    /// One character that is no slash.
    Single,
    List {
        characters: Vec<char>,
        negated: bool,
    },
    Range {
        low: char,
        high: char,
        negated: bool,
    },
    AnyOf(Vec<Self>),
    EveryOf(Vec<Self>),
    /// At least so many characters.
    Min(usize),
    /// At most so many characters.
    Max(usize),
    Containing(String),
    NotContaining(String),
    Prefix(String),
    Suffix(String),
    /// The two may overlap.
    PrefixSuffix(String, String),
    /// The text, then anything without a slash.
    PrefixAny(String),
    /// Anything without a slash, then the text.
    SuffixAny(String),
    /// Matchers of known length one after the other.
    Row {
        matchers: Vec<Self>,
        length: usize,
    },
    Tree(Box<Tree>),
}

/// A matcher that is looked for, and what must be to its left and right.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) value: Matcher,
    pub(super) left: Option<Matcher>,
    pub(super) right: Option<Matcher>,
    length: Option<usize>,
    left_length: Option<usize>,
    right_length: Option<usize>,
}

impl Tree {
    pub(super) fn new(value: Matcher, left: Option<Matcher>, right: Option<Matcher>) -> Self {
        let length = |side: &Option<Matcher>| side.as_ref().map_or(Some(0), Matcher::length);
        let (left_length, right_length) = (length(&left), length(&right));
        let lengths = [value.length(), left_length, right_length];
        let length = lengths.into_iter().sum();
        Self { value, left, right, length, left_length, right_length }
    }

    fn matches(&self, name: &[u8], steps: &Cell<usize>) -> bool {
        if self.length.is_some_and(|length| length > name.len()) {
            return false;
        }
        let side = |side: &Option<Matcher>, part: &[u8]| match side {
            Some(matcher) => matcher.matches(part, steps),
            None => part.is_empty(),
        };
        let mut offset = self.left_length.unwrap_or(0);
        let limit = name.len().saturating_sub(self.right_length.unwrap_or(0));
        while offset < limit && steps.get() > 0 {
            steps.set(steps.get() - 1);
            let Some((index, lengths)) = self.value.find(&name[offset..limit], steps) else {
                return false;
            };
            let start = offset + index;
            let rest = |length: usize| name.get(start + length..).unwrap_or_default();
            if side(&self.left, &name[..start])
                && lengths.iter().rev().any(|length| side(&self.right, rest(*length)))
            {
                return true;
            }
            offset = start + first(&name[start..]).1.max(1);
        }
        false
    }
}

/// Where something was found, and how many bytes it may have.
type Found = Option<(usize, Vec<usize>)>;

impl Matcher {
    /// Returns the number of characters that this matches, if it is always the same.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::Nothing => Some(0),
            Self::Single | Self::List { .. } | Self::Range { .. } => Some(1),
            Self::Text(text) => Some(text.chars().count()),
            Self::Row { length, .. } => Some(*length),
            Self::Tree(tree) => tree.length,
            Self::AnyOf(matchers) => any_length(matchers),
            _ => None,
        }
    }

    /// Says whether this matches the whole of a name.
    pub(super) fn matches(&self, name: &[u8], steps: &Cell<usize>) -> bool {
        let has_slash = |part: &[u8]| part.contains(&b'/');
        match self {
            Self::Nothing => name.is_empty(),
            Self::Text(text) => name == text.as_bytes(),
            Self::Any => !has_slash(name),
            Self::Super => true,
            Self::Single | Self::List { .. } | Self::Range { .. } => {
                let (c, width) = first(name);
                name.len() <= width && self.fits(c)
            }
            Self::AnyOf(matchers) => matchers.iter().any(|one| one.matches(name, steps)),
            Self::EveryOf(matchers) => matchers.iter().all(|one| one.matches(name, steps)),
            Self::Min(limit) => characters(name).count() >= *limit,
            Self::Max(limit) => characters(name).count() <= *limit,
            Self::Containing(text) => position(name, text).is_some(),
            Self::NotContaining(text) => position(name, text).is_none(),
            Self::Prefix(text) => name.starts_with(text.as_bytes()),
            Self::Suffix(text) => name.ends_with(text.as_bytes()),
            Self::PrefixSuffix(prefix, suffix) => {
                name.starts_with(prefix.as_bytes()) && name.ends_with(suffix.as_bytes())
            }
            Self::PrefixAny(text) => {
                name.strip_prefix(text.as_bytes()).is_some_and(|rest| !has_slash(rest))
            }
            Self::SuffixAny(text) => {
                name.strip_suffix(text.as_bytes()).is_some_and(|rest| !has_slash(rest))
            }
            Self::Row { matchers, length } => {
                characters(name).count() == *length && row(matchers, name, steps)
            }
            Self::Tree(tree) => tree.matches(name, steps),
        }
    }

    /// Says whether this matches one character.
    fn fits(&self, c: char) -> bool {
        match self {
            Self::Single => c != '/',
            Self::List { characters, negated } => characters.contains(&c) != *negated,
            Self::Range { low, high, negated } => (*low <= c && c <= *high) != *negated,
            _ => false,
        }
    }

    /// Finds the first place in a name where this matches.
    fn find(&self, name: &[u8], steps: &Cell<usize>) -> Found {
        match self {
            Self::Nothing => Some((0, vec![0])),
            Self::Text(text) => Some((position(name, text)?, vec![text.len()])),
            Self::Any => Some((0, starts(until_slash(name), 0))),
            Self::Super => Some((0, starts(name, 0))),
            Self::Single | Self::List { .. } | Self::Range { .. } => {
                let (at, c) = characters(name).find(|(_, c)| self.fits(*c))?;
                Some((at, vec![c.len_utf8()]))
            }
            Self::AnyOf(matchers) => find_any(matchers, name, steps),
            Self::EveryOf(matchers) => find_every(matchers, name, steps),
            Self::Min(limit) => {
                let ends: Vec<_> = ends(name, 0).skip(limit.saturating_sub(1)).collect();
                (!ends.is_empty()).then_some((0, ends))
            }
            Self::Max(limit) => {
                Some((0, [0].into_iter().chain(ends(name, 0)).take(limit + 1).collect()))
            }
            Self::Containing(text) => {
                let end = position(name, text)? + text.len();
                Some((0, starts(&name[end..], end)))
            }
            Self::NotContaining(text) => {
                Some((0, starts(&name[..position(name, text).unwrap_or(name.len())], 0)))
            }
            Self::Prefix(text) => {
                let at = position(name, text)?;
                let rest = &name[at + text.len()..];
                Some((at, [text.len()].into_iter().chain(ends(rest, text.len())).collect()))
            }
            Self::PrefixAny(text) => {
                let at = position(name, text)?;
                let rest = until_slash(&name[at + text.len()..]);
                Some((at, [text.len()].into_iter().chain(ends(rest, text.len())).collect()))
            }
            Self::Suffix(text) => Some((0, vec![position(name, text)? + text.len()])),
            Self::SuffixAny(text) => {
                let at = position(name, text)?;
                let start =
                    name[..at].iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
                Some((start, vec![at + text.len() - start]))
            }
            Self::PrefixSuffix(prefix, suffix) => find_prefix_suffix(name, prefix, suffix),
            Self::Row { matchers, length } => {
                let mut starts = characters(name).map(|(at, _)| at);
                let at = starts
                    .find(|at| name.len() - at >= *length && row(matchers, &name[*at..], steps))?;
                Some((at, vec![*length]))
            }
            // gobwas never looks for a tree.
            Self::Tree(_) => None,
        }
    }
}

/// Returns the length that all have, in the way of gobwas: those without one count only at the end.
fn any_length(matchers: &[Matcher]) -> Option<usize> {
    let mut common = None;
    for length in matchers.iter().map(Matcher::length) {
        if common.is_none() {
            common = length;
        } else if common != length {
            return None;
        }
    }
    common
}

/// Matches matchers of known length one after the other. Like gobwas, this takes the last character
/// of each for a byte.
fn row(matchers: &[Matcher], name: &[u8], steps: &Cell<usize>) -> bool {
    let mut rest = name;
    for matcher in matchers {
        let length = matcher.length().unwrap_or(0);
        let last = match length {
            0 => characters(rest).last(),
            length => match characters(rest).nth(length - 1) {
                None => return false,
                last => last,
            },
        };
        let Some((part, after)) = rest.split_at_checked(last.map_or(0, |(at, _)| at) + 1) else {
            return false;
        };
        if !matcher.matches(part, steps) {
            return false;
        }
        rest = after;
    }
    true
}

fn find_any(matchers: &[Matcher], name: &[u8], steps: &Cell<usize>) -> Found {
    let mut best: Found = None;
    for (index, lengths) in matchers.iter().filter_map(|one| one.find(name, steps)) {
        match &mut best {
            Some((first, _)) if *first < index => {}
            Some((first, known)) if *first == index => {
                known.extend(lengths);
                known.sort_unstable();
                known.dedup();
            }
            best => *best = Some((index, lengths)),
        }
    }
    best
}

fn find_every(matchers: &[Matcher], name: &[u8], steps: &Cell<usize>) -> Found {
    let (mut index, mut offset) = (0, 0);
    let mut current: Vec<usize> = Vec::new();
    let mut rest = name;
    for (number, matcher) in matchers.iter().enumerate() {
        let (at, lengths) = matcher.find(rest, steps)?;
        if number == 0 {
            current = lengths;
        } else {
            let shift = |length: usize| (length + index).checked_sub(at + offset);
            let shifted = current.iter().filter_map(|length| shift(*length));
            current = shifted.filter(|length| lengths.contains(length)).collect();
            if current.is_empty() {
                return None;
            }
        }
        index = at + offset;
        rest = name.get(index..)?;
        offset += at;
    }
    Some((index, current))
}

fn find_prefix_suffix(name: &[u8], prefix: &str, suffix: &str) -> Found {
    let at = position(name, prefix)?;
    let mut rest = &name[at..];
    let mut lengths = Vec::new();
    while let Some(found) = last_position(rest, suffix) {
        lengths.push(found + suffix.len());
        rest = &rest[..found];
    }
    lengths.reverse();
    (!lengths.is_empty()).then_some((at, lengths))
}

fn until_slash(name: &[u8]) -> &[u8] {
    name.split(|byte| *byte == b'/').next().unwrap_or(name)
}

fn position(name: &[u8], text: &str) -> Option<usize> {
    name.windows(text.len().max(1)).position(|window| window == text.as_bytes())
}

fn last_position(name: &[u8], text: &str) -> Option<usize> {
    name.windows(text.len().max(1)).rposition(|window| window == text.as_bytes())
}

/// Returns where each character starts, and the end.
fn starts(name: &[u8], from: usize) -> Vec<usize> {
    let starts = characters(name).map(|(at, _)| from + at);
    starts.chain([from + name.len()]).collect()
}

/// Returns where each character ends.
fn ends(name: &[u8], from: usize) -> impl Iterator<Item = usize> {
    characters(name).map(move |(at, c)| from + at + c.len_utf8())
}

fn characters(name: &[u8]) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (c, width) = first(&name[at..]);
        let start = at;
        at += width;
        (width > 0).then_some((start, c))
    })
}

/// Returns the first character and its width in bytes; as in Go, a byte that is no text is U+FFFD,
/// and so is the end, with no width.
fn first(name: &[u8]) -> (char, usize) {
    let text = |width: usize| std::str::from_utf8(name.get(..width)?).ok()?.chars().next();
    match (1..=4).find_map(|width| Some((text(width)?, width))) {
        Some(found) => found,
        None => (char::REPLACEMENT_CHARACTER, name.len().min(1)),
    }
}
