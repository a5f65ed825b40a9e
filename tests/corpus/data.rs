//! Compares two renderings as data, where random passwords, certificates and times differ by right.

use regex::Regex;
use serde::Deserialize;
use serde_json::Value as Json;
use windlass::yaml;

/// A place that differs from run to run: the number of the document in sorted order, the keys and
/// numbers on the way, and the one line of a text, or nothing for all of it.
#[derive(Deserialize)]
pub(crate) struct Mask(usize, Vec<Json>, Option<usize>);

/// What documents are sorted by: apiVersion, kind, namespace and name.
type Key = [String; 4];

/// Names the first difference between the documents of two texts, in any order of the documents.
///
/// At a masked place only the kinds of the values count, in a masked line nothing. `names` is a
/// pattern for the random part of names.
pub(crate) fn difference(
    wanted: &str,
    got: &str,
    masks: &[Mask],
    names: Option<&str>,
) -> Option<String> {
    let names = match names.map(name_pattern).transpose() {
        Ok(names) => names,
        Err(err) => return Some(format!("cannot read volatile_names: {err}")),
    };
    let read = |text| documents(text, masks, names.as_ref());
    let wanted = match read(wanted) {
        Ok(documents) => documents,
        Err(err) => return Some(format!("golden.yaml is not YAML: {err}")),
    };
    let got = match read(got) {
        Ok(documents) => documents,
        Err(err) => return Some(format!("not YAML: {err}")),
    };
    let keys = |documents: &[(Key, Json)]| -> Vec<_> {
        documents.iter().map(|(key, _)| key.join("/")).collect()
    };
    let (keys_wanted, keys_got) = (keys(&wanted), keys(&got));
    if keys_wanted != keys_got {
        let missing = keys_wanted.iter().find(|key| !keys_got.contains(key));
        let extra = keys_got.iter().find(|key| !keys_wanted.contains(key));
        let counts = (keys_wanted.len(), keys_got.len());
        return Some(format!(
            "wanted {} documents, got {}: missing {missing:?}, not wanted {extra:?}",
            counts.0, counts.1
        ));
    }
    let mut pairs = wanted.iter().zip(&got);
    pairs.find_map(|((key, wanted), (_, got))| {
        difference_of_values("", Some(wanted), Some(got))
            .map(|text| format!("{} {text}", key.join("/")))
    })
}

/// Reads a pattern with look-around, which our regular expressions do not have: what is looked at
/// becomes a group, and is put back.
fn name_pattern(text: &str) -> Result<Regex, regex::Error> {
    Regex::new(&text.replace("(?<=", "(?<before>").replace("(?=", "(?<after>"))
}

fn documents(
    text: &str,
    masks: &[Mask],
    names: Option<&Regex>,
) -> Result<Vec<(Key, Json)>, yaml::Error> {
    let values = yaml::parse_all(text)?.into_iter().filter(|value| !value.is_null());
    let mut documents: Vec<_> = values.map(|value| (key(&value), json(&value))).collect();
    documents.sort_by_cached_key(|(key, value)| (key.clone(), value.to_string()));
    if let Some(names) = names {
        for part in documents.iter_mut().flat_map(|(key, _)| key) {
            *part = names.replace_all(part, "${before}<random>${after}").into_owned();
        }
        documents.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    masks.iter().for_each(|mask| mask.cover(&mut documents));
    Ok(documents)
}

fn key(value: &yaml::Value) -> Key {
    let text = |keys: &[&str]| value.at(keys).and_then(yaml::Value::as_str).unwrap_or_default();
    let name = match text(&["metadata", "name"]) {
        "" => text(&["metadata", "generateName"]),
        name => name,
    };
    [text(&["apiVersion"]), text(&["kind"]), text(&["metadata", "namespace"]), name]
        .map(str::to_owned)
}

fn json(value: &yaml::Value) -> Json {
    serde_json::to_value(value).expect("all plain data has a JSON form")
}

impl Mask {
    fn cover(&self, documents: &mut [(Key, Json)]) {
        let Self(document, path, line) = self;
        let Some((_, value)) = documents.get_mut(*document) else { return };
        let place = path.iter().try_fold(value, |value, step| match step {
            Json::String(key) => value.get_mut(key),
            step => value.get_mut(step.as_u64()? as usize),
        });
        let Some(place) = place else { return };
        match (line, place.as_str()) {
            (None, _) => *place = Json::String(format!("<{}>", kind(place))),
            (Some(line), Some(text)) => {
                let mut lines: Vec<_> = text.split('\n').collect();
                if let Some(line) = lines.get_mut(*line) {
                    *line = "<line>";
                }
                *place = Json::String(lines.join("\n"));
            }
            (Some(_), None) => {}
        }
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "list",
        Json::Object(_) => "map",
    }
}

fn difference_of_values(path: &str, wanted: Option<&Json>, got: Option<&Json>) -> Option<String> {
    match (wanted, got) {
        _ if wanted == got => None,
        (Some(Json::Object(a)), Some(Json::Object(b))) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            keys.map(|key| (format!("{path}.{key}"), key))
                .find_map(|(path, key)| difference_of_values(&path, a.get(key), b.get(key)))
        }
        (Some(Json::Array(a)), Some(Json::Array(b))) => (0..a.len().max(b.len()))
            .find_map(|at| difference_of_values(&format!("{path}[{at}]"), a.get(at), b.get(at))),
        _ => {
            let show = |value: Option<&Json>| value.map_or("nothing".to_owned(), Json::to_string);
            Some(format!("{path}: wanted {}, got {}", show(wanted), show(got)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mask, difference};

    const SECRET: &str = "kind: Secret\nmetadata: {name: s}\ndata: {password: a, length: 1}\n";
    const POD: &str = "kind: Pod\nmetadata: {name: rel-abcde-test}\nargs: [x]\n";

    fn of(wanted: &[&str], got: &[&str], mask: &str) -> String {
        let masks: Vec<Mask> = serde_json::from_str(mask).unwrap();
        let names = Some("(?<=rel-)[a-z]{5}(?=-test$)");
        let (wanted, got) = (wanted.join("---\n"), got.join("---\n"));
        difference(&wanted, &got, &masks, names).unwrap_or("none".to_owned())
    }

    #[test]
    fn documents_are_compared_in_any_order_and_layout() {
        let flow = "data:\n  length: 1\n  password: \"a\"\nkind: Secret\nmetadata:\n  name: s\n";
        assert_eq!(of(&[SECRET, POD], &[POD, flow], "[]"), "none");
        assert_eq!(
            of(&[SECRET, POD], &[SECRET], "[]"),
            r#"wanted 2 documents, got 1: missing Some("/Pod//rel-<random>-test"), not wanted None"#
        );
    }

    #[test]
    fn a_masked_place_differs_in_its_value_but_not_in_its_kind() {
        let mask = r#"[[0, ["data", "password"], null]]"#;
        let other = SECRET.replace("password: a", "password: b");
        assert_eq!(
            of(&[SECRET], &[&other], "[]"),
            r#"/Secret//s .data.password: wanted "a", got "b""#
        );
        assert_eq!(of(&[SECRET], &[&other], mask), "none");
        let number = SECRET.replace("password: a", "password: 7");
        assert_eq!(
            of(&[SECRET], &[&number], mask),
            r#"/Secret//s .data.password: wanted "<string>", got "<number>""#
        );
        let longer = SECRET.replace("length: 1", "length: 2");
        assert_eq!(of(&[SECRET], &[&longer], mask), "/Secret//s .data.length: wanted 1, got 2");
    }

    #[test]
    fn a_masked_line_differs_but_not_the_number_of_lines() {
        let (one, other) = ("text: \"a\\nb\"\n", "text: \"a\\nc\"\n");
        let mask = r#"[[0, ["text"], 1]]"#;
        assert_eq!(of(&[one], &[other], mask), "none");
        assert_ne!(of(&[one], &[other], r#"[[0, ["text"], 0]]"#), "none");
        assert_ne!(of(&[one], &["text: \"a\\nc\\n\"\n"], mask), "none");
    }

    #[test]
    fn random_parts_of_names_do_not_count() {
        assert_eq!(
            of(&[POD], &[&POD.replace("abcde", "vwxyz")], "[]"),
            r#"/Pod//rel-<random>-test .metadata.name: wanted "rel-abcde-test", got "rel-vwxyz-test""#
        );
        let mask = r#"[[0, ["metadata", "name"], null]]"#;
        assert_eq!(of(&[POD], &[&POD.replace("abcde", "vwxyz")], mask), "none");
        assert_ne!(of(&[POD], &[&POD.replace("abcde", "v")], mask), "none");
    }
}
