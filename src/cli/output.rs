//! The three forms of `-o`: a table for people, JSON and YAML as Helm writes them.

use std::io::Write;

use serde::Serialize;
use windlass::yaml::{self, Value};

use super::error::Error;

/// The form of a command's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    /// A text for people.
    #[default]
    Table,
    /// One line of JSON.
    Json,
    /// YAML.
    Yaml,
}

/// The flag that chooses the form of the result.
#[derive(Debug, clap::Args)]
pub(super) struct OutputFlag {
    /// Form of the result: table, json or yaml
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = format)]
    pub(super) output: Format,
}

fn format(text: &str) -> Result<Format, &'static str> {
    match text {
        "table" => Ok(Format::Table),
        "json" => Ok(Format::Json),
        "yaml" => Ok(Format::Yaml),
        _ => Err("invalid format type"),
    }
}

impl Format {
    /// Writes a result as the JSON or the table that the two functions make; YAML comes of the JSON.
    pub(super) fn write(
        self,
        out: &mut dyn Write,
        json: impl FnOnce() -> Result<String, Error>,
        table: impl FnOnce() -> Result<String, Error>,
    ) -> Result<(), Error> {
        let text = match self {
            Self::Table => table()?,
            Self::Json => json()? + "\n",
            Self::Yaml => yaml::emit(&Value::from_json(&json()?).map_err(Error::unwritable)?),
        };
        Ok(out.write_all(text.as_bytes())?)
    }
}

/// Writes data as Go does: compact, fields in their order, what is special in HTML escaped.
pub(super) fn json(data: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string(data).map_err(Error::unwritable)?;
    let mut json = String::with_capacity(text.len());
    // These stand in texts only, so that replacing them cannot hit JSON's own signs.
    for character in text.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                json.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => json.push(other),
        }
    }
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_that_of_helm() {
        let lines = ["a<b & \"c\""];
        let write = |format: Format| {
            let mut out = Vec::new();
            format.write(&mut out, || json(&lines), || Ok("table\n".to_owned())).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(write(Format::Table), "table\n");
        assert_eq!(write(Format::Json), "[\"a\\u003cb \\u0026 \\\"c\\\"\"]\n");
        assert_eq!(write(Format::Yaml), "- a<b & \"c\"\n");
        assert_eq!(json(&"\u{2028}é").unwrap(), "\"\\u2028é\"");
    }
}
