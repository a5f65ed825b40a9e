//! One tree of values, without a chart: merging, and the grammar of `--set`.
//!
//! What a user gives by `-f` and the `--set` family becomes one [`Map`] here ([`Sources::merge`]).
//! Laying it over the defaults of a chart is the work of [`crate::chart`].

mod coalesce;
mod document;
pub(crate) mod go;
pub mod jsonpath;
mod layers;
mod lost;
mod merge;
mod nearest;
mod path;
pub mod set;
mod sources;
pub(crate) mod table;

pub use coalesce::coalesce_tables;
pub(crate) use coalesce::{Mode, join, lay_under};
pub use document::{DocumentError, parse_documents};
pub(crate) use document::{json_kind, place};
pub use layers::{Layer, LayerKind, Setting};
pub use lost::lost;
pub use merge::merge_maps;
pub use nearest::nearest;
pub use path::{Path, PathStep, find, kind};
pub use sources::{BoxError, Error, ReadFile, Sources, ValuesFile};

pub use crate::yaml::{Map, Value};
