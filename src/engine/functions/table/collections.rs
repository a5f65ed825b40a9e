//! The functions of lists and dicts.

use super::{Function, plain, variadic};
use crate::engine::functions::Type::{Any, Int, Map, String as Text};
use crate::engine::functions::arguments::{Answer, int, map, maps, rest, string, strings, value};
use crate::engine::functions::merge::Rule;
use crate::engine::functions::{Error, Host, dicts, equality, lists, merge};
use crate::engine::value::Value;

pub(super) const LISTS: &[Function] = &[
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

pub(super) const DICTS: &[Function] = &[
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
