//! Every function with its Go name, the names and types of its parameters, and the code behind it.

use super::Type::{Any, Bool, Float, Int, List, Map, String as Text};
use super::arguments::{Answer, boolean, bytes, int, map, maps, rest, string, strings, value};
use super::merge::Rule;
use super::time::Time;
use super::{Error, Function, Host, Param};
use super::{
    cast, crypto, dates, decimal, defaults, dicts, durations, encoding, equality, json, lists,
    math, merge, path, random, regexes, semver, strings as texts, text_case, to_yaml, toml, url,
};
use crate::engine::value::Value;

type Call = fn(&dyn Host, &[Value]) -> Result<Value, Error>;

const fn plain(name: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, params, variadic: false, call }
}

const fn variadic(name: &'static str, params: &'static [Param], call: Call) -> Function {
    Function { name, params, variadic: true, call }
}

/// All functions, by topic.
pub(super) static TABLES: &[&[Function]] = &[
    HELM, SERIAL, DURATIONS, DATES, DEFAULTS, TEXTS, CASES, LISTS, DICTS, MATH, TYPES, ENCODING,
    REGEXES, PLACES, CRYPTO, RANDOM,
];

const HELM: &[Function] = &[
    plain("include", &[("name", Text), ("data", Any)], |host, a| {
        host.include(&string(a, 0), value(a, 1).clone())?.answer()
    }),
    plain("tpl", &[("template", Text), ("data", Any)], |host, a| match value(a, 0) {
        Value::String(template) => host.tpl(template, value(a, 1).clone())?.answer(),
        _ => "".answer(),
    }),
    plain("required", &[("message", Text), ("value", Any)], |_, a| {
        defaults::required(&string(a, 0), value(a, 1))
    }),
    plain("fail", &[("message", Text)], |_, a| defaults::fail(&string(a, 0))),
    plain(
        "lookup",
        &[("api_version", Text), ("kind", Text), ("namespace", Text), ("name", Text)],
        |host, a| {
            let found = host.lookup(&string(a, 0), &string(a, 1), &string(a, 2), &string(a, 3))?;
            Value::from(&found).answer()
        },
    ),
    // Names are looked up only with --enable-dns, which Helm has off by default.
    plain("getHostByName", &[("name", Text)], |_, _| "".answer()),
    plain("hello", &[], |_, _| "Hello!".answer()),
];

const SERIAL: &[Function] = &[
    plain("toYaml", &[("value", Any)], |_, a| {
        to_yaml::to_yaml(value(a, 0)).unwrap_or_default().answer()
    }),
    plain("mustToYaml", &[("value", Any)], |_, a| to_yaml::to_yaml(value(a, 0)).answer()),
    plain("fromYaml", &[("text", Text)], |_, a| to_yaml::from_yaml(&string(a, 0)).answer()),
    plain("fromYamlArray", &[("text", Text)], |_, a| {
        to_yaml::from_yaml_array(&string(a, 0)).answer()
    }),
    plain("toJson", &[("value", Any)], |_, a| {
        json::to_json(value(a, 0)).unwrap_or_default().answer()
    }),
    plain("mustToJson", &[("value", Any)], |_, a| json::to_json(value(a, 0)).answer()),
    plain("toPrettyJson", &[("value", Any)], |_, a| {
        json::to_pretty_json(value(a, 0)).unwrap_or_default().answer()
    }),
    plain("mustToPrettyJson", &[("value", Any)], |_, a| json::to_pretty_json(value(a, 0)).answer()),
    plain("toRawJson", &[("value", Any)], |_, a| json::to_raw_json(value(a, 0)).answer()),
    plain("mustToRawJson", &[("value", Any)], |_, a| json::to_raw_json(value(a, 0)).answer()),
    plain("fromJson", &[("text", Text)], |_, a| json::from_json(&string(a, 0)).answer()),
    plain("fromJsonArray", &[("text", Text)], |_, a| json::from_json_array(&string(a, 0)).answer()),
    plain("mustFromJson", &[("text", Text)], |_, a| json::must_from_json(&string(a, 0))),
    plain("toToml", &[("value", Any)], |_, a| toml::to_toml(value(a, 0)).answer()),
    plain("mustToToml", &[("value", Any)], |_, a| toml::must_to_toml(value(a, 0)).answer()),
    plain("fromToml", &[("text", Text)], |_, a| toml::from_toml(&string(a, 0)).answer()),
];

const DURATIONS: &[Function] = &[
    plain("mustToDuration", &[("value", Any)], |_, a| durations::must_to_duration(value(a, 0))),
    plain("durationSeconds", &[("value", Any)], |_, a| durations::to_seconds(value(a, 0)).answer()),
    plain("durationMilliseconds", &[("value", Any)], |_, a| {
        durations::whole(value(a, 0), 1_000_000).answer()
    }),
    plain("durationMicroseconds", &[("value", Any)], |_, a| {
        durations::whole(value(a, 0), 1_000).answer()
    }),
    plain("durationNanoseconds", &[("value", Any)], |_, a| {
        durations::whole(value(a, 0), 1).answer()
    }),
    plain("durationMinutes", &[("value", Any)], |_, a| durations::to_minutes(value(a, 0)).answer()),
    plain("durationHours", &[("value", Any)], |_, a| durations::to_hours(value(a, 0)).answer()),
    plain("durationDays", &[("value", Any)], |_, a| {
        (durations::to_hours(value(a, 0)) / 24.0).answer()
    }),
    plain("durationWeeks", &[("value", Any)], |_, a| {
        (durations::to_hours(value(a, 0)) / 24.0 / 7.0).answer()
    }),
    plain("durationRoundTo", &[("value", Any), ("unit", Any)], |_, a| {
        durations::round_to(value(a, 0), value(a, 1)).answer()
    }),
    plain("durationTruncateTo", &[("value", Any), ("unit", Any)], |_, a| {
        durations::truncate_to(value(a, 0), value(a, 1)).answer()
    }),
];

const DATES: &[Function] = &[
    plain("now", &[], |_, _| Value::from(Time::now()).answer()),
    plain("date", &[("layout", Text), ("date", Any)], |_, a| {
        dates::date_in_zone(&string(a, 0), value(a, 1), "Local").answer()
    }),
    plain("dateInZone", &[("layout", Text), ("date", Any), ("zone", Text)], date_in_zone),
    plain("date_in_zone", &[("layout", Text), ("date", Any), ("zone", Text)], date_in_zone),
    plain("htmlDate", &[("date", Any)], |_, a| {
        dates::date_in_zone("2006-01-02", value(a, 0), "Local").answer()
    }),
    plain("htmlDateInZone", &[("date", Any), ("zone", Text)], |_, a| {
        dates::date_in_zone("2006-01-02", value(a, 0), &string(a, 1)).answer()
    }),
    plain("dateModify", &[("duration", Text), ("date", super::Type::Time)], date_modify),
    plain("date_modify", &[("duration", Text), ("date", super::Type::Time)], date_modify),
    plain("mustDateModify", &[("duration", Text), ("date", super::Type::Time)], must_date_modify),
    plain("must_date_modify", &[("duration", Text), ("date", super::Type::Time)], must_date_modify),
    plain("toDate", &[("layout", Text), ("text", Text)], |_, a| {
        dates::to_date(&string(a, 0), &string(a, 1)).answer()
    }),
    plain("mustToDate", &[("layout", Text), ("text", Text)], |_, a| {
        dates::must_to_date(&string(a, 0), &string(a, 1))
    }),
    plain("unixEpoch", &[("date", super::Type::Time)], |_, a| {
        dates::unix_epoch(value(a, 0)).answer()
    }),
    plain("ago", &[("date", Any)], |_, a| dates::ago(value(a, 0)).answer()),
    plain("duration", &[("seconds", Any)], |_, a| dates::duration(a).answer()),
    plain("durationRound", &[("duration", Any)], |_, a| {
        dates::duration_round(value(a, 0)).answer()
    }),
];

fn date_in_zone(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    dates::date_in_zone(&string(a, 0), value(a, 1), &string(a, 2)).answer()
}

fn date_modify(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    dates::date_modify(&string(a, 0), value(a, 1)).answer()
}

fn must_date_modify(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    dates::must_date_modify(&string(a, 0), value(a, 1))
}

const DEFAULTS: &[Function] = &[
    variadic("default", &[("value", Any), ("given", Any)], |_, a| {
        defaults::default(value(a, 0), rest(a, 1)).clone().answer()
    }),
    plain("empty", &[("value", Any)], |_, a| (!value(a, 0).truth()).answer()),
    variadic("coalesce", &[("values", Any)], |_, a| defaults::coalesce(a).answer()),
    variadic("all", &[("values", Any)], |_, a| a.iter().all(Value::truth).answer()),
    variadic("any", &[("values", Any)], |_, a| a.iter().any(Value::truth).answer()),
    plain("ternary", &[("yes", Any), ("no", Any), ("condition", Bool)], |_, a| {
        value(a, usize::from(!boolean(a, 2))).clone().answer()
    }),
];

const TEXTS: &[Function] = &[
    plain("trim", &[("text", Text)], |_, a| string(a, 0).trim().answer()),
    plain("trimAll", &[("cutset", Text), ("text", Text)], |_, a| {
        texts::trim_all(&string(a, 0), &string(a, 1)).answer()
    }),
    plain("trimall", &[("cutset", Text), ("text", Text)], |_, a| {
        texts::trim_all(&string(a, 0), &string(a, 1)).answer()
    }),
    plain("trimPrefix", &[("prefix", Text), ("text", Text)], |_, a| {
        texts::trim_prefix(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("trimSuffix", &[("suffix", Text), ("text", Text)], |_, a| {
        texts::trim_suffix(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("trunc", &[("length", Int), ("text", Text)], |_, a| {
        texts::trunc(int(a, 0), bytes(a, 1)).answer()
    }),
    plain("abbrev", &[("width", Int), ("text", Text)], |_, a| {
        texts::abbreviate(0, int(a, 0), bytes(a, 1)).answer()
    }),
    plain("abbrevboth", &[("left", Int), ("width", Int), ("text", Text)], |_, a| {
        texts::abbreviate(int(a, 0), int(a, 1), bytes(a, 2)).answer()
    }),
    plain("substr", &[("start", Int), ("end", Int), ("text", Text)], |_, a| {
        texts::substr(int(a, 0), int(a, 1), bytes(a, 2)).answer()
    }),
    plain("repeat", &[("count", Int), ("text", Text)], |_, a| {
        texts::repeat(int(a, 0), bytes(a, 1)).answer()
    }),
    plain("nospace", &[("text", Text)], |_, a| texts::nospace(bytes(a, 0)).answer()),
    plain("initials", &[("text", Text)], |_, a| texts::initials(bytes(a, 0)).answer()),
    plain("wrap", &[("width", Int), ("text", Text)], |_, a| {
        texts::wrap(int(a, 0), bytes(a, 1)).answer()
    }),
    plain("wrapWith", &[("width", Int), ("separator", Text), ("text", Text)], |_, a| {
        texts::wrap_with(int(a, 0), bytes(a, 1), bytes(a, 2)).answer()
    }),
    plain("contains", &[("part", Text), ("text", Text)], |_, a| {
        texts::contains(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("hasPrefix", &[("prefix", Text), ("text", Text)], |_, a| {
        bytes(a, 1).starts_with(bytes(a, 0)).answer()
    }),
    plain("hasSuffix", &[("suffix", Text), ("text", Text)], |_, a| {
        bytes(a, 1).ends_with(bytes(a, 0)).answer()
    }),
    variadic("quote", &[("values", Any)], |_, a| texts::quote(a).answer()),
    variadic("squote", &[("values", Any)], |_, a| texts::squote(a).answer()),
    variadic("cat", &[("values", Any)], |_, a| texts::cat(a).answer()),
    plain("indent", &[("n", Int), ("text", Text)], |_, a| {
        texts::indent(int(a, 0), bytes(a, 1)).answer()
    }),
    plain("nindent", &[("n", Int), ("text", Text)], |_, a| {
        texts::nindent(int(a, 0), bytes(a, 1)).answer()
    }),
    plain("replace", &[("from", Text), ("to", Text), ("text", Text)], |_, a| {
        texts::replace(bytes(a, 0), bytes(a, 1), bytes(a, 2)).answer()
    }),
    plain("plural", &[("one", Text), ("many", Text), ("count", Int)], |_, a| {
        texts::plural(bytes(a, 0), bytes(a, 1), int(a, 2)).answer()
    }),
    plain("toString", &[("value", Any)], |_, a| cast::to_text(value(a, 0)).answer()),
    plain("toStrings", &[("list", Any)], |_, a| cast::to_texts(value(a, 0)).answer()),
    plain("split", &[("separator", Text), ("text", Text)], |_, a| {
        texts::split(bytes(a, 0), -1, bytes(a, 1)).answer()
    }),
    plain("splitList", &[("separator", Text), ("text", Text)], |_, a| {
        texts::split_list(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("splitn", &[("separator", Text), ("n", Int), ("text", Text)], |_, a| {
        texts::split(bytes(a, 0), int(a, 1), bytes(a, 2)).answer()
    }),
    plain("join", &[("separator", Text), ("list", Any)], |_, a| {
        texts::join(bytes(a, 0), value(a, 1)).answer()
    }),
    plain("sortAlpha", &[("list", Any)], |_, a| texts::sort_alpha(value(a, 0)).answer()),
];

const CASES: &[Function] = &[
    plain("upper", &[("text", Text)], |_, a| text_case::upper(&string(a, 0)).answer()),
    plain("lower", &[("text", Text)], |_, a| text_case::lower(&string(a, 0)).answer()),
    plain("title", &[("text", Text)], |_, a| text_case::title(&string(a, 0)).answer()),
    plain("untitle", &[("text", Text)], |_, a| text_case::untitle(&string(a, 0)).answer()),
    plain("swapcase", &[("text", Text)], |_, a| text_case::swapcase(&string(a, 0)).answer()),
    plain("snakecase", &[("text", Text)], |_, a| text_case::snakecase(&string(a, 0)).answer()),
    plain("camelcase", &[("text", Text)], |_, a| text_case::camelcase(&string(a, 0)).answer()),
    plain("kebabcase", &[("text", Text)], |_, a| text_case::kebabcase(&string(a, 0)).answer()),
];

const LISTS: &[Function] = &[
    variadic("list", &[("values", Any)], |_, a| a.to_vec().answer()),
    variadic("tuple", &[("values", Any)], |_, a| a.to_vec().answer()),
    plain("append", &[("list", Any), ("value", Any)], append),
    plain("mustAppend", &[("list", Any), ("value", Any)], append),
    plain("push", &[("list", Any), ("value", Any)], append),
    plain("mustPush", &[("list", Any), ("value", Any)], append),
    plain("prepend", &[("list", Any), ("value", Any)], prepend),
    plain("mustPrepend", &[("list", Any), ("value", Any)], prepend),
    variadic("concat", &[("lists", Any)], |_, a| lists::concat(a).answer()),
    plain("chunk", &[("size", Int), ("list", Any)], chunk),
    plain("mustChunk", &[("size", Int), ("list", Any)], chunk),
    plain("first", &[("list", Any)], |_, a| lists::first(value(a, 0))),
    plain("mustFirst", &[("list", Any)], |_, a| lists::first(value(a, 0))),
    plain("last", &[("list", Any)], |_, a| lists::last(value(a, 0))),
    plain("mustLast", &[("list", Any)], |_, a| lists::last(value(a, 0))),
    plain("rest", &[("list", Any)], |_, a| lists::rest(value(a, 0)).answer()),
    plain("mustRest", &[("list", Any)], |_, a| lists::rest(value(a, 0)).answer()),
    plain("initial", &[("list", Any)], |_, a| lists::initial(value(a, 0)).answer()),
    plain("mustInitial", &[("list", Any)], |_, a| lists::initial(value(a, 0)).answer()),
    plain("reverse", &[("list", Any)], |_, a| lists::reverse(value(a, 0)).answer()),
    plain("mustReverse", &[("list", Any)], |_, a| lists::reverse(value(a, 0)).answer()),
    plain("compact", &[("list", Any)], |_, a| lists::compact(value(a, 0)).answer()),
    plain("mustCompact", &[("list", Any)], |_, a| lists::compact(value(a, 0)).answer()),
    plain("uniq", &[("list", Any)], |_, a| lists::uniq(value(a, 0)).answer()),
    plain("mustUniq", &[("list", Any)], |_, a| lists::uniq(value(a, 0)).answer()),
    variadic("without", &[("list", Any), ("values", Any)], without),
    variadic("mustWithout", &[("list", Any), ("values", Any)], without),
    plain("has", &[("value", Any), ("list", Any)], has),
    plain("mustHas", &[("value", Any), ("list", Any)], has),
    variadic("slice", &[("list", Any), ("indices", Any)], slice),
    variadic("mustSlice", &[("list", Any), ("indices", Any)], slice),
];

fn append(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    lists::append(value(a, 0), value(a, 1)).answer()
}

fn prepend(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    lists::prepend(value(a, 0), value(a, 1)).answer()
}

fn chunk(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    lists::chunk(int(a, 0), value(a, 1)).answer()
}

fn without(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    lists::without(value(a, 0), rest(a, 1)).answer()
}

fn has(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    lists::has(value(a, 0), value(a, 1)).answer()
}

fn slice(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    lists::slice(value(a, 0), rest(a, 1))
}

const DICTS: &[Function] = &[
    variadic("dict", &[("values", Any)], |_, a| dicts::dict(a).answer()),
    plain("get", &[("dict", Map), ("key", Text)], |_, a| {
        dicts::get(&map(a, 0), &string(a, 1)).answer()
    }),
    plain("set", &[("dict", Map), ("key", Text), ("value", Any)], |_, a| {
        dicts::set(map(a, 0), &string(a, 1), value(a, 2)).answer()
    }),
    plain("unset", &[("dict", Map), ("key", Text)], |_, a| {
        dicts::unset(map(a, 0), &string(a, 1)).answer()
    }),
    plain("hasKey", &[("dict", Map), ("key", Text)], |_, a| {
        map(a, 0).get(&string(a, 1)).is_some().answer()
    }),
    variadic("pluck", &[("key", Text), ("dicts", Map)], |_, a| {
        dicts::pluck(&string(a, 0), maps(a, 1)).answer()
    }),
    variadic("keys", &[("dicts", Map)], |_, a| dicts::keys(maps(a, 0)).answer()),
    plain("values", &[("dict", Map)], |_, a| dicts::values(&map(a, 0)).answer()),
    variadic("pick", &[("dict", Map), ("keys", Text)], |_, a| {
        dicts::pick(&map(a, 0), strings(a, 1)).answer()
    }),
    variadic("omit", &[("dict", Map), ("keys", Text)], |_, a| {
        dicts::omit(&map(a, 0), strings(a, 1)).answer()
    }),
    variadic("merge", &[("dict", Map), ("sources", Map)], merge),
    variadic("mustMerge", &[("dict", Map), ("sources", Map)], merge),
    variadic("mergeOverwrite", &[("dict", Map), ("sources", Map)], merge_overwrite),
    variadic("mustMergeOverwrite", &[("dict", Map), ("sources", Map)], merge_overwrite),
    variadic("dig", &[("path", Any)], |_, a| dicts::dig(a)),
    plain("deepCopy", &[("value", Any)], |_, a| equality::deep_copy(value(a, 0))),
    plain("mustDeepCopy", &[("value", Any)], |_, a| equality::deep_copy(value(a, 0))),
    plain("deepEqual", &[("other", Any), ("value", Any)], |_, a| {
        equality::deep_equal(value(a, 0), value(a, 1)).answer()
    }),
];

fn merge(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    merge::merge(map(a, 0), maps(a, 1), Rule::KeepFirst).answer()
}

fn merge_overwrite(_: &dyn Host, a: &[Value]) -> Result<Value, Error> {
    merge::merge(map(a, 0), maps(a, 1), Rule::TakeLast).answer()
}

const MATH: &[Function] = &[
    plain("add1", &[("value", Any)], |_, a| cast::to_int64(value(a, 0)).wrapping_add(1).answer()),
    variadic("add", &[("values", Any)], |_, a| math::add(a).answer()),
    plain("sub", &[("value", Any), ("subtrahend", Any)], |_, a| {
        cast::to_int64(value(a, 0)).wrapping_sub(cast::to_int64(value(a, 1))).answer()
    }),
    variadic("mul", &[("value", Any), ("values", Any)], |_, a| math::mul(a).answer()),
    plain("div", &[("value", Any), ("divisor", Any)], |_, a| {
        math::div(value(a, 0), value(a, 1)).answer()
    }),
    plain("mod", &[("value", Any), ("divisor", Any)], |_, a| {
        math::modulo(value(a, 0), value(a, 1)).answer()
    }),
    plain("add1f", &[("value", Any)], |_, a| {
        decimal::addf(cast::to_float64(value(a, 0)), &[Value::Int(1)]).answer()
    }),
    variadic("addf", &[("values", Any)], |_, a| decimal::addf(0.0, a).answer()),
    variadic("subf", &[("value", Any), ("values", Any)], |_, a| {
        decimal::subf(cast::to_float64(value(a, 0)), rest(a, 1)).answer()
    }),
    variadic("mulf", &[("value", Any), ("values", Any)], |_, a| {
        decimal::mulf(cast::to_float64(value(a, 0)), rest(a, 1)).answer()
    }),
    variadic("divf", &[("value", Any), ("values", Any)], |_, a| {
        decimal::divf(cast::to_float64(value(a, 0)), rest(a, 1)).answer()
    }),
    variadic("max", &[("value", Any), ("values", Any)], |_, a| math::max(a).answer()),
    variadic("biggest", &[("value", Any), ("values", Any)], |_, a| math::max(a).answer()),
    variadic("min", &[("value", Any), ("values", Any)], |_, a| math::min(a).answer()),
    variadic("maxf", &[("value", Any), ("values", Any)], |_, a| math::maxf(a).answer()),
    variadic("minf", &[("value", Any), ("values", Any)], |_, a| math::minf(a).answer()),
    plain("ceil", &[("value", Any)], |_, a| cast::to_float64(value(a, 0)).ceil().answer()),
    plain("floor", &[("value", Any)], |_, a| cast::to_float64(value(a, 0)).floor().answer()),
    variadic("round", &[("value", Any), ("places", Int), ("round_on", Float)], |_, a| {
        math::round(value(a, 0), int(a, 1), a.get(2)).answer()
    }),
    plain("until", &[("count", Int)], |_, a| math::until(int(a, 0)).answer()),
    plain("untilStep", &[("start", Int), ("stop", Int), ("step", Int)], |_, a| {
        math::until_step(int(a, 0), int(a, 1), int(a, 2)).answer()
    }),
    variadic("seq", &[("values", Int)], |_, a| math::seq(a).answer()),
];

const TYPES: &[Function] = &[
    plain("int", &[("value", Any)], |_, a| Value::Int(cast::to_int64(value(a, 0))).answer()),
    plain("int64", &[("value", Any)], |_, a| cast::to_int64(value(a, 0)).answer()),
    plain("float64", &[("value", Any)], |_, a| cast::to_float64(value(a, 0)).answer()),
    plain("toDecimal", &[("value", Any)], |_, a| math::to_decimal(value(a, 0)).answer()),
    plain("atoi", &[("text", Text)], |_, a| Value::Int(math::atoi(&string(a, 0))).answer()),
    plain("typeOf", &[("value", Any)], |_, a| value(a, 0).type_name().answer()),
    plain("typeIs", &[("type", Text), ("value", Any)], |_, a| {
        (string(a, 0) == value(a, 1).type_name()).answer()
    }),
    plain("typeIsLike", &[("type", Text), ("value", Any)], |_, a| {
        let name = value(a, 1).type_name();
        let pointed_to = name.strip_prefix('*').unwrap_or(name);
        (string(a, 0) == name || string(a, 0) == pointed_to).answer()
    }),
    plain("kindOf", &[("value", Any)], |_, a| value(a, 0).kind().answer()),
    plain("kindIs", &[("kind", Text), ("value", Any)], |_, a| {
        (string(a, 0) == value(a, 1).kind()).answer()
    }),
];

const ENCODING: &[Function] = &[
    plain("b64enc", &[("text", Text)], |_, a| encoding::b64enc(bytes(a, 0)).answer()),
    plain("b64dec", &[("text", Text)], |_, a| encoding::b64dec(bytes(a, 0)).answer()),
    plain("b32enc", &[("text", Text)], |_, a| encoding::b32enc(bytes(a, 0)).answer()),
    plain("b32dec", &[("text", Text)], |_, a| encoding::b32dec(bytes(a, 0)).answer()),
    plain("sha1sum", &[("text", Text)], |_, a| encoding::sha1sum(bytes(a, 0)).answer()),
    plain("sha256sum", &[("text", Text)], |_, a| encoding::sha256sum(bytes(a, 0)).answer()),
    plain("sha512sum", &[("text", Text)], |_, a| encoding::sha512sum(bytes(a, 0)).answer()),
    plain("adler32sum", &[("text", Text)], |_, a| encoding::adler32sum(bytes(a, 0)).answer()),
];

const REGEXES: &[Function] = &[
    plain("regexMatch", &[("regex", Text), ("text", Text)], |_, a| {
        regexes::is_match(&string(a, 0), &string(a, 1)).answer()
    }),
    plain("mustRegexMatch", &[("regex", Text), ("text", Text)], |_, a| {
        regexes::must_match(&string(a, 0), &string(a, 1)).answer()
    }),
    plain("regexFind", &[("regex", Text), ("text", Text)], |_, a| {
        regexes::find(regexes::compile_or_panic, &string(a, 0), &string(a, 1)).answer()
    }),
    plain("mustRegexFind", &[("regex", Text), ("text", Text)], |_, a| {
        regexes::find(regexes::compile, &string(a, 0), &string(a, 1)).answer()
    }),
    plain("regexFindAll", &[("regex", Text), ("text", Text), ("n", Int)], |_, a| {
        regexes::find_all(regexes::compile_or_panic, &string(a, 0), &string(a, 1), int(a, 2))
            .answer()
    }),
    plain("mustRegexFindAll", &[("regex", Text), ("text", Text), ("n", Int)], |_, a| {
        regexes::find_all(regexes::compile, &string(a, 0), &string(a, 1), int(a, 2)).answer()
    }),
    plain("regexReplaceAll", &[("regex", Text), ("text", Text), ("replacement", Text)], |_, a| {
        let compile = regexes::compile_or_panic;
        regexes::replace_all(compile, &string(a, 0), &string(a, 1), &string(a, 2)).answer()
    }),
    plain(
        "mustRegexReplaceAll",
        &[("regex", Text), ("text", Text), ("replacement", Text)],
        |_, a| {
            let compile = regexes::compile;
            regexes::replace_all(compile, &string(a, 0), &string(a, 1), &string(a, 2)).answer()
        },
    ),
    plain(
        "regexReplaceAllLiteral",
        &[("regex", Text), ("text", Text), ("replacement", Text)],
        |_, a| {
            let compile = regexes::compile_or_panic;
            regexes::replace_all_literal(compile, &string(a, 0), &string(a, 1), &string(a, 2))
                .answer()
        },
    ),
    plain(
        "mustRegexReplaceAllLiteral",
        &[("regex", Text), ("text", Text), ("replacement", Text)],
        |_, a| {
            let compile = regexes::compile;
            regexes::replace_all_literal(compile, &string(a, 0), &string(a, 1), &string(a, 2))
                .answer()
        },
    ),
    plain("regexSplit", &[("regex", Text), ("text", Text), ("n", Int)], |_, a| {
        regexes::split(regexes::compile_or_panic, &string(a, 0), &string(a, 1), int(a, 2)).answer()
    }),
    plain("mustRegexSplit", &[("regex", Text), ("text", Text), ("n", Int)], |_, a| {
        regexes::split(regexes::compile, &string(a, 0), &string(a, 1), int(a, 2)).answer()
    }),
    plain("regexQuoteMeta", &[("text", Text)], |_, a| regexes::quote_meta(&string(a, 0)).answer()),
];

const PLACES: &[Function] = &[
    plain("urlParse", &[("url", Text)], |_, a| url::url_parse(bytes(a, 0)).answer()),
    plain("urlJoin", &[("dict", Map)], |_, a| url::url_join(&map(a, 0)).answer()),
    plain("base", &[("path", Text)], |_, a| path::base(&string(a, 0)).answer()),
    plain("dir", &[("path", Text)], |_, a| path::dir(&string(a, 0)).answer()),
    plain("clean", &[("path", Text)], |_, a| path::clean(&string(a, 0)).answer()),
    plain("ext", &[("path", Text)], |_, a| path::ext(&string(a, 0)).answer()),
    plain("isAbs", &[("path", Text)], |_, a| path::is_abs(&string(a, 0)).answer()),
    plain("osBase", &[("path", Text)], |_, a| path::base(&string(a, 0)).answer()),
    plain("osDir", &[("path", Text)], |_, a| path::dir(&string(a, 0)).answer()),
    plain("osClean", &[("path", Text)], |_, a| path::clean(&string(a, 0)).answer()),
    plain("osExt", &[("path", Text)], |_, a| path::ext(&string(a, 0)).answer()),
    plain("osIsAbs", &[("path", Text)], |_, a| path::is_abs(&string(a, 0)).answer()),
    plain("semver", &[("version", Text)], |_, a| semver::semver(&string(a, 0))),
    plain("semverCompare", &[("constraint", Text), ("version", Text)], |_, a| {
        semver::semver_compare(&string(a, 0), &string(a, 1)).answer()
    }),
];

const CRYPTO: &[Function] = &[
    plain("bcrypt", &[("password", Text)], |_, a| crypto::bcrypt(bytes(a, 0)).answer()),
    plain("htpasswd", &[("user", Text), ("password", Text)], |_, a| {
        crypto::htpasswd(&string(a, 0), bytes(a, 1)).answer()
    }),
    plain(
        "derivePassword",
        &[("counter", Int), ("form", Text), ("password", Text), ("user", Text), ("site", Text)],
        |_, a| {
            let counter = u32::try_from(int(a, 0)).unwrap_or_default();
            crypto::derive_password(counter, &string(a, 1), bytes(a, 2), bytes(a, 3), bytes(a, 4))
                .answer()
        },
    ),
    plain("encryptAES", &[("password", Text), ("text", Text)], |_, a| {
        crypto::encrypt_aes(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("decryptAES", &[("password", Text), ("text", Text)], |_, a| {
        crypto::decrypt_aes(bytes(a, 0), bytes(a, 1)).answer()
    }),
    plain("genPrivateKey", &[("type", Text)], |_, a| {
        crypto::gen_private_key(&string(a, 0)).answer()
    }),
    plain("buildCustomCert", &[("cert", Text), ("key", Text)], |_, a| {
        crypto::build_custom_cert(bytes(a, 0), bytes(a, 1))
    }),
    plain("genCA", &[("name", Text), ("days", Int)], |_, a| {
        crypto::gen_ca(&string(a, 0), int(a, 1), None)
    }),
    plain("genCAWithKey", &[("name", Text), ("days", Int), ("key", Text)], |_, a| {
        crypto::gen_ca(&string(a, 0), int(a, 1), Some(&string(a, 2)))
    }),
    plain(
        "genSelfSignedCert",
        &[("name", Text), ("ips", List), ("dns_names", List), ("days", Int)],
        |_, a| crypto::gen_self_signed_cert(&subject(&string(a, 0), a), None),
    ),
    plain(
        "genSelfSignedCertWithKey",
        &[("name", Text), ("ips", List), ("dns_names", List), ("days", Int), ("key", Text)],
        |_, a| crypto::gen_self_signed_cert(&subject(&string(a, 0), a), Some(&string(a, 4))),
    ),
    plain(
        "genSignedCert",
        &[("name", Text), ("ips", List), ("dns_names", List), ("days", Int), ("ca", Any)],
        |_, a| crypto::gen_signed_cert(&subject(&string(a, 0), a), value(a, 4), None),
    ),
    plain(
        "genSignedCertWithKey",
        &[
            ("name", Text),
            ("ips", List),
            ("dns_names", List),
            ("days", Int),
            ("ca", Any),
            ("key", Text),
        ],
        |_, a| {
            let subject_name = string(a, 0);
            let subject = subject(&subject_name, a);
            crypto::gen_signed_cert(&subject, value(a, 4), Some(&string(a, 5)))
        },
    ),
];

fn subject<'a>(name: &'a str, a: &'a [Value]) -> crypto::Subject<'a> {
    crypto::Subject { name, addresses: value(a, 1), names: value(a, 2), days: int(a, 3) }
}

const RANDOM: &[Function] = &[
    plain("randAlphaNum", &[("count", Int)], |_, a| {
        random::random_text(int(a, 0), u8::is_ascii_alphanumeric).answer()
    }),
    plain("randAlpha", &[("count", Int)], |_, a| {
        random::random_text(int(a, 0), u8::is_ascii_alphabetic).answer()
    }),
    plain("randNumeric", &[("count", Int)], |_, a| {
        random::random_text(int(a, 0), u8::is_ascii_digit).answer()
    }),
    plain("randAscii", &[("count", Int)], |_, a| random::random_text(int(a, 0), |_| true).answer()),
    plain("randInt", &[("min", Int), ("max", Int)], |_, a| {
        Value::Int(random::rand_int(int(a, 0), int(a, 1))?).answer()
    }),
    plain("randBytes", &[("count", Int)], |_, a| random::rand_bytes(int(a, 0)).answer()),
    plain("shuffle", &[("text", Text)], |_, a| random::shuffle(&string(a, 0)).answer()),
    plain("uuidv4", &[], |_, _| random::uuidv4().answer()),
];
