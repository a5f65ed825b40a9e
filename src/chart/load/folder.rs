//! The files of a chart in a folder: `.helmignore` applied, links followed.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use jiff::Timestamp;
use walkdir::{DirEntry, WalkDir};

use super::archive::{MAX_SIZE, without_mark};
use crate::chart::ignore::Rules;
use crate::chart::{Error, File};

/// Reads the files of a chart in the order of their names, folder by folder.
pub(super) fn read(folder: &Path) -> Result<Vec<File>, Error> {
    let rules = rules(folder)?;
    let chart_file = folder.join("Chart.yaml");
    if !chart_file.exists() {
        return Err(Error::NoChartFile { path: chart_file });
    }
    let mut files = Vec::new();
    let mut left = MAX_SIZE;
    let mut walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|error| walk_error(error, folder))?;
        let Some(name) = relative_name(&entry, folder) else { continue };
        let kind = entry.file_type();
        if rules.ignores(&name, kind.is_dir()) {
            if kind.is_dir() {
                walk.skip_current_dir();
            }
            continue;
        }
        if entry.path_is_symlink() {
            let path = entry.path().display();
            tracing::info!(
                "found symbolic link `{path}`: the contents of the linked file are used"
            );
        }
        if kind.is_file() {
            files.push(read_file(&entry, name, &mut left)?);
        } else if !kind.is_dir() {
            return Err(Error::IrregularFile { path: entry.into_path() });
        }
    }
    Ok(files)
}

fn rules(folder: &Path) -> Result<Rules, Error> {
    let path = folder.join(".helmignore");
    let found = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Rules::parse("")?),
        Err(source) => return Err(Error::Read { path, source }),
    };
    // A folder fails below; a pipe or a device may never end.
    if !found.is_file() && !found.is_dir() {
        return Err(Error::IrregularFile { path });
    }
    if found.len() > MAX_SIZE {
        return Err(Error::FolderTooLarge { file: ".helmignore".to_owned(), limit: MAX_SIZE });
    }
    let text = fs::read(&path).map_err(|source| Error::Read { path, source })?;
    Ok(Rules::parse(&String::from_utf8_lossy(&text))?)
}

/// Returns the name of an entry from the root of the chart, with slashes, or `None` for the root.
fn relative_name(entry: &DirEntry, folder: &Path) -> Option<String> {
    let path = entry.path().strip_prefix(folder).ok()?;
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn read_file(entry: &DirEntry, name: String, left: &mut u64) -> Result<File, Error> {
    let read_error = |source| Error::Read { path: entry.path().to_owned(), source };
    let file = fs::File::open(entry.path()).map_err(read_error)?;
    let found = file.metadata().map_err(read_error)?;
    let modified = found.modified().map_err(read_error)?;
    let mut data = Vec::with_capacity(found.len().min(*left) as usize);
    let size = file.take(*left + 1).read_to_end(&mut data).map_err(read_error)? as u64;
    *left = left
        .checked_sub(size)
        .ok_or_else(|| Error::FolderTooLarge { file: name.clone(), limit: MAX_SIZE })?;
    let modified = Timestamp::try_from(modified).ok();
    Ok(File { name, data: without_mark(data), modified })
}

fn walk_error(error: walkdir::Error, folder: &Path) -> Error {
    let path = error.path().unwrap_or(folder).to_owned();
    match error.into_io_error() {
        Some(source) => Error::Read { path, source },
        None => Error::LinkLoop { path },
    }
}
