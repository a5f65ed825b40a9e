//! The rules that Kubernetes has for the names of objects, by their kinds.

use crate::values::go;

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/// Checks the name of an object of a kind.
pub(super) fn check(kind: &str, name: &str) -> Result<(), String> {
    let problems = match kind.to_lowercase().as_str() {
        "service" => dns_1035_label(name),
        "namespace" => dns_1123_label(name),
        "certificatesigningrequest" => Vec::new(),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => path_segment(name),
        _ => dns_1123_subdomain(name),
    };
    let quoted = go::quote(name);
    let told = problems
        .iter()
        .map(|problem| format!("metadata.name: Invalid value: {quoted}: {problem}"))
        .collect::<Vec<_>>();
    let told = match told.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Err(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {told}"))
}

fn dns_1123_subdomain(name: &str) -> Vec<String> {
    let mut problems = too_long(name, 253);
    if !is_subdomain(name) {
        problems.push(format!(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
             '-' or '.', and must start and end with an alphanumeric character (e.g. \
             'example.com', regex used for validation is '{LABEL}(\\.{LABEL})*')"
        ));
    }
    problems
}

fn dns_1123_label(name: &str) -> Vec<String> {
    let mut problems = too_long(name, 63);
    if is_label(name) {
        return problems;
    }
    problems.push(match is_subdomain(name) {
        true => "must not contain dots".to_owned(),
        false => format!(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \
             '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or \
             '123-abc', regex used for validation is '{LABEL}')"
        ),
    });
    problems
}

fn dns_1035_label(name: &str) -> Vec<String> {
    let mut problems = too_long(name, 63);
    if !is_label(name) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        problems.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start \
             with an alphabetic character, and end with an alphanumeric character (e.g. \
             'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    problems
}

fn path_segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let found = ["/", "%"].into_iter().filter(|part| name.contains(part));
    found.map(|part| format!("may not contain '{part}'")).collect()
}

fn too_long(name: &str, most: usize) -> Vec<String> {
    match name.len() > most {
        true => vec![format!("must be no more than {most} characters")],
        false => Vec::new(),
    }
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !label.is_empty()
        && label.bytes().all(is_part)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
