//! Explain: which template line wrote a field of an object, and who set the values behind it.

mod behind;
mod object;

use std::path::PathBuf;

use super::outside::{Outside, SchemaCheck};
use super::prepare;
use super::{Error, UserValueFlags, check_name, read_user_layers};
use crate::chart::{Capabilities, Layers};
use crate::engine::trace::Place;
use crate::values::{LayerKind, Path, PathStep};
use crate::yaml::Value;

/// What to explain.
#[derive(Debug, Clone)]
pub struct Explain {
    /// The chart: a directory or a packaged chart.
    pub chart: PathBuf,
    /// The object: `KIND/NAME` or `NAMESPACE/KIND/NAME`.
    pub object: String,
    /// The field, as kubectl writes it; empty for the whole object.
    pub path: String,
    /// The release's name, which templates see.
    pub name: String,
    /// The namespace, which templates see.
    pub namespace: String,
    /// The user's values.
    pub values: UserValueFlags,
    /// The Kubernetes version in place of the default.
    pub kube_version: Option<String>,
    /// API versions that the cluster has besides the default ones.
    pub api_versions: Vec<String>,
    /// Whether templates see an upgrade.
    pub is_upgrade: bool,
    /// How values are checked against `values.schema.json`.
    pub schema: SchemaCheck,
    /// Whether templates may ask for the addresses of names.
    pub enable_dns: bool,
}

/// Where a field of an object came from.
#[derive(Debug)]
pub struct Explanation {
    /// The object, as `KIND/NAME` with its namespace in front if it states one.
    pub object: String,
    /// The field.
    pub path: Path,
    /// What it was rendered to.
    pub value: Value,
    /// The places that wrote it, each innermost first.
    pub written_by: Vec<Vec<Place>>,
    /// The values behind it, those that show in it first.
    pub values: Vec<Behind>,
    /// What else was read for it, such as `.Release.Name`.
    pub also_read: Vec<Path>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// A value behind a field.
#[derive(Debug)]
pub struct Behind {
    /// Its path in the values of the root chart.
    pub path: Path,
    /// Who sets it, lowest precedence first; the last one counts.
    pub layers: Vec<BehindLayer>,
}

/// A layer that sets a value.
#[derive(Debug)]
pub struct BehindLayer {
    /// The file, or the flag.
    pub name: String,
    /// Which kind of place it is.
    pub kind: LayerKind,
    /// The line of the file, from 1.
    pub line: Option<usize>,
    /// The path as the layer has it, from its own root.
    pub path: Path,
    /// The value; none where the layer replaces what holds the value by something without it.
    pub value: Option<Value>,
}

/// Renders a chart and explains a field of one of its objects.
///
/// # Errors
/// Fails when chart, values or templates are wrong, or there is no such object or field.
pub async fn explain(request: Explain) -> Result<Explanation, Error> {
    check_name(&request.name)?;
    let chart = prepare::load(&request.chart)?;
    let (user_values, user_layers) = read_user_layers(&request.values).await?;
    let mut capabilities = Capabilities::default();
    if let Some(version) = &request.kube_version {
        capabilities.set_kube_version(version)?;
    }
    capabilities.add_api_versions(&request.api_versions);
    let is_install = !request.is_upgrade;
    let release = super::install::release_info(&request.name, &request.namespace, 1, is_install);
    let outside = Outside::new(None, request.schema, request.enable_dns);
    let layers = user_layers.clone();
    let traced = prepare::trace(chart, user_values, layers, release, capabilities, outside).await?;
    let found = object::Found::new(&traced.trace, &request.object)?;
    let path = object::field(&found, &request.path)?;
    let value = found.value(&path).cloned().unwrap_or_default();
    let written = behind::written(&traced.trace, &found, &path);
    let (values, also_read) = behind::values(&written, &path, &value, &traced.values);
    let layers = Layers::new(&traced.chart, &user_layers);
    Ok(Explanation {
        object: found.reference(),
        path: path.into(),
        value,
        written_by: by_line(written.into_iter().map(|written| written.places)),
        values: values.iter().map(|path| behind_layers(&layers, path)).collect(),
        also_read,
        warnings: traced.warnings,
    })
}

/// Joins places on the same lines: two actions of one line are one place to look at.
fn by_line(chains: impl Iterator<Item = Vec<Place>>) -> Vec<Vec<Place>> {
    let mut joined: Vec<Vec<Place>> = Vec::new();
    let line = |place: &Place| (place.file.clone(), place.line);
    for chain in chains {
        let lines: Vec<_> = chain.iter().map(line).collect();
        let known =
            joined.iter_mut().find(|known| known.iter().map(line).eq(lines.iter().cloned()));
        match known {
            Some(known) => {
                for (known, place) in known.iter_mut().zip(chain) {
                    let new = place.reads.into_iter();
                    let new: Vec<_> = new.filter(|read| !known.reads.contains(read)).collect();
                    known.reads.extend(new);
                }
            }
            None => joined.push(chain),
        }
    }
    joined
}

fn behind_layers(layers: &Layers<'_>, path: &Path) -> Behind {
    let layers = layers.settings(path).into_iter().map(|set| BehindLayer {
        name: set.layer.name.clone(),
        kind: set.layer.kind,
        line: set.setting.line,
        path: set
            .path
            .below(&set.layer.prefix)
            .map(<[PathStep]>::to_vec)
            .unwrap_or_default()
            .into(),
        value: set.setting.value.cloned(),
    });
    Behind { path: path.clone(), layers: layers.collect() }
}
