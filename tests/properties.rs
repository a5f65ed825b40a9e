//! What holds for all input: laws of values and versions, and functions that never panic.
//!
//! Each has few cases here; `PROPTEST_CASES=100000 cargo test --test properties` tries more.

#![expect(clippy::panic, reason = "tests fail by panicking, their own functions too")]

use std::rc::Rc;

use proptest::prelude::*;
use windlass::chart::constraint::Constraint;
use windlass::chart::{glob::Glob, version};
use windlass::engine::functions::{self, Error, Function, Host, Type};
use windlass::engine::gotemplate::printf::sprintf;
use windlass::engine::value::{List, ListType, MapType, Text, Value as Given};
use windlass::values::set::{self, Syntax};
use windlass::values::{coalesce_tables, merge_maps};
use windlass::yaml::{self, Map, Value};

/// A name that needs no escapes in `--set`, or a few that do.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-d]", 1 => "[a-d][.,=\\[{é -]{1,2}[a-d]"]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        "[a-z0-9 .,=\\[\\]{}'\"-]{0,8}".prop_map(Value::String),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(name(), inner, 0..4).prop_map(Value::Map),
        ]
    })
}

fn maps() -> impl Strategy<Value = Map> {
    prop::collection::btree_map(name(), values(), 0..5)
}

fn escaped(text: &str, special: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if special.contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Returns the paths of `--set` to all that is in a value, with what is there.
fn leaves<'a>(path: &str, value: &'a Value, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Map(map) if !map.is_empty() => map.iter().for_each(|(name, value)| {
            let dot = if path.is_empty() { "" } else { "." };
            leaves(&format!("{path}{dot}{}", escaped(name, "\\.,=[")), value, found);
        }),
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                leaves(&format!("{path}[{index}]"), item, found);
            }
        }
        leaf => found.push((path.to_owned(), leaf)),
    }
}

fn apply(text: &str, syntax: Syntax<'_>, values: &mut Map) {
    set::apply(text, syntax, values).unwrap_or_else(|error| panic!("{error}: {text}"));
}

/// Leaves nulls out, which no merged tree keeps.
fn without_nulls(map: Map) -> Map {
    let kept = map.into_iter().filter(|(_, value)| !value.is_null());
    kept.map(|(name, value)| match value {
        Value::Map(map) => (name, Value::Map(without_nulls(map))),
        other => (name, other),
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_set_json_sets_is_there(values in maps()) {
        let mut found = Vec::new();
        let whole = Value::Map(values.clone());
        leaves("", &whole, &mut found);
        let mut again = Map::new();
        for (path, leaf) in found.into_iter().filter(|(path, _)| !path.is_empty()) {
            apply(&format!("{path}={}", leaf.to_json()), Syntax::Json, &mut again);
        }
        let (again, values) = (Value::Map(again), Value::Map(values));
        prop_assert_eq!(again.numbers_as_floats(), values.numbers_as_floats());
    }

    #[test]
    fn what_set_string_sets_is_there(first in name(), second in name(), text in "[a-z.,=\\[\\]{}\\\\ é]{1,12}") {
        prop_assume!(!text.starts_with('{'));
        let path = format!("{}.{}", escaped(&first, "\\.,=["), escaped(&second, "\\.,=["));
        let mut values = Map::new();
        apply(&format!("{path}={}", escaped(&text, "\\,")), Syntax::Text, &mut values);
        prop_assert_eq!(&values[&first].as_map().expect("a map")[&second], &Value::String(text.clone()));
        let mut values = Map::new();
        apply(&format!("a.b={text}"), Syntax::Literal, &mut values);
        prop_assert_eq!(&values["a"].as_map().expect("a map")["b"], &Value::String(text));
    }

    #[test]
    fn what_is_laid_over_wins_and_nothing_is_lost(base in maps(), over in maps()) {
        let merged = merge_maps(base.clone(), over.clone());
        for (name, value) in &over {
            if !matches!((base.get(name), value), (Some(Value::Map(_)), Value::Map(_))) {
                prop_assert_eq!(&merged[name], value);
            }
        }
        prop_assert!(base.keys().all(|name| merged.contains_key(name)));
        prop_assert_eq!(merge_maps(merged.clone(), over), merged);
        prop_assert_eq!(merge_maps(base.clone(), base.clone()), base.clone());
        prop_assert_eq!(merge_maps(Map::new(), base.clone()), base);
    }

    #[test]
    fn coalescing_once_is_enough(upper in maps(), lower in maps()) {
        let (upper, lower) = (without_nulls(upper), without_nulls(lower));
        let (once, _) = coalesce_tables(&upper, &lower);
        let (twice, _) = coalesce_tables(&once, &lower);
        prop_assert_eq!(&twice, &once);
        prop_assert_eq!(coalesce_tables(&upper, &Map::new()).0, upper.clone());
        prop_assert_eq!(coalesce_tables(&Map::new(), &lower).0, lower);
        for (name, value) in upper.iter().filter(|(_, value)| value.as_map().is_none()) {
            prop_assert_eq!(&once[name], value);
        }
    }

    #[test]
    fn nulls_in_user_values_remove_defaults(lower in maps(), name in name()) {
        let upper = Map::from([(name.clone(), Value::Null)]);
        let (coalesced, _) = coalesce_tables(&upper, &lower);
        prop_assert!(coalesced.get(&name).is_none_or(Value::is_null), "{:?}", coalesced);
    }

    #[test]
    fn constraints_follow_the_order_of_versions(
        low in (0_u64..4, 0_u64..4, 0_u64..4),
        high in (0_u64..4, 0_u64..4, 0_u64..4),
    ) {
        let text = |(major, minor, patch): (u64, u64, u64)| format!("{major}.{minor}.{patch}");
        let (a, b) = (version::parse(&text(low)).expect("one"), version::parse(&text(high)).expect("one"));
        let meets = |operator: &str| {
            Constraint::parse(&format!("{operator}{}", text(low))).expect("a constraint").matches(&b)
        };
        prop_assert_eq!(b.cmp(&a), high.cmp(&low));
        prop_assert_eq!(meets(">"), b > a);
        prop_assert_eq!(meets(">="), b >= a);
        prop_assert_eq!(meets("<"), b < a);
        prop_assert_eq!(meets("<="), b <= a);
        prop_assert_eq!(meets("="), b == a);
        prop_assert_eq!(meets("!="), b != a);
        // Masterminds takes `~0.0.0` for any version.
        let is_near = (high.0, high.1) == (low.0, low.1) || low == (0, 0, 0);
        prop_assert_eq!(meets("~"), b >= a && is_near);
        prop_assert!(!meets("^") || b >= a && high.0 == low.0);
        let range = Constraint::parse(&format!("{} - {}", text(low), text(high))).expect("a range");
        prop_assert_eq!(range.matches(&a), a <= b);
    }

    #[test]
    fn versions_and_constraints_never_panic(text in "[v0-9.xX*|<>=!~^, a-z+-]{0,40}", rest in "\\PC{0,20}") {
        for text in [text, rest] {
            let _ = Constraint::parse(&text).map(|found| found.matches(&semver::Version::new(1, 2, 3)));
            if let Ok(found) = version::parse(&text) {
                prop_assert_eq!(version::parse(&found.to_string()).expect("what is written is one"), found);
            }
        }
    }

    #[test]
    fn globs_never_panic(pattern in "[ab*?/\\[\\]{},!\\\\^é-]{0,30}", name in "[ab/é{*-]{0,20}") {
        let _ = Glob::parse(&pattern).map(|glob| glob.matches(&name));
        let _ = windlass::chart::path_match(&pattern, &name);
        prop_assert!(Glob::parse("**").expect("a pattern").matches(&name));
    }

    #[test]
    fn printf_never_panics(format in "(%[-+# 0]{0,3}([0-9]{0,3}|\\*|\\[[0-9*]{0,3}\\])(\\.[0-9*]{0,5})?[a-zA-Z%é]?|\\PC){0,6}", given in prop::collection::vec(given(), 0..4)) {
        let _ = sprintf(format.as_bytes(), &given.iter().map(Plain::value).collect::<Vec<_>>());
    }

    #[test]
    fn regular_expressions_never_panic(
        pattern in "([ab.]|\\[\\^?[a-c-]{0,3}\\]?|\\\\[a-zA-Z0-9]|\\\\p\\{?\\^?[A-Za-z]{1,3}\\}?|[(|)*+?^$]|\\{[0-9]{0,4},?[0-9]{0,4}\\}?|\\(\\?[imsUP<a>:-]{0,4}|é|\\[\\[:[a-z]{0,5}:\\]\\]?){0,10}",
        text in "[abcAB\né0 ]{0,20}",
    ) {
        let text = Given::from(text.as_str());
        let pattern = Given::from(pattern.as_str());
        for name in ["regexMatch", "regexFind", "mustRegexMatch"] {
            let _ = call(name, &[pattern.clone(), text.clone()]);
        }
        let _ = call("regexFindAll", &[pattern.clone(), text.clone(), Given::Int(-1)]);
        let _ = call("regexSplit", &[pattern.clone(), text.clone(), Given::Int(-1)]);
        let _ = call("regexReplaceAll", &[pattern, text, Given::from("${1}$a$")]);
    }

    #[test]
    fn quoted_expressions_match_themselves(text in "\\PC{0,20}") {
        let text = Given::from(text.as_str());
        let Ok(quoted) = call("regexQuoteMeta", std::slice::from_ref(&text)) else { panic!("every text can be quoted") };
        prop_assert!(matches!(call("mustRegexMatch", &[quoted, text]), Ok(Given::Bool(true))));
    }

    #[test]
    fn dates_never_panic(layout in "(2006|06|Jan|January|Mon|Monday|01|1|02|_2|2|002|15|03|3|04|4|05|5|PM|pm|MST|Z07:00|-0700|Z0700|-07|[.,]000|[.,]999|[- :T/]|\\PC){0,10}", seconds in any::<i64>(), text in "[0-9A-Za-z: .,+-]{0,30}") {
        let layout = Given::from(layout.as_str());
        let Ok(written) = call("date", &[layout.clone(), Given::Int64(seconds)]) else {
            panic!("every number is a time")
        };
        let _ = call("toDate", &[layout.clone(), written]);
        let _ = call("toDate", &[layout, Given::from(text.as_str())]);
        let _ = call("durationRound", &[Given::from(text.as_str())]);
        let _ = call("dateModify", &[Given::from(text.as_str()), Given::Int64(seconds)]);
    }

    #[test]
    fn no_function_panics(at in any::<prop::sample::Index>(), given in prop::collection::vec(given(), 8)) {
        let all: Vec<&Function> = functions::all().filter(|one| is_tried(one)).collect();
        let function = all[at.index(all.len())];
        let params = function.params;
        let count = if function.variadic { params.len() + given.len() % 3 } else { params.len() };
        let typed = (0..count).map(|index| {
            let (_, kind) = params[index.min(params.len().saturating_sub(1))];
            given[index % given.len()].of(kind)
        });
        let _ = (function.call)(&Nobody, &typed.collect::<Vec<_>>());
    }
}

/// What takes long on purpose, or asks the network.
const SLOW: [&str; 12] = [
    "bcrypt",
    "htpasswd",
    "derivePassword",
    "genPrivateKey",
    "genCA",
    "genCAWithKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "getHostByName",
    "buildCustomCert",
];

/// Only templates can make times and durations.
fn is_tried(function: &Function) -> bool {
    let needs_time =
        function.params.iter().any(|(_, kind)| matches!(kind, Type::Time | Type::Duration));
    !needs_time && !SLOW.contains(&function.name)
}

/// An argument, before it is made: values of templates cannot be sent to another thread.
#[derive(Debug, Clone)]
struct Plain {
    number: i64,
    float: f64,
    text: String,
    bytes: Vec<u8>,
    value: Value,
    choice: u8,
}

fn given() -> impl Strategy<Value = Plain> {
    let number = prop_oneof![
        -3_i64..100,
        any::<i64>(),
        prop::sample::select(vec![i64::MIN, i64::MAX, 0, -1, 1 << 40, 65_536]),
    ];
    let float = prop_oneof![
        any::<f64>(),
        prop::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, 1e300, 5e-324]),
    ];
    let bytes = prop::collection::vec(any::<u8>(), 0..12);
    (number, float, "\\PC{0,20}|[a-z0-9., :/%-]{0,20}", bytes, values(), any::<u8>()).prop_map(
        |(number, float, text, bytes, value, choice)| Plain {
            number,
            float,
            text,
            bytes,
            value,
            choice,
        },
    )
}

impl Plain {
    fn value(&self) -> Given {
        match self.choice % 12 {
            0 => Given::Nil,
            1 => Given::Bool(self.number > 0),
            2 => Given::Int(self.number),
            3 => Given::Int64(self.number),
            4 => Given::Uint8(self.number as u8),
            5 => Given::Uint64(self.number as u64),
            6 => Given::Float(self.float),
            7 => Given::Complex(self.float, self.number as f64),
            8 => Given::from(self.text.as_str()),
            9 => Given::String(Text::from_bytes(&self.bytes)),
            10 => Given::Bytes(Rc::from(self.bytes.as_slice())),
            _ => Given::from(&self.value),
        }
    }

    /// Makes an argument of the type that a function declares.
    fn of(&self, kind: Type) -> Given {
        let map = || Map::from([("a".to_owned(), self.value.clone())]);
        let items = || vec![self.value(), Given::from(&self.value)];
        match kind {
            Type::Any | Type::Time | Type::Duration => self.value(),
            Type::String if self.choice > 200 => Given::String(Text::from_bytes(&self.bytes)),
            Type::String => Given::from(self.text.as_str()),
            Type::Int => Given::Int(self.number),
            Type::Int64 => Given::Int64(self.number),
            Type::Float => Given::Float(self.float),
            Type::Bool => Given::Bool(self.number > 0),
            Type::Bytes => Given::Bytes(Rc::from(self.bytes.as_slice())),
            Type::Strings => {
                let texts = self.text.split(' ').map(Given::from).collect();
                Given::List(List::new(texts, ListType::Strings))
            }
            Type::List => Given::List(List::new(items(), ListType::Any)),
            Type::Map => Given::Map(windlass::engine::value::Map::from_plain(&map(), MapType::Any)),
        }
    }
}

/// A rendering without templates and without a cluster.
struct Nobody;

impl Host for Nobody {
    fn include(&self, _name: &str, _data: Given) -> Result<Text, Error> {
        Err(Error::Message("there is none".to_owned()))
    }

    fn tpl(&self, template: &Text, _data: Given) -> Result<Text, Error> {
        Ok(template.clone())
    }

    fn lookup(&self, _: &str, _: &str, _: &str, _: &str) -> Result<yaml::Value, Error> {
        Ok(yaml::Value::Null)
    }
}

fn call(name: &str, given: &[Given]) -> Result<Given, Error> {
    let function = functions::find(name).unwrap_or_else(|| panic!("there is no `{name}`"));
    (function.call)(&Nobody, given)
}
