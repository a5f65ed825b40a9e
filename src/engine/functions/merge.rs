//! `merge` and its kin, by the rules of mergo: the first dict is changed in place and returned.
//!
//! Nested dicts that only a later one has are shared with it, not copied, as in Go.

use super::Error;
use super::limits::Walk;
use crate::engine::value::{Map, Value};

/// Which of two values counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The first, unless it is empty.
    KeepFirst,
    /// The last, also when it is empty.
    TakeLast,
}

/// Merges `sources` into `target` one after the other, and returns `target`.
pub(super) fn merge(
    target: Map,
    sources: impl Iterator<Item = Map>,
    rule: Rule,
) -> Result<Map, Error> {
    let mut walk = Walk::default();
    for source in sources {
        merge_into(&target, &source, rule, 0, &mut walk)?;
    }
    Ok(target)
}

fn merge_into(
    target: &Map,
    source: &Map,
    rule: Rule,
    depth: usize,
    walk: &mut Walk,
) -> Result<(), Error> {
    walk.visit(depth)?;
    for (key, theirs) in source.snapshot() {
        let ours = target.get(&key);
        if let (Value::Map(theirs), Some(Value::Map(ours))) = (&theirs, &ours) {
            merge_into(ours, theirs, rule, depth + 1, walk)?;
        }
        if is_taken(ours.as_ref(), &theirs, rule) {
            target.set(key, theirs);
        }
    }
    Ok(())
}

/// Says whether the value of the later dict replaces the one of the first.
fn is_taken(ours: Option<&Value>, theirs: &Value, rule: Rule) -> bool {
    let overwrite = rule == Rule::TakeLast;
    match (ours.filter(|ours| ours.truth()), theirs) {
        (_, Value::Nil) => overwrite,
        (None, _) => true,
        (Some(Value::Map(_)), Value::Map(_)) => false,
        (Some(_), _) => overwrite,
    }
}
