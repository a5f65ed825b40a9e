//! The values that a user gives: files, standard input and addresses read, flags laid over them.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use super::Error;
use super::fetch::fetch;
use crate::values::{BoxError, Layer, Sources, ValuesFile};
use crate::yaml::Map;

/// How many bytes a values file may have: as many as a whole chart.
const MAX_SIZE: u64 = 100 << 20;

/// How long fetching a values file may take, as in Helm.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The flags by which values are given, each in the order of the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// Reads what the flags name and builds the user's values, as Helm orders them; returns also what
/// each file and flag sets.
///
/// # Errors
/// Fails when a file cannot be read, or a text breaks the grammar of its flag.
pub async fn read_user_layers(flags: &UserValueFlags) -> Result<(Map, Vec<Layer>), Error> {
    let mut files = Vec::with_capacity(flags.files.len());
    for name in &flags.files {
        files.push(ValuesFile { name: name.clone(), content: read(name).await? });
    }
    let sources = Sources {
        files,
        set_json: flags.set_json.clone(),
        set: flags.set.clone(),
        set_string: flags.set_string.clone(),
        set_file: flags.set_file.clone(),
        set_literal: flags.set_literal.clone(),
    };
    let runtime = tokio::runtime::Handle::current();
    // The grammar of `--set-file` decides which files are read, and it does not wait.
    let work = move || {
        let read_file = |name: &str| runtime.block_on(read(name)).map_err(BoxError::from);
        sources.merge(&read_file).map(|values| (values, sources.layers(&read_file)))
    };
    Ok(tokio::task::spawn_blocking(work).await.expect("reading values does not panic")?)
}

async fn read(name: &str) -> Result<Vec<u8>, Error> {
    let failed = |doing, source| Error::File { doing, path: Path::new(name).to_owned(), source };
    if name.trim() == "-" {
        let text = read_all(std::io::stdin().lock());
        return text.map_err(|source| failed("read values from", source));
    }
    if name.starts_with("https://") || name.starts_with("http://") {
        let fetched = fetch(name, TIMEOUT, MAX_SIZE).await;
        return fetched.map_err(|reason| Error::Fetch { url: name.to_owned(), reason });
    }
    let text = std::fs::File::open(name).and_then(read_all);
    text.map_err(|source| failed("read values file", source))
}

/// Reads to the end, unless that is too far away.
fn read_all(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    from.take(MAX_SIZE + 1).read_to_end(&mut text)?;
    match text.len() as u64 > MAX_SIZE {
        true => Err(std::io::Error::other(format!("it has more than {MAX_SIZE} bytes"))),
        false => Ok(text),
    }
}
