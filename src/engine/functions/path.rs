//! Slash-separated paths, by their text alone.
//!
//! The functions with `os` before their names are the same on the systems that windlass runs on, save Windows.

/// Returns the last element.
pub(super) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        None | Some("") => "/",
        Some(last) => last,
    }
}

/// Returns all but the last element, cleaned.
pub(super) fn dir(path: &str) -> String {
    clean(&path[..path.rfind('/').map_or(0, |at| at + 1)])
}

/// Returns the shortest path to the same place.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => drop(elements.pop()),
            ".." if rooted => {}
            _ => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Returns the ending of the last element, from its last dot on.
pub(super) fn ext(path: &str) -> &str {
    let last = &path[path.rfind('/').map_or(0, |at| at + 1)..];
    last.rfind('.').map_or("", |at| &last[at..])
}

/// Says whether the path starts at the root.
pub(super) fn is_abs(path: &str) -> bool {
    path.starts_with('/')
}
