//! The functions of texts: cutting, joining, cases, patterns, encodings.

use super::{Function, plain, variadic};
use crate::engine::functions::Type::{Any, Int, String as Text};
use crate::engine::functions::arguments::{Answer, bytes, int, string, value};
use crate::engine::functions::{cast, encoding, regexes, strings as texts, text_case};

pub(super) const TEXTS: &[Function] = &[
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

pub(super) const CASES: &[Function] = &[
    plain("upper", &[("text", Text)], |_, a| text_case::upper(&string(a, 0)).answer()),
    plain("lower", &[("text", Text)], |_, a| text_case::lower(&string(a, 0)).answer()),
    plain("title", &[("text", Text)], |_, a| text_case::title(&string(a, 0)).answer()),
    plain("untitle", &[("text", Text)], |_, a| text_case::untitle(&string(a, 0)).answer()),
    plain("swapcase", &[("text", Text)], |_, a| text_case::swapcase(&string(a, 0)).answer()),
    plain("snakecase", &[("text", Text)], |_, a| text_case::snakecase(&string(a, 0)).answer()),
    plain("camelcase", &[("text", Text)], |_, a| text_case::camelcase(&string(a, 0)).answer()),
    plain("kebabcase", &[("text", Text)], |_, a| text_case::kebabcase(&string(a, 0)).answer()),
];

pub(super) const REGEXES: &[Function] = &[
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

pub(super) const ENCODING: &[Function] = &[
    plain("b64enc", &[("text", Text)], |_, a| encoding::b64enc(bytes(a, 0)).answer()),
    plain("b64dec", &[("text", Text)], |_, a| encoding::b64dec(bytes(a, 0)).answer()),
    plain("b32enc", &[("text", Text)], |_, a| encoding::b32enc(bytes(a, 0)).answer()),
    plain("b32dec", &[("text", Text)], |_, a| encoding::b32dec(bytes(a, 0)).answer()),
    plain("sha1sum", &[("text", Text)], |_, a| encoding::sha1sum(bytes(a, 0)).answer()),
    plain("sha256sum", &[("text", Text)], |_, a| encoding::sha256sum(bytes(a, 0)).answer()),
    plain("sha512sum", &[("text", Text)], |_, a| encoding::sha512sum(bytes(a, 0)).answer()),
    plain("adler32sum", &[("text", Text)], |_, a| encoding::adler32sum(bytes(a, 0)).answer()),
];
