//! What GitHub and GitLab understand beside plain lines: annotations, folds, the summary of a job.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::globals::Settings;

/// Returns the file to which a job on GitHub appends its summary.
pub(super) fn summary(settings: &Settings) -> Option<PathBuf> {
    let environment = &settings.environment;
    let is_on_github = environment.get("GITHUB_ACTIONS") == Some("true");
    let path = environment.get("GITHUB_STEP_SUMMARY").filter(|_| is_on_github)?;
    (!settings.program.is_helm).then(|| PathBuf::from(path))
}

/// Returns an error as the CI system wants to have it beside the log: on GitHub an annotation, of the
/// file and line where the error is if that is a file there.
pub(super) fn annotation(
    environment: &Environment,
    title: &str,
    message: &str,
    place: Option<(&str, Option<usize>)>,
) -> Option<String> {
    if environment.get("GITHUB_ACTIONS") != Some("true") {
        return None;
    }
    let mut properties = Vec::new();
    if let Some((file, line)) = place.filter(|(file, _)| Path::new(file).is_file()) {
        properties.push(format!("file={}", property(file)));
        properties.extend(line.map(|line| format!("line={line}")));
    }
    properties.push(format!("title={}", property(title)));
    Some(format!("::error {}::{}", properties.join(","), data(message)))
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_one_line_and_only_on_github() {
        let github = Environment::of(&[("GITHUB_ACTIONS", "true")]);
        let note = annotation(&github, "a: b, c", "100%\nx", Some(("no/such", Some(3))));
        assert_eq!(note.as_deref(), Some("::error title=a%3A b%2C c::100%25%0Ax"));
        let note = annotation(&github, "t", "m", Some(("Cargo.toml", Some(3))));
        assert_eq!(note.as_deref(), Some("::error file=Cargo.toml,line=3,title=t::m"));
        assert_eq!(annotation(&Environment::of(&[]), "t", "m", None), None);
    }
}
