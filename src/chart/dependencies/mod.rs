//! Which subcharts stay and under which names, and what values their parents take over from them.

mod enabled;
mod graph;
mod import;

use graph::Graph;

use super::{Chart, Error};
use crate::yaml::{Map, Value};

impl Chart {
    /// Applies the conditions, tags, aliases and imports of the dependencies, as the user's values
    /// decide them.
    ///
    /// Disabled subcharts are removed and others renamed; the chart's values then also have the
    /// defaults of the subcharts. Returns Helm's warnings about conditions, tags and imports that
    /// could not be used.
    pub fn process_dependencies(&mut self, user: &Map) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        let (mut graph, root) = Graph::new(std::mem::take(self));
        let result = enabled::decide(&mut graph, root, user, "", &mut warnings)
            .and_then(|()| import::import_values(&mut graph, root, &mut warnings));
        let result = graph.tree(root).and_then(|chart| {
            *self = chart;
            result
        });
        result.map_err(|error| Error::Dependencies(Box::new(error)))?;
        Ok(warnings)
    }
}

/// Follows a dotted path to a mapping; if there is none, returns the part that is none.
fn mapping_at<'a, 'p>(values: &'a Map, path: &'p str) -> Result<&'a Map, &'p str> {
    path.split('.').try_fold(values, |map, key| map.get(key).and_then(Value::as_map).ok_or(key))
}

#[cfg(test)]
mod tests;
