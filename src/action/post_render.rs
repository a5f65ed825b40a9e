//! Post-rendering: what was rendered goes through programs of the user's before it is read.
//!
//! A program gets all documents as one stream and gives one back. Which template a document comes
//! from stands in an annotation on the way, as in Helm.

use std::collections::BTreeMap;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::Error;
use crate::manifest::split;
use crate::yaml::{self, Map, Value};

/// A program that changes what was rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostRenderer {
    /// Its path, or a name that is looked for in `PATH`.
    pub program: String,
    /// What it is called with.
    pub arguments: Vec<String>,
}

/// The annotation that names the template of a document on its way; Helm's.
const ANNOTATION: &str = "postrenderer.helm.sh/postrender-filename";

/// Sends rendered files through the programs, one after another, and returns the files that come
/// out and what the programs said on standard error.
pub(super) async fn post_render(
    files: BTreeMap<String, String>,
    programs: &[PostRenderer],
) -> Result<(BTreeMap<String, String>, Vec<String>), Error> {
    if programs.is_empty() {
        return Ok((files, Vec::new()));
    }
    let mut text = merge(&files)?;
    let mut said = Vec::new();
    for program in programs {
        let (output, remarks) = run(program, text).await?;
        text = output;
        let remark = |line: &str| format!("post-renderer `{}`: {line}", program.program);
        said.extend(remarks.lines().map(remark));
    }
    Ok((separate(&text)?, said))
}

async fn run(program: &PostRenderer, input: String) -> Result<(String, String), Error> {
    let name = &program.program;
    let failed = |source| Error::PostRenderer { program: name.clone(), source };
    let mut command = Command::new(name);
    command.args(&program.arguments).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let stdin = child.stdin.take();
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read all of its input may still answer.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    let output = output.map_err(failed)?;
    let remarks = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    if !output.status.success() {
        return Err(Error::PostRendererFailed {
            program: name.clone(),
            status: output.status.to_string(),
            remarks,
        });
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|_| Error::PostRendererOutput { program: name.clone(), what: "no UTF-8" })?;
    if text.trim().is_empty() {
        return Err(Error::PostRendererOutput { program: name.clone(), what: "empty" });
    }
    Ok((text, remarks))
}

/// Makes one stream of all documents, each with its template's path in an annotation.
fn merge(files: &BTreeMap<String, String>) -> Result<String, Error> {
    let is_partial = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
    let mut documents = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| !is_partial(path)) {
        for document in split(text) {
            let read = yaml::parse(document);
            let value =
                read.map_err(|error| Error::PostRenderYaml { path: path.clone(), error })?;
            if let Value::Map(map) = value {
                documents.push(marked(document, map, path));
            }
        }
    }
    Ok(documents.join("---\n"))
}

/// Adds the annotation to a document, whose other lines stay as they are if they can.
fn marked(text: &str, mut map: Map, path: &str) -> String {
    let line = format!("{ANNOTATION}: '{}'", path.replace('\'', "''"));
    let with_line = with_annotation(text, &line);
    annotations(&mut map).insert(ANNOTATION.to_owned(), path.into());
    let value = Value::Map(map);
    match with_line.filter(|text| yaml::parse(text).is_ok_and(|parsed| parsed == value)) {
        Some(text) => text,
        None => yaml::emit_pretty(&value),
    }
}

/// Returns the annotations of an object; what is no mapping is replaced by one.
fn annotations(object: &mut Map) -> &mut Map {
    fn map<'m>(parent: &'m mut Map, key: &str) -> &'m mut Map {
        let entry = parent.entry(key.to_owned()).or_default();
        if entry.as_map().is_none() {
            *entry = Value::Map(Map::new());
        }
        entry.as_map_mut().expect("it was just made a mapping")
    }
    map(map(object, "metadata"), "annotations")
}

/// Inserts a line into the annotations of a document in block style.
fn with_annotation(text: &str, line: &str) -> Option<String> {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let metadata = lines.iter().position(|line| is_key(line, "metadata"))?;
    let inner = indent_below(&lines, metadata)?;
    let below = lines[metadata + 1..].iter().take_while(|line| is_blank(line) || indent(line) > 0);
    let mut below = below.enumerate().map(|(at, line)| (metadata + 1 + at, line));
    let own =
        below.find(|(_, line)| indent(line) == inner && is_key(line.trim_start(), "annotations"));
    let (at, new) = match own {
        Some((at, _)) => {
            let depth = indent_below(&lines, at).filter(|depth| *depth > inner)?;
            (at, format!("{}{line}", " ".repeat(depth)))
        }
        None => {
            let space = " ".repeat(inner);
            (metadata, format!("{space}annotations:\n{space}  {line}"))
        }
    };
    let mut out: Vec<&str> = lines[..=at].to_vec();
    out.push(&new);
    out.extend(&lines[at + 1..]);
    Some(format!("{}\n", out.join("\n")))
}

/// Says whether a line has a key whose value is on the lines below.
fn is_key(line: &str, key: &str) -> bool {
    let rest = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(':'));
    rest.is_some_and(is_blank)
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn indent_below(lines: &[&str], at: usize) -> Option<usize> {
    let next = lines[at + 1..].iter().find(|line| !is_blank(line))?;
    Some(indent(next)).filter(|indent| *indent > 0)
}

/// Puts the documents of a stream back into the files that their annotations name.
fn separate(text: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut number = 0;
    for document in split(text) {
        let value = yaml::parse(document).map_err(|error| Error::PostRenderedYaml { error })?;
        let Value::Map(mut map) = value else { continue };
        let (path, text) = match take_annotation(&mut map) {
            Some(path) => (path, unmarked(document, map)),
            None => (
                format!("generated-by-postrender-{number}.yaml"),
                format!("{}\n", document.trim_end()),
            ),
        };
        number += 1;
        let file = files.entry(path).or_default();
        if !file.is_empty() {
            file.push_str("---\n");
        }
        file.push_str(&text);
    }
    Ok(files)
}

/// Takes the annotation out, and the annotations if nothing else is in them.
fn take_annotation(map: &mut Map) -> Option<String> {
    let metadata = map.get_mut("metadata")?.as_map_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_map_mut()?;
    let path = annotations.remove(ANNOTATION)?.as_str()?.to_owned();
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    Some(path)
}

/// Returns a document without the annotation, with its other lines as they are if they can.
fn unmarked(text: &str, map: Map) -> String {
    let value = Value::Map(map);
    let mut lines: Vec<&str> = text.trim_end().lines().collect();
    if let Some(at) = lines.iter().position(|line| line.trim_start().starts_with(ANNOTATION)) {
        lines.remove(at);
        let fits = |lines: &[&str]| {
            let text = format!("{}\n", lines.join("\n"));
            yaml::parse(&text).is_ok_and(|parsed| parsed == value).then_some(text)
        };
        let without_annotations = || {
            let above = at.checked_sub(1)?;
            let mut lines = lines.clone();
            lines.remove(above);
            fits(&lines)
        };
        if let Some(text) = fits(&lines).or_else(without_annotations) {
            return text;
        }
    }
    yaml::emit_pretty(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        let files = BTreeMap::from([("c/templates/a.yaml".to_owned(), text.to_owned())]);
        let merged = merge(&files).expect("YAML");
        assert!(merged.contains(&format!("{ANNOTATION}: 'c/templates/a.yaml'")), "{merged}");
        separate(&merged).expect("YAML").remove("c/templates/a.yaml").expect("the file")
    }

    #[test]
    fn documents_come_back_as_they_went() {
        for text in [
            "# top\nkind: A\nmetadata:\n  name: a # inline\ndata:\n  b: \"1\"\n",
            "metadata:\n    labels: {}\n    # why\n    annotations:\n      x: \"y\"\nkind: A\n",
            "kind: A\nmetadata:\n  name: a\n---\nkind: B\nmetadata:\n  name: b\n",
        ] {
            assert_eq!(round_trip(text), text);
        }
    }

    #[test]
    fn what_is_not_in_block_style_keeps_its_meaning() {
        let text = "kind: A\nmetadata: {name: a, annotations: {x: 'y'}}\n";
        let files = BTreeMap::from([("a".to_owned(), text.to_owned())]);
        let back = separate(&merge(&files).expect("YAML")).expect("YAML").remove("a");
        let parsed = |text: &str| yaml::parse(text).expect("YAML");
        assert_eq!(parsed(&back.expect("the file")), parsed(text));
    }

    #[test]
    fn documents_without_the_annotation_get_a_file_of_their_own() {
        let files = separate("kind: A\n---\nkind: B\n").expect("YAML");
        let names: Vec<&String> = files.keys().collect();
        assert_eq!(names, ["generated-by-postrender-0.yaml", "generated-by-postrender-1.yaml"]);
    }
}
