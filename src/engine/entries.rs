//! The entries of a map: a short sorted list for the few that most maps have, a tree for more.
//!
//! Reading a field is what templates do most. Among a few keys, those of another length are passed
//! over at once, which a tree cannot do.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::value::Value;

/// Up to how many entries a list is quicker than a tree; measured on the fields of charts.
const FEW: usize = 24;

/// Values by key, in key order.
pub(super) enum Entries {
    Few(Vec<(Rc<str>, Value)>),
    Many(BTreeMap<Rc<str>, Value>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl From<BTreeMap<Rc<str>, Value>> for Entries {
    fn from(entries: BTreeMap<Rc<str>, Value>) -> Self {
        if entries.len() > FEW {
            Self::Many(entries)
        } else {
            Self::Few(entries.into_iter().collect())
        }
    }
}

impl Entries {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Few(entries) => entries
                .iter()
                .find(|(known, _)| known.len() == key.len() && **known == *key)
                .map(|(_, value)| value),
            Self::Many(entries) => entries.get(key),
        }
    }

    /// Sets an entry, and returns what it was.
    pub(super) fn insert(&mut self, key: Rc<str>, value: Value) -> Option<Value> {
        let entries = match self {
            Self::Many(entries) => return entries.insert(key, value),
            Self::Few(entries) => entries,
        };
        match entries.binary_search_by(|(known, _)| (**known).cmp(&*key)) {
            Ok(index) => Some(std::mem::replace(&mut entries[index].1, value)),
            Err(index) => {
                entries.insert(index, (key, value));
                if entries.len() > FEW {
                    *self = Self::Many(std::mem::take(entries).into_iter().collect());
                }
                None
            }
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Value> {
        match self {
            Self::Few(entries) => {
                let index = entries.iter().position(|(known, _)| **known == *key)?;
                Some(entries.remove(index).1)
            }
            Self::Many(entries) => entries.remove(key),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(entries) => entries.len(),
            Self::Many(entries) => entries.len(),
        }
    }

    /// Calls `each` with the entries in key order, until it fails.
    pub(super) fn try_each<E>(
        &self,
        mut each: impl FnMut(&Rc<str>, &Value) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Few(entries) => entries.iter().try_for_each(|(key, value)| each(key, value)),
            Self::Many(entries) => entries.iter().try_for_each(|(key, value)| each(key, value)),
        }
    }

    /// Takes all values out.
    pub(super) fn drain(&mut self) -> Vec<Value> {
        match std::mem::take(self) {
            Self::Few(entries) => entries.into_iter().map(|(_, value)| value).collect(),
            Self::Many(entries) => entries.into_values().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_entries_behave_like_few() {
        let mut entries = Entries::default();
        for number in (0..100).rev() {
            assert!(entries.insert(format!("{number:02}").into(), Value::Int(number)).is_none());
            assert!(entries.insert(format!("{number:02}").into(), Value::Int(number)).is_some());
        }
        assert!(entries.remove("50").is_some() && entries.remove("50").is_none());
        assert!(entries.get("07").is_some() && entries.get("7").is_none());
        let mut keys = Vec::new();
        let _ = entries.try_each(|key, _| -> Result<(), ()> {
            keys.push(key.clone());
            Ok(())
        });
        assert_eq!((keys.len(), entries.len()), (99, 99));
        assert!(keys.is_sorted());
    }
}
