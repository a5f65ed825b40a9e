//! The rules about `values.yaml`.

use super::Linted;
use super::Severity::{Error, Info};
use super::source::Source;
use crate::values::json_kind;
use crate::yaml::{self, Value};

const FILE: &str = "values.yaml";

/// Checks the file, if there is one.
pub(super) fn check(source: &Source, linted: &mut Linted) {
    let exists = source.is_folder(FILE).map(|_| ()).ok_or("file does not exist".to_owned());
    if linted.check(Info, FILE, exists) {
        let parsed = parse(source).map_err(|problem| format!("unable to parse YAML: {problem}"));
        linted.check(Error, FILE, parsed);
    }
}

fn parse(source: &Source) -> Result<(), String> {
    let text = source.read(FILE)?;
    match yaml::parse(&String::from_utf8_lossy(&text)) {
        Ok(Value::Map(_) | Value::Null) => Ok(()),
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
