//! Plain data and its text, as Helm's YAML library has it: one door in, one door out.
//!
//! Values, charts and manifests all go through here, so the rules of go-yaml v2 (YAML 1.1 booleans
//! and octals, merge keys, natural key order, folding at 80 columns) live in one place.

mod conversion;
mod documents;
mod emit;
mod error;
mod events;
mod go_syntax;
mod input;
mod json;
mod number;
mod parse;
mod positions;
mod resolve;
mod scalar;
mod timestamp;
mod typed;
mod value;

pub use documents::{Document, documents, parse_all, parse_all_with_positions, stream};
pub use emit::{emit, emit_pretty, emit_problem};
pub use error::{DuplicateKey, Error};
pub(crate) use number::{
    json_float, key_float as short_float, shortest as shortest_float, yaml_float as general_float,
};
pub use parse::{parse, parse_strict, parse_with_positions};
pub use positions::{Position, Positions, Step};
pub use typed::{from_value, to_value};
pub use value::{Map, Value};

/// How deep sequences and mappings may nest. Helm allows 10,000, more than our stack carries.
const MAX_DEPTH: usize = 500;
