//! The files of a packed chart: a gzipped tar archive with everything in one folder.
//!
//! Nothing is ever written to disk, links are not followed, and what unpacks to too much is refused
//! early.

use std::fs;
use std::io::{self, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use tar::{Entry, EntryType};

use crate::chart::error::ArchiveError;
use crate::chart::{Error, File};

/// How many bytes a chart may have when it is unpacked, as in Helm.
pub(super) const MAX_SIZE: u64 = 100 * 1024 * 1024;

/// How many bytes an archive may have with the headers of its entries; Helm reads on without end.
const MAX_STREAM: u64 = 2 * MAX_SIZE;

/// How many bytes all archives within one chart may unpack to; Helm counts each for itself.
const MAX_TOTAL: u64 = 4 * MAX_SIZE;

/// How many bytes are made room for because a header says that an entry has them; more come as they are read.
const MAX_ROOM: u64 = 8 * 1024 * 1024;

/// What is left for the archives of one chart.
pub(super) struct Budget(u64);

impl Budget {
    pub(super) fn new() -> Self {
        Self(MAX_TOTAL)
    }
}

/// Reads a packed chart from disk.
pub(super) fn read_file(path: &Path, budget: &mut Budget) -> Result<Vec<File>, Error> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    // A pipe or a device may never end.
    if !path.metadata().map_err(read_error)?.is_file() {
        return Err(Error::IrregularFile { path: path.to_owned() });
    }
    let mut file = fs::File::open(path).map_err(read_error)?;
    let mut start = Vec::new();
    file.by_ref().take(512).read_to_end(&mut start).map_err(read_error)?;
    if !start.starts_with(b"\x1f\x8b\x08") {
        return Err(not_archive(path, &start));
    }
    Ok(unpack(start.chain(BufReader::new(file)), budget)?)
}

fn not_archive(path: &Path, start: &[u8]) -> Error {
    let path = path.to_owned();
    if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
        return Error::YamlForArchive { path };
    }
    // Go pads what it looks at with zeros, so that short texts look like anything.
    let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | 0x1b);
    let is_text = start.len() == 512 && start.iter().all(is_text);
    let found = if is_text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    Error::NotArchive { path, found }
}

/// Unpacks an archive into files whose names are paths from the root of the chart.
pub(super) fn unpack(packed: impl Read, budget: &mut Budget) -> Result<Vec<File>, ArchiveError> {
    let stream = Limited { stream: MultiGzDecoder::new(packed), left: MAX_STREAM };
    let mut archive = tar::Archive::new(stream);
    let mut left = MAX_SIZE;
    let mut files = Vec::new();
    for entry in archive.entries().map_err(ArchiveError::Damaged)? {
        let mut entry = entry.map_err(ArchiveError::Damaged)?;
        let kind = entry.header().entry_type();
        let full_name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir() || full_name.ends_with('/') || is_extension(kind) {
            continue;
        }
        let name = name_in_chart(&full_name)?;
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            tracing::warn!("`{full_name}` is a link in the archive, so it is empty");
        }
        let modified = entry
            .header()
            .mtime()
            .ok()
            .and_then(|seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok());
        let limit = if left <= budget.0 { MAX_SIZE } else { MAX_TOTAL };
        let data = read_entry(&mut entry, left.min(budget.0), limit)?;
        left -= data.len() as u64;
        budget.0 -= data.len() as u64;
        files.push(File { name, data: without_mark(data), modified });
    }
    if files.is_empty() { Err(ArchiveError::Empty) } else { Ok(files) }
}

/// A stream that fails instead of going on without end.
struct Limited<R> {
    stream: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let problem = format!("the archive unpacks to more than {MAX_STREAM} bytes");
            return Err(io::Error::other(problem));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.stream.read(&mut buffer[..most])?;
        self.left -= count as u64;
        Ok(count)
    }
}

fn is_extension(kind: EntryType) -> bool {
    kind.is_pax_global_extensions() || kind.is_pax_local_extensions()
}

fn read_entry(
    entry: &mut Entry<'_, impl Read>,
    left: u64,
    limit: u64,
) -> Result<Vec<u8>, ArchiveError> {
    let too_large = || ArchiveError::TooLarge { limit };
    if entry.size() > left {
        return Err(too_large());
    }
    // The limit, not the header, says how much room there may be at once.
    let mut data = Vec::with_capacity(entry.size().min(MAX_ROOM) as usize);
    entry.take(left).read_to_end(&mut data).map_err(ArchiveError::Damaged)?;
    let size = data.len() as u64;
    match size < entry.size() {
        true => Err(ArchiveError::Damaged(io::ErrorKind::UnexpectedEof.into())),
        false if size >= left => Err(too_large()),
        false => Ok(data),
    }
}

/// Takes the first folder off the path of an entry and refuses paths that lead elsewhere.
fn name_in_chart(full_name: &str) -> Result<String, ArchiveError> {
    let delimiter = if full_name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = full_name.split_once(delimiter).unwrap_or((full_name, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(ArchiveError::AbsolutePath(full_name.to_owned()));
    }
    let mut parts = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let name = parts.join("/");
    if name.is_empty() {
        return Err(ArchiveError::OutsideBase(full_name.to_owned()));
    }
    if name.starts_with("..") {
        return Err(ArchiveError::ParentFolder(full_name.to_owned()));
    }
    let bytes = name.as_bytes();
    if bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == b":/" {
        return Err(ArchiveError::IllegalName(full_name.to_owned()));
    }
    if first == "Chart.yaml" {
        return Err(ArchiveError::ChartFileOutside);
    }
    Ok(name)
}

/// Takes the byte order mark off a text.
pub(super) fn without_mark(data: Vec<u8>) -> Bytes {
    let data = Bytes::from(data);
    if data.starts_with(b"\xef\xbb\xbf") { data.slice(3..) } else { data }
}
