//! Plain data and its text, as Helm's YAML library has it: one door in, one door out.
//!
//! Values, charts and manifests all go through here, so the rules of go-yaml v2 (YAML 1.1 booleans
//! and octals, merge keys, natural key order, folding at 80 columns) live in one place.

mod value;

pub use value::{Map, Value};
