//! Helm's and Go's words for what goes wrong with files and charts.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::chart;
use crate::values::DocumentError;

/// Says whether a path is that of a packed chart.
pub(super) fn is_packed(path: &str) -> bool {
    path.ends_with(".tgz") || path.ends_with(".tar.gz")
}

/// Returns the shortest form of a path, as Go's `filepath.Clean` makes it.
pub(super) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (is_absolute, joined.as_str()) {
        (true, joined) => format!("/{joined}"),
        (false, "") => ".".to_owned(),
        (false, joined) => joined.to_owned(),
    }
}

/// Says why a file cannot be read.
pub(super) fn of_file(doing: &str, path: &Path, error: &io::Error) -> String {
    // A folder can be opened, so it is the reading that fails.
    let doing = if error.kind() == ErrorKind::IsADirectory { "read" } else { doing };
    let problem = match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::NotADirectory => "not a directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    format!("{doing} {}: {problem}", path.display())
}

/// Says why a chart cannot be loaded: all causes on one line, without the places that only we know.
pub(super) fn of_chart(error: &chart::Error) -> String {
    match error {
        chart::Error::Yaml { file, error } => {
            format!("cannot load {file}: error converting YAML to JSON: {error}")
        }
        chart::Error::Values(error) => format!("cannot load values.yaml: {}", of_values(error)),
        chart::Error::Subchart { source, .. } => format!("{error}: {}", of_chart(source)),
        chart::Error::Ignore(chart::IgnoreError::Pattern { error, .. }) => error.to_string(),
        chart::Error::Ignore(chart::IgnoreError::DoubleStar { .. }) => {
            "double-star (**) syntax is not supported".to_owned()
        }
        chart::Error::Read { path, source } => of_file("open", path, source),
        error => with_causes(error),
    }
}

fn of_values(error: &DocumentError) -> String {
    match error {
        DocumentError::Separator { error } => format!("error reading yaml document: {error}"),
        DocumentError::Syntax { error } => {
            format!("cannot unmarshal yaml document: error converting YAML to JSON: {error}")
        }
        error => error.to_string(),
    }
}

/// Joins an error and its causes.
pub(super) fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
