//! What each kind of change to a definition counts as.

use serde_json::json;

use super::compare::{Weight, compare};
use crate::cluster::Json;

fn definition(schema: Json) -> Json {
    json!({
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"kind": "App", "plural": "apps"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}],
        },
        "status": {"storedVersions": ["v1"]},
    })
}

fn weigh(old: &Json, new: &Json) -> Vec<String> {
    let mark = |weight: &Weight| match weight {
        Weight::Breaks => "breaks",
        Weight::Narrows(_) => "narrows",
        Weight::Unserves(_) => "unserves",
        Weight::Warns => "warns",
    };
    compare(old, new)
        .iter()
        .map(|found| format!("{}: {}", mark(&found.weight), found.text))
        .collect()
}

/// Compares two schemas of the field `f`.
#[track_caller]
fn check(old: Json, new: Json, expected: &[&str]) {
    let wrapped = |field| definition(json!({"type": "object", "properties": {"f": field}}));
    let expected: Vec<String> =
        expected.iter().map(|text| text.replacen(": ", ": version `v1`: ", 1)).collect();
    assert_eq!(weigh(&wrapped(old), &wrapped(new)), expected);
}

/// Compares a definition with itself changed.
#[track_caller]
fn check_change(change: impl FnOnce(&mut Json, &mut Json), expected: &[&str]) {
    let mut old = definition(json!({"type": "object"}));
    let mut new = old.clone();
    change(&mut old, &mut new);
    assert_eq!(weigh(&old, &new), expected);
}

fn version(name: &str, served: bool) -> Json {
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    json!({"name": name, "served": served, "storage": false, "schema": schema})
}

fn add_version(definition: &mut Json, version: Json) {
    definition["spec"]["versions"].as_array_mut().unwrap().push(version);
}

#[test]
fn names_and_scope_cannot_change() {
    check_change(
        |_, new| new["spec"]["group"] = json!("b.com"),
        &["breaks: the group changes from `example.com` to `b.com`"],
    );
    check_change(
        |_, new| new["spec"]["names"]["kind"] = json!("B"),
        &["breaks: the kind changes from `App` to `B`"],
    );
    check_change(
        |_, new| new["spec"]["names"]["plural"] = json!("b"),
        &["breaks: the plural changes from `apps` to `b`"],
    );
    check_change(
        |_, new| new["spec"]["scope"] = json!("Cluster"),
        &["breaks: the scope changes from `Namespaced` to `Cluster`"],
    );
}

#[test]
fn a_new_version_takes_nothing_away() {
    check_change(|_, new| add_version(new, version("v2", true)), &[]);
}

#[test]
fn a_stored_version_cannot_go() {
    check_change(
        |old, _| {
            add_version(old, version("v0", true));
            old["status"]["storedVersions"] = json!(["v0", "v1"]);
        },
        &[
            "breaks: version `v0` is removed, but objects may be stored in it (status.storedVersions); rewrite them in another version first, then take it out there",
        ],
    );
}

#[test]
fn a_version_that_is_not_stored_may_be_in_use() {
    check_change(
        |old, _| add_version(old, version("v0", true)),
        &["unserves: version `v0` is removed"],
    );
    check_change(|old, _| add_version(old, version("v0", false)), &[]);
    check_change(
        |old, new| {
            add_version(old, version("v0", true));
            add_version(new, version("v0", false));
        },
        &["unserves: version `v0` is no longer served"],
    );
}

#[test]
fn another_storage_version_and_deprecation_are_told() {
    check_change(
        |old, new| {
            add_version(old, version("v2", true));
            add_version(new, version("v2", true));
            new["spec"]["versions"][0]["storage"] = json!(false);
            new["spec"]["versions"][0]["deprecated"] = json!(true);
            new["spec"]["versions"][1]["storage"] = json!(true);
        },
        &[
            "warns: version `v1` is deprecated",
            "warns: objects are stored in version `v2` from now on; those there are stay in `v1` until they are written again",
        ],
    );
}

#[test]
fn conversion_may_come_but_not_go() {
    let webhook =
        || json!({"strategy": "Webhook", "webhook": {"clientConfig": {"service": {"name": "a"}}}});
    check_change(
        |_, new| new["spec"]["conversion"] = webhook(),
        &["warns: the conversion between versions changes from None to Webhook"],
    );
    check_change(|_, new| new["spec"]["conversion"] = json!({"strategy": "None"}), &[]);
    check_change(
        |old, new| {
            old["spec"]["conversion"] = webhook();
            add_version(old, version("v2", true));
            add_version(new, version("v2", true));
        },
        &["breaks: the conversion by a webhook is removed, but several versions are served"],
    );
    check_change(
        |old, new| {
            old["spec"]["conversion"] = webhook();
            new["spec"]["conversion"] = webhook();
            new["spec"]["conversion"]["webhook"]["clientConfig"]["service"]["name"] = json!("b");
        },
        &["warns: the webhook of the conversion moves"],
    );
}

#[test]
fn types_narrow_but_for_those_that_take_more() {
    check(
        json!({"type": "string"}),
        json!({"type": "integer"}),
        &["narrows: f is integer and was string"],
    );
    check(json!({"type": "integer"}), json!({"type": "number"}), &[]);
    check(json!({"type": "integer"}), json!({"x-kubernetes-int-or-string": true}), &[]);
    check(
        json!({"x-kubernetes-int-or-string": true}),
        json!({"type": "string"}),
        &["narrows: f is string and was integer or string"],
    );
    check(
        json!({"type": "string", "nullable": true}),
        json!({"type": "string"}),
        &["narrows: f can no longer be null"],
    );
}

#[test]
fn bounds_narrow_when_they_tighten() {
    let of = |key: &str, bound: Json| json!({"type": "integer", key: bound});
    check(of("maximum", json!(5)), of("maximum", json!(4)), &["narrows: f has maximum 4, was 5"]);
    check(of("maximum", json!(5)), of("maximum", json!(6)), &[]);
    check(of("maximum", json!(5)), json!({"type": "integer"}), &[]);
    check(of("minimum", json!(1)), of("minimum", json!(2)), &["narrows: f has minimum 2, was 1"]);
    check(of("minimum", json!(2)), of("minimum", json!(1.0)), &[]);
    check(
        json!({"type": "array"}),
        json!({"type": "array", "maxItems": 3}),
        &["narrows: f has maxItems 3, had none"],
    );
    check(
        json!({"type": "string"}),
        json!({"type": "string", "minLength": 1}),
        &["narrows: f has minLength 1, had none"],
    );
    check(
        of("maximum", json!(5)),
        json!({"type": "integer", "maximum": 5, "exclusiveMaximum": true}),
        &["narrows: f has exclusiveMaximum"],
    );
}

#[test]
fn patterns_narrow_when_they_differ() {
    let of = |pattern: &str| json!({"type": "string", "pattern": pattern});
    check(of("^a"), of("^b"), &["narrows: f has another pattern: \"^b\""]);
    check(of("^a"), json!({"type": "string"}), &[]);
}

#[test]
fn choices_narrow_when_they_lose_one() {
    let of = |values: Json| json!({"type": "string", "enum": values});
    check(of(json!(["a", "b"])), of(json!(["a"])), &["narrows: f can no longer be \"b\""]);
    check(of(json!(["a"])), of(json!(["a", "b"])), &[]);
    check(
        json!({"type": "string"}),
        of(json!(["a", "b"])),
        &["narrows: f can only be \"a\" or \"b\""],
    );
}

#[test]
fn a_required_field_narrows_unless_it_has_a_default() {
    let of = |field: Json, required: Json| json!({"type": "object", "properties": {"a": field}, "required": required});
    let text = || json!({"type": "string"});
    check(of(text(), json!([])), of(text(), json!(["a"])), &["narrows: f.a becomes required"]);
    let defaulted = || json!({"type": "string", "default": "x"});
    check(of(defaulted(), json!([])), of(defaulted(), json!(["a"])), &[]);
    check(of(text(), json!(["a"])), of(text(), json!([])), &[]);
}

#[test]
fn a_removed_field_narrows_unless_unknown_fields_stay() {
    let with = || json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let open = || json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    check(
        with(),
        json!({"type": "object"}),
        &["narrows: f.a is removed, and what objects have there is lost"],
    );
    check(with(), open(), &[]);
    check(json!({"type": "object"}), with(), &[]);
    check(
        open(),
        with(),
        &[
            "narrows: f.a has a schema, and took anything",
            "narrows: f loses the fields that its schema does not name",
        ],
    );
}

#[test]
fn the_values_of_free_keys_are_compared() {
    let of = |schema: Json| json!({"type": "object", "additionalProperties": schema});
    check(
        of(json!({"type": "string"})),
        of(json!({"type": "integer"})),
        &["narrows: f.* is integer and was string"],
    );
    check(
        of(json!({"type": "string"})),
        json!({"type": "object"}),
        &["narrows: f takes only the fields that its schema names"],
    );
    check(
        of(json!(true)),
        of(json!({"type": "string"})),
        &["narrows: f.* has a schema, and took anything"],
    );
}

#[test]
fn the_items_of_lists_are_compared() {
    let of = |kind: &str| json!({"type": "array", "items": {"type": kind}});
    check(of("string"), of("integer"), &["narrows: f[] is integer and was string"]);
    check(of("string"), of("string"), &[]);
}

#[test]
fn defaults_rules_and_merging_are_told() {
    let of = |default: &str| json!({"type": "string", "default": default});
    check(of("a"), of("b"), &["warns: f defaults to \"b\", was \"a\""]);
    check(of("a"), json!({"type": "string"}), &["warns: f no longer defaults to \"a\""]);
    check(
        json!({"type": "string"}),
        json!({"type": "string", "x-kubernetes-validations": [{"rule": "self != ''"}]}),
        &["warns: f has a new rule, by which no object was checked: self != ''"],
    );
    check(
        json!({"type": "array", "x-kubernetes-list-type": "map"}),
        json!({"type": "array"}),
        &["warns: f is merged as \"atomic\", was \"map\""],
    );
}
