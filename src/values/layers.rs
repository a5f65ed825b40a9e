//! Layers: the places where values are set, one under the other, each with what it sets and where.
//!
//! The merged values do not tell who set them. Whoever wants to know keeps the layers beside them.

use super::path::{Path, PathStep, find};
use super::set::{self, Syntax};
use super::sources::{ReadFile, Sources};
use crate::yaml::{self, Map, Positions, Value};

/// A place where values are set.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its name: a file, or a flag of the command line.
    pub name: String,
    /// Which kind of place it is.
    pub kind: LayerKind,
    /// Where its values stand in those of the root chart.
    pub prefix: Path,
    values: Map,
    positions: Option<Positions>,
}

/// A kind of [`Layer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// The `values.yaml` of a chart.
    Default,
    /// The values that an upgrade keeps.
    Revision,
    /// A file of `-f`.
    File,
    /// A flag of the `--set` family.
    Flag,
}

/// What a layer does to a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<'a> {
    /// The value it gives; none where it replaces what holds the value by something without it.
    pub value: Option<&'a Value>,
    /// The line, from 1, where a file says so.
    pub line: Option<usize>,
}

impl Layer {
    /// Reads a values file as layers, one for each document; later ones are laid over earlier ones.
    ///
    /// A text that cannot be read has none.
    pub fn of_file(name: &str, kind: LayerKind, prefix: &Path, content: &[u8]) -> Vec<Self> {
        let text = String::from_utf8_lossy(content);
        let documents = yaml::parse_all_with_positions(&text).unwrap_or_default();
        let layers = documents.into_iter().filter_map(|(value, positions)| {
            let Value::Map(values) = value.numbers_as_floats() else { return None };
            let (name, prefix, positions) = (name.to_owned(), prefix.clone(), Some(positions));
            Some(Self { name, kind, prefix, values, positions })
        });
        layers.collect()
    }

    /// Takes the values that an upgrade keeps as a layer.
    pub fn of_revision(number: i64, values: Map) -> Self {
        let (name, prefix) = (format!("revision {number}"), Path::default());
        Self { name, kind: LayerKind::Revision, prefix, values, positions: None }
    }

    fn of_flag(name: &str, values: Map) -> Self {
        let (name, prefix) = (name.to_owned(), Path::default());
        Self { name, kind: LayerKind::Flag, prefix, values, positions: None }
    }

    /// Returns what the layer sets.
    pub fn values(&self) -> &Map {
        &self.values
    }

    /// Returns the line of a key, or of the item, at the end of a path; the root chart's values are
    /// its start.
    pub fn line(&self, path: &Path) -> Option<usize> {
        let steps: Vec<_> = path.below(&self.prefix)?.iter().map(yaml::Step::from).collect();
        let positions = self.positions.as_ref()?;
        positions.key(&steps).or_else(|| positions.value(&steps)).map(|at| at.line)
    }

    /// Returns what the layer does to the value at a path, if anything.
    pub fn setting(&self, path: &Path) -> Option<Setting<'_>> {
        let steps = path.below(&self.prefix)?;
        let mut value = None;
        for (index, step) in steps.iter().enumerate() {
            let next = match (index, step) {
                (0, PathStep::Key(key)) => self.values.get(key),
                _ => value.and_then(|value| find(value, std::slice::from_ref(step))),
            };
            // A flag puts nulls into the items that it does not name.
            let next = next.filter(|next| {
                self.kind != LayerKind::Flag || !next.is_null() || matches!(step, PathStep::Key(_))
            });
            if next.is_none() {
                return self.replacing(value, path, steps.len() - index);
            }
            value = next;
        }
        value.map(|value| Setting { value: Some(value), line: self.line(path) })
    }

    /// Returns what becomes of a path below `value`, which does not have it.
    fn replacing(&self, value: Option<&Value>, path: &Path, left: usize) -> Option<Setting<'_>> {
        let is_replaced = match value {
            None | Some(Value::Map(_)) => false,
            // The items that a flag names are put into the list that is there.
            Some(Value::List(_)) => self.kind != LayerKind::Flag,
            Some(_) => true,
        };
        let above = Path::from(path.steps()[..path.steps().len() - left].to_vec());
        is_replaced.then(|| Setting { value: None, line: self.line(&above) })
    }
}

impl Sources {
    /// Returns the layers of the sources, in the order in which they are laid over each other.
    ///
    /// Texts that cannot be read have none; [`Sources::merge`] tells what is wrong with them.
    pub fn layers(&self, read_file: &ReadFile<'_>) -> Vec<Layer> {
        let root = Path::default();
        let files = self.files.iter();
        let mut layers: Vec<Layer> = files
            .flat_map(|file| Layer::of_file(&file.name, LayerKind::File, &root, &file.content))
            .collect();
        for (flag, texts, syntax) in self.flags(read_file) {
            for text in texts {
                let mut values = Map::new();
                match (syntax, Value::from_json(text.trim())) {
                    (Syntax::Json, Ok(Value::Map(map))) => values = map,
                    _ => {
                        let _ = set::apply(text, syntax, &mut values);
                    }
                }
                layers.push(Layer::of_flag(flag, values));
            }
        }
        layers
    }
}
