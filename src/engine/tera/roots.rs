//! What a Tera template sees: the entries of Go's dot under Tera's names.

use ::tera::Context;

use super::convert::{self, renamed};
use crate::engine::value::{Map, TooDeep, Value};

/// The variable that stands for Go's root where a template passes it on.
const ROOT: &str = "root";

/// The entries of Go's root that are copied for Tera only if a template names them.
const COSTLY: &[&str] = &["Files", "Subcharts"];

/// What a template sees, in both languages.
pub(super) struct Roots {
    /// What Go calls the dot.
    pub(super) go: Map,
    /// The entries of a root: `values`, `release` and so on.
    pub(super) context: Context,
}

/// Which of the costly variables some template names: all files of a chart, and all its subcharts.
#[derive(Clone, Copy, Default)]
pub(super) struct Mentioned {
    files: bool,
    subcharts: bool,
}

impl Mentioned {
    /// Looks for the names in the text of a template.
    pub(super) fn add(self, text: &str) -> Self {
        Self {
            files: self.files || names(text, "files"),
            subcharts: self.subcharts || names(text, "subcharts"),
        }
    }
}

/// Says whether `text` has the word, and not only as the beginning of a longer one.
fn names(text: &str, word: &str) -> bool {
    let goes_on = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word).any(|(at, _)| !text[at + word.len()..].starts_with(goes_on))
}

impl Roots {
    /// Makes the roots of Go's dot; its other entries are returned under their own names.
    ///
    /// # Errors
    /// Fails if the values are nested too deeply.
    pub(super) fn new(dot: &Map, mentioned: Mentioned) -> Result<(Self, Context), TooDeep> {
        let (mut context, mut others) = (Context::new(), Context::new());
        context.insert_value(ROOT, convert::root());
        for (key, value) in dot.snapshot() {
            if let Some((name, value)) = entry(&key, &value, mentioned)? {
                context.insert_value(name, value);
            } else if !COSTLY.contains(&&*key) {
                others.insert_value(key.to_string(), convert::to_tera(&value)?);
            }
        }
        Ok((Self { go: dot.clone(), context }, others))
    }

    /// Returns the context for a text that nobody saw before and that may name more.
    pub(super) fn context_for(&self, text: &str) -> Result<Context, TooDeep> {
        let mut context = self.context.clone();
        for key in COSTLY {
            let Some(value) = self.go.get(key) else { continue };
            if let Some((name, value)) = entry(key, &value, Mentioned::default().add(text))? {
                context.insert_value(name, value);
            }
        }
        Ok(context)
    }
}

/// Returns the variable for an entry of Go's root; none if it is no such entry or nobody names it.
fn entry(
    key: &str,
    value: &Value,
    mentioned: Mentioned,
) -> Result<Option<(&'static str, ::tera::Value)>, TooDeep> {
    Ok(Some(match key {
        "Values" => ("values", convert::to_tera(value)?),
        "Release" => ("release", renamed(&value.to_plain()?)),
        "Chart" => ("chart", renamed(&value.to_plain()?)),
        "Capabilities" => ("capabilities", renamed(&value.to_plain()?)),
        "Template" => ("template", renamed(&value.to_plain()?)),
        "Files" if mentioned.files => ("files", convert::to_tera(value)?),
        "Subcharts" if mentioned.subcharts => ("subcharts", subcharts(value, mentioned)?),
        _ => return Ok(None),
    }))
}

/// Makes a map of the roots of all subcharts.
fn subcharts(value: &Value, mentioned: Mentioned) -> Result<::tera::Value, TooDeep> {
    let mut all = ::tera::Map::new();
    let Value::Map(subcharts) = value else { return Ok(all.into()) };
    for (name, subchart) in subcharts.snapshot() {
        let Value::Map(root) = subchart else { continue };
        let mut one = ::tera::Map::new();
        for (key, value) in root.snapshot() {
            if let Some((name, value)) = entry(&key, &value, mentioned)? {
                one.insert(name.into(), value);
            }
        }
        all.insert(name.to_string().into(), one.into());
    }
    Ok(all.into())
}
