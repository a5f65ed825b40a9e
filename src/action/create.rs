//! `create`: writes a new chart to start from, in either template language.
//!
//! The charts stand under `templates/` of the repository and are compiled in. What does not depend
//! on the language (Chart.yaml, values.yaml, .helmignore) is there once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::error::Language;

/// The longest name that Helm lets a new chart have.
const MAX_NAME: usize = 250;

/// A file of the new chart: its path and its text, with `<CHARTNAME>` where the name goes.
type Source = (&'static str, &'static str);

macro_rules! sources {
    ($folder:literal, $prefix:literal, $($file:literal),+ $(,)?) => {
        &[$((
            concat!($prefix, $file),
            include_str!(concat!("../../templates/", $folder, "/", $file)),
        )),+]
    };
}

const BOTH: &[Source] = sources!("both", "", "Chart.yaml", "values.yaml", ".helmignore");

const TERA: &[Source] = sources!(
    "tera",
    "templates/",
    "_helpers.tera",
    "deployment.yaml.tera",
    "service.yaml.tera",
    "serviceaccount.yaml.tera",
    "hpa.yaml.tera",
    "ingress.yaml.tera",
    "httproute.yaml.tera",
    "NOTES.txt.tera",
    "tests/test-connection.yaml.tera",
);

const GO: &[Source] = sources!(
    "go",
    "templates/",
    "_helpers.tpl",
    "deployment.yaml",
    "service.yaml",
    "serviceaccount.yaml",
    "hpa.yaml",
    "ingress.yaml",
    "httproute.yaml",
    "NOTES.txt",
    "tests/test-connection.yaml",
);

/// A chart that was written.
#[derive(Debug)]
pub struct Created {
    /// The directory of the chart.
    pub directory: PathBuf,
    /// The files that were there before and have been replaced.
    pub overwritten: Vec<PathBuf>,
}

/// Why a chart could not be created.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is empty or too long.
    #[error("chart name must be between 1 and {MAX_NAME} characters")]
    NameLength,
    /// The name has characters that charts cannot have in their names.
    #[error("chart name `{name}` must match the regular expression \"^[a-zA-Z0-9._-]+$\"")]
    NameCharacters {
        /// The name as it was given.
        name: String,
    },
    /// The name means a directory that exists already: `.` or `..`.
    #[error("chart name `{name}` stands for a directory and cannot be the name of a chart")]
    NameIsDirectory {
        /// The name as it was given.
        name: String,
    },
    /// The place for the chart is missing or no directory.
    #[error("cannot create a chart in `{}`: no such directory", path.display())]
    NoParent {
        /// The directory that was named.
        path: PathBuf,
    },
    /// A file has the name that the chart's directory would have.
    #[error("cannot create the chart `{}`: a file has that name", path.display())]
    NotADirectory {
        /// The file.
        path: PathBuf,
    },
    /// A file or directory could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

/// Writes a new chart called `name` into the directory `parent`.
///
/// Files that exist are replaced, as Helm does, and named in the answer, so that the caller can say so.
///
/// # Errors
/// Fails before anything is written if the name or the place will not do.
pub fn create(parent: &Path, name: &str, language: Language) -> Result<Created, Error> {
    check_name(name)?;
    if !parent.is_dir() {
        return Err(Error::NoParent { path: parent.to_owned() });
    }
    let directory = parent.join(name);
    if directory.exists() && !directory.is_dir() {
        return Err(Error::NotADirectory { path: directory });
    }
    let templates = match language {
        Language::Tera => TERA,
        Language::Go => GO,
    };
    let mut overwritten = Vec::new();
    for (path, source) in BOTH.iter().chain(templates) {
        let path = directory.join(path);
        if path.exists() {
            overwritten.push(path.clone());
        }
        write(&path, &fill_in(source, name))?;
    }
    make_directory(&directory.join("charts"))?;
    Ok(Created { directory, overwritten })
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(Error::NameLength);
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return Err(Error::NameCharacters { name: name.to_owned() });
    }
    if name == "." || name == ".." {
        return Err(Error::NameIsDirectory { name: name.to_owned() });
    }
    Ok(())
}

/// Puts the chart's name in place of `<CHARTNAME>`, and its form as an identifier, which begins the
/// names of Tera's components, in place of `CHARTNAME`.
fn fill_in(source: &str, name: &str) -> String {
    source.replace("<CHARTNAME>", name).replace("CHARTNAME", &identifier(name))
}

/// Returns `name` as a Tera identifier: ASCII letters, digits and `_`, no digit first, no keyword.
fn identifier(name: &str) -> String {
    let replace = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let mut identifier: String = name.chars().map(replace).collect();
    let keyword = ["true", "True", "false", "False"].contains(&identifier.as_str());
    if keyword || identifier.starts_with(|first: char| first.is_ascii_digit()) {
        identifier.insert(0, '_');
    }
    identifier
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        make_directory(folder)?;
    }
    fs::write(path, text).map_err(|source| Error::Write { path: path.to_owned(), source })
}

fn make_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_goes_into_every_file() {
        let parent = tempfile::tempdir().unwrap();
        for (language, helper) in [
            (Language::Tera, "{% component my_chart.fullname("),
            (Language::Go, "{{- define \"my-chart.fullname\" -}}"),
        ] {
            let chart = create(parent.path(), "my-chart", language).unwrap().directory;
            let mut text = String::new();
            for entry in walkdir::WalkDir::new(&chart).into_iter().map(Result::unwrap) {
                if entry.file_type().is_file() {
                    text += &fs::read_to_string(entry.path()).unwrap();
                }
            }
            assert!(text.contains("name: my-chart\n"));
            assert!(text.contains(helper), "{language:?}");
            assert!(!text.contains("CHARTNAME"));
            assert!(chart.join("charts").is_dir());
            fs::remove_dir_all(chart).unwrap();
        }
    }

    #[test]
    fn what_is_overwritten_is_told() {
        let parent = tempfile::tempdir().unwrap();
        let values = parent.path().join("web/values.yaml");
        fs::create_dir(parent.path().join("web")).unwrap();
        fs::write(&values, "mine: true\n").unwrap();
        let created = create(parent.path(), "web", Language::Tera).unwrap();
        assert_eq!(created.overwritten, [values.as_path()]);
        assert!(!fs::read_to_string(values).unwrap().contains("mine"));
    }

    #[test]
    fn a_name_becomes_an_identifier() {
        for (name, expected) in
            [("web", "web"), ("my-chart.v2", "my_chart_v2"), ("2048", "_2048"), ("true", "_true")]
        {
            assert_eq!(identifier(name), expected);
        }
    }

    #[test]
    fn bad_names_and_places_are_refused() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("taken"), "").unwrap();
        let long = "a".repeat(251);
        let check =
            |parent: &Path, name: &str| create(parent, name, Language::Go).unwrap_err().to_string();
        assert_eq!(check(parent.path(), ""), "chart name must be between 1 and 250 characters");
        assert_eq!(check(parent.path(), &long), "chart name must be between 1 and 250 characters");
        assert_eq!(
            check(parent.path(), "a b"),
            "chart name `a b` must match the regular expression \"^[a-zA-Z0-9._-]+$\""
        );
        assert_eq!(
            check(parent.path(), ".."),
            "chart name `..` stands for a directory and cannot be the name of a chart"
        );
        assert_eq!(
            check(Path::new("no/such"), "web"),
            "cannot create a chart in `no/such`: no such directory"
        );
        assert!(check(parent.path(), "taken").ends_with("taken`: a file has that name"));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "nothing was written");
    }
}
