//! The values that a user gives: files, standard input and addresses read, flags laid over them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::Error;
use crate::values;
use crate::yaml::Map;

/// The flags by which values are given, each in the order of the command line.
#[derive(Debug, Clone, Default)]
pub struct UserValueFlags {
    /// `-f`: paths, `-` for standard input, or addresses.
    pub files: Vec<String>,
    /// `--set-json`
    pub set_json: Vec<String>,
    /// `--set`
    pub set: Vec<String>,
    /// `--set-string`
    pub set_string: Vec<String>,
    /// `--set-file`: each value is a path or an address.
    pub set_file: Vec<String>,
    /// `--set-literal`
    pub set_literal: Vec<String>,
}

/// Reads what the flags name and builds the user's values, as Helm orders them.
///
/// # Errors
/// Fails when a file cannot be read, or a text breaks the grammar of its flag.
pub async fn read_user_values(flags: &UserValueFlags) -> Result<Map, Error> {
    let mut files = Vec::with_capacity(flags.files.len());
    for name in &flags.files {
        let text = String::from_utf8_lossy(&read(name).await?).into_owned();
        files.push((name.clone(), text));
    }
    let mut contents = BTreeMap::new();
    for text in &flags.set_file {
        for path in values::set_file_paths(text)? {
            let data = read(&path).await?;
            contents.insert(path, data);
        }
    }
    let given = values::UserValues {
        files: &files,
        set_json: &flags.set_json,
        set: &flags.set,
        set_string: &flags.set_string,
        set_file: &flags.set_file,
        set_literal: &flags.set_literal,
    };
    let read_file = |path: &str| contents.get(path).cloned().unwrap_or_default();
    Ok(given.build(&read_file)?)
}

async fn read(name: &str) -> Result<Vec<u8>, Error> {
    let failed = |doing, source| Error::File { doing, path: Path::new(name).to_owned(), source };
    if name.trim() == "-" {
        let mut text = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut text);
        read.map_err(|source| failed("read values from", source))?;
        return Ok(text);
    }
    if name.starts_with("https://") || name.starts_with("http://") {
        return fetch(name).await;
    }
    std::fs::read(name).map_err(|source| failed("read values file", source))
}

async fn fetch(url: &str) -> Result<Vec<u8>, Error> {
    let failed = |error: reqwest::Error| Error::Fetch {
        url: url.to_owned(),
        reason: error.without_url().to_string(),
    };
    let answer = reqwest::get(url).await.and_then(reqwest::Response::error_for_status);
    let body = answer.map_err(failed)?.bytes().await.map_err(failed)?;
    Ok(body.to_vec())
}
