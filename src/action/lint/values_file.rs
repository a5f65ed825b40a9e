//! The rules about `values.yaml`.

use super::Severity::{Error, Info};
use super::source::Source;
use super::{Context, Linted};
use crate::values::{coalesce_tables, json_kind};
use crate::yaml::{self, Map, Value};

const FILE: &str = "values.yaml";
const SCHEMA: &str = "values.schema.json";

/// Checks the file, if there is one.
pub(super) fn check(source: &Source, context: &Context, linted: &mut Linted) {
    let exists = source.is_folder(FILE).map(|_| ()).ok_or("file does not exist".to_owned());
    if !linted.check(Info, FILE, exists) {
        return;
    }
    let fits = match parse(source) {
        Ok(values) => check_schema(source, &values, context),
        Err(problem) => Err(format!("unable to parse YAML: {problem}")),
    };
    linted.check(Error, FILE, fits);
}

fn parse(source: &Source) -> Result<Map, String> {
    let text = source.read(FILE)?;
    match yaml::parse(&String::from_utf8_lossy(&text)).map(Value::numbers_as_floats) {
        Ok(Value::Map(values)) => Ok(values),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(other) => {
            let kind = json_kind(&other);
            Err(format!(
                "error unmarshaling JSON: while decoding JSON: \
                 json: cannot unmarshal {kind} into Go value of type common.Values"
            ))
        }
        Err(error) => Err(format!("error converting YAML to JSON: {error}")),
    }
}

/// Checks the values against the chart's own schema, before any subchart adds to them.
fn check_schema(source: &Source, values: &Map, context: &Context) -> Result<(), String> {
    let schema = source.read(SCHEMA).unwrap_or_default();
    if schema.is_empty() {
        return Ok(());
    }
    let (values, _) = coalesce_tables(&context.values, values);
    let checked = context.schemas.check_text(&schema, &values);
    checked.map_err(|error| super::text::with_causes(&error))
}
