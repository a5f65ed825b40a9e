#!/usr/bin/env python3
"""Asks the real helm what every template function answers, and writes it to functions.json.

Run by hand when a case is added: HELM=path/to/helm tests/oracle/record_functions.py
Answers that are there already are kept; remove functions.json to ask for all again.
A case is a template. It is rendered inside a define, and its text comes out as base64, so that no byte is
lost; a case that fails is rendered again on its own, and Helm's message is recorded.
"""
import base64
import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile

HELM = os.environ.get("HELM", "helm")
HERE = pathlib.Path(__file__).parent

VALUES = {
    "s": "hello", "blank": "", "n": 5, "f": 1.5, "big": 12345678901, "huge": 1e21, "neg": -3,
    "yes": True, "no": False, "digits": "42", "octal": "0755", "hex": "0x1F",
    "list": [1, "a", None, True, 2.5], "words": ["banana", "apple", "cherry", "apple"],
    "none": [], "m": {"a": 1, "b": "two", "c": {"d": [1, 2]}}, "void": {},
    "text": "Grüße, 世界 👋", "multi": "line one\nline two\n", "long": "The quick brown fox jumps over the lazy dog",
}

# One value of every kind that templates can hold.
ANY = [
    "nil", "true", "0", "7", "-7", "1.5", "1e6", "1e21", '""', '"abc"', '"42"', '"1.50"', '"0x1F"', '"010"',
    '"10.0"', '"1e3"', '"-7"', '"1_000"', '"9223372036854775808"', "(list)", '(list 1 "a" nil)',
    '(splitList "," "a,b")', "(until 3)", "(dict)", '(dict "k" (list 1.5 nil))', ".Values.n", ".Values.big",
    ".Values.huge", ".Values.missing", ".Values.m", "(int64 3)", '(mustToDuration "90s")',
    '(semver "v1.2")', '(split "," "x,y")', "1i", ".Values.text",
]
UNARY_ANY = [
    "int", "int64", "float64", "toString", "quote", "squote", "empty", "typeOf", "kindOf", "toYaml", "toJson",
    "toPrettyJson", "toToml", "ceil", "floor", "toDecimal", "toStrings", "toYamlPretty", "durationSeconds", "deepCopy", "add1", "add1f",
]
LISTS = ["(list)", '(list 3 "b" nil "" 3 "b" 1.0)', '(splitList "," "b,a,b")', "(until 4)", "(list (list 1) (list 1) (dict) (dict))",
         "nil", '"abc"', "5", "(dict)", ".Values.words", ".Values.missing"]
UNARY_LIST = [name for base in ("first", "last", "rest", "initial", "reverse", "compact", "uniq")
              for name in (base, "must" + base.capitalize())] + ["sortAlpha"]
TEXTS = ['""', '"abc"', '"Hello World"', '"hello_world-foo bar"', '"HTTPServer2xx"', '"  padded\\t\\n"', ".Values.text",
         '"ǆ ß İ ŉ ᾳ"', '"a  b   c"', '"__x__y-"', '"_"', '"1st 2ND"', '"Bld4Floor3rd"', '"Duration2m3s"', '"don\'t.stop/now"',
         '"\\xff\\xfeab"', '"é à"']
UNARY_TEXT = ["upper", "lower", "title", "untitle", "swapcase", "snakecase", "camelcase", "kebabcase", "trim", "nospace",
              "initials", "sha1sum", "sha256sum", "sha512sum", "adler32sum", "b64enc", "b32enc", "regexQuoteMeta"]
PATHS = ['""', '"/"', '"a"', '"/a/b/c.txt"', '"a/./b/../c"', '"../x"', '"/../x/"', '"a//b/"', '"x.tar.gz"', '"/a.b/c"', '".."', '"."', '"a/../.."']
UNARY_PATH = ["base", "dir", "clean", "ext", "isAbs", "osBase", "osDir", "osClean", "osExt", "osIsAbs"]

# A good call of every function; each argument is then replaced by one of the wrong type.
CALLS = {
    "abbrev": ['5', '"hello world"'], "abbrevboth": ['5', '10', '"1234 5678 9123"'], "append": ['(list 1)', '2'],
    "atoi": ['"12"'], "b32dec": ['"MFRGG==="'], "b64dec": ['"YWJj"'], "cat": ['"a"', '"b"'], "chunk": ['2', '(list 1 2 3)'],
    "concat": ['(list 1)', '(list 2)'], "contains": ['"b"', '"abc"'], "deepEqual": ['1', '1'], "default": ['"d"', '""'],
    "derivePassword": ['1', '"pin"', '"pw"', '"user"', '"site"'], "dict": ['"a"', '1'], "dig": ['"a"', '"d"', '(dict "a" 1)'],
    "div": ['7', '2'], "divf": ['7', '2'], "durationRoundTo": ['"1h29m"', '"1h"'], "durationTruncateTo": ['"1h29m"', '"1h"'],
    "fail": ['"no"'], "fromJson": ['"{}"'], "fromJsonArray": ['"[]"'], "fromToml": ['"a = 1"'], "fromYaml": ['"a: 1"'],
    "fromYamlArray": ['"- 1"'], "get": ['(dict "a" 1)', '"a"'], "has": ['1', '(list 1)'], "hasKey": ['(dict "a" 1)', '"a"'],
    "hasPrefix": ['"a"', '"abc"'], "hasSuffix": ['"c"', '"abc"'], "indent": ['2', '"a"'], "join": ['","', '(list 1 2)'],
    "keys": ['(dict "a" 1)'], "kindIs": ['"int"', '1'], "lookup": ['"v1"', '"Pod"', '"ns"', '"name"'], "max": ['1', '2'],
    "maxf": ['1', '2'], "merge": ['(dict)', '(dict)'], "mergeOverwrite": ['(dict)', '(dict)'], "min": ['1', '2'], "minf": ['1', '2'],
    "mod": ['7', '4'], "mul": ['3', '4'], "mulf": ['3', '4'], "mustAppend": ['(list)', '1'], "mustChunk": ['2', '(list 1)'],
    "mustFromJson": ['"1"'], "mustHas": ['1', '(list)'], "mustMerge": ['(dict)', '(dict)'], "mustMergeOverwrite": ['(dict)', '(dict)'],
    "mustPrepend": ['(list)', '1'], "mustPush": ['(list)', '1'], "mustRegexFind": ['"b+"', '"abb"'],
    "mustRegexFindAll": ['"b"', '"abb"', '-1'], "mustRegexMatch": ['"b"', '"abb"'], "mustRegexReplaceAll": ['"b"', '"abb"', '"x"'],
    "mustRegexReplaceAllLiteral": ['"b"', '"abb"', '"$0"'], "mustRegexSplit": ['"b"', '"abc"', '-1'], "mustSlice": ['(list 1 2)', '1'],
    "mustToDuration": ['"1h"'], "mustToJson": ['1'], "mustToPrettyJson": ['1'], "mustToRawJson": ['"<"'], "mustToToml": ['(dict)'],
    "mustToYaml": ['1'], "mustWithout": ['(list 1)', '1'], "nindent": ['2', '"a"'], "omit": ['(dict "a" 1)', '"a"'],
    "pick": ['(dict "a" 1)', '"a"'], "pluck": ['"a"', '(dict "a" 1)'], "plural": ['"one"', '"many"', '2'], "prepend": ['(list)', '1'],
    "push": ['(list)', '1'], "regexFind": ['"b+"', '"abb"'], "regexFindAll": ['"b"', '"abb"', '1'], "regexMatch": ['"b"', '"abb"'],
    "regexReplaceAll": ['"b"', '"abb"', '"x"'], "regexReplaceAllLiteral": ['"b"', '"abb"', '"$0"'], "regexSplit": ['"b"', '"abc"', '-1'],
    "repeat": ['2', '"ab"'], "replace": ['"a"', '"b"', '"aa"'], "required": ['"need it"', '1'], "round": ['1.255', '2', '0.4'],
    "semver": ['"1.2.3"'], "semverCompare": ['">1"', '"1.2.3"'], "seq": ['1', '2', '5'], "set": ['(dict)', '"a"', '1'],
    "slice": ['(list 1 2 3)', '1', '2'], "split": ['","', '"a,b"'], "splitList": ['","', '"a,b"'], "splitn": ['","', '1', '"a,b"'],
    "sub": ['5', '2'], "subf": ['5', '2'], "substr": ['1', '2', '"abc"'], "ternary": ['1', '2', 'true'], "toRawJson": ['"<"'],
    "toYamlPretty": ['(list 1)'], "trimAll": ['"$"', '"$5$"'], "trimPrefix": ['"a"', '"abc"'], "trimSuffix": ['"c"', '"abc"'],
    "trimall": ['"$"', '"$5$"'], "trunc": ['2', '"abc"'], "tuple": ['1'], "typeIs": ['"int"', '1'], "typeIsLike": ['"int"', '1'],
    "unset": ['(dict "a" 1)', '"a"'], "until": ['3'], "untilStep": ['0', '6', '2'], "urlJoin": ['(dict "host" "h")'],
    "urlParse": ['"http://h/p"'], "values": ['(dict "a" 1)'], "without": ['(list 1 2)', '1'], "wrap": ['5', '"hello big world"'],
    "wrapWith": ['5', '"|"', '"hello big world"'], "randInt": ['5', '6'], "getHostByName": ['"localhost"'], "hello": [],
    "randAlpha": ['0'], "shuffle": ['"aaa"'], "durationDays": ['"36h"'], "durationWeeks": ['"336h"'], "durationHours": ['"90m"'],
    "durationMinutes": ['"90s"'], "durationMilliseconds": ['"1.5s"'], "durationMicroseconds": ['"1.5s"'], "durationNanoseconds": ['"1.5us"'],
    "all": ['1', '0'], "any": ['0', '1'], "coalesce": ['0', '""', '"x"'], "add": ['1', '2'], "addf": ['1.5', '2'],
    "include": ['"c.helper"', '.'], "tpl": ['"{{ .Values.s }}"', '.'], "biggest": ['1', '2'], "list": ['1'], "randBytes": ['0'],
}
WRONG = ["nil", ".Values.n", ".Values.m", "(list 1)", '"x"', ".Values.missing", "(int64 2)", "true", "2.5"]

# What the rules above do not reach: edges, combinations, printing, mutation.
SINGLE = pathlib.Path(HERE / "functions_cases.txt")


def cases():
    found = []
    for name in UNARY_ANY:
        found += [f"{{{{ {name} {value} }}}}" for value in ANY]
    for name in UNARY_LIST:
        found += [f"{{{{ {name} {value} | toJson }}}}" for value in LISTS]
    for name in UNARY_TEXT:
        found += [f"{{{{ {name} {value} }}}}" for value in TEXTS]
    for name in UNARY_PATH:
        found += [f"{{{{ {name} {value} }}}}" for value in PATHS]
    for turn, (name, arguments) in enumerate(CALLS.items()):
        found.append(f"{{{{ {' '.join([name, *arguments])} }}}}")
        found.append(f"{{{{ {' '.join([name, *arguments[:-1]])} }}}}")
        for index in range(len(arguments)):
            for wrong in (WRONG[(turn + index) % len(WRONG)], WRONG[(turn + index + 4) % len(WRONG)]):
                changed = arguments[:index] + [wrong] + arguments[index + 1:]
                found.append(f"{{{{ {' '.join([name, *changed])} }}}}")
    found += [line for line in SINGLE.read_text().splitlines() if line and not line.startswith("#")]
    return list(dict.fromkeys(found))


def render(template):
    with tempfile.TemporaryDirectory() as home:
        chart = pathlib.Path(home, "c")
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
        (chart / "values.yaml").write_text(json.dumps(VALUES, ensure_ascii=False))
        (chart / "templates/_helper.tpl").write_text('{{ define "c.helper" }}[{{ .Values.s }}]{{ end }}')
        (chart / "templates/x.yaml").write_text(template)
        environment = {"HOME": home, "PATH": os.environ["PATH"], "TZ": "UTC", "KUBECONFIG": home + "/none"}
        command = [HELM, "template", "r", str(chart)]
        return subprocess.run(command, capture_output=True, text=True, env=environment)


def record(template):
    wrapped = render(f'{{{{ define "case" }}}}{template}{{{{ end }}}}out: "{{{{ include "case" . | b64enc }}}}"')
    if wrapped.returncode == 0:
        line = next(line for line in wrapped.stdout.splitlines() if line.startswith("out: "))
        return {"template": template, "output": base64.b64decode(line[len('out: "'):-1]).decode("utf8", "replace")}
    bare = render(template)
    assert bare.returncode != 0 and "values.yaml" not in bare.stderr, bare.stderr
    message = bare.stderr.removeprefix("Error: ").removesuffix("\n\nUse --debug flag to render out invalid YAML\n")
    return {"template": template, "error": message}


def main():
    answers = HERE / "functions.json"
    known = json.loads(answers.read_text()) if answers.exists() else {"values": None, "cases": []}
    kept = {case["template"]: case for case in known["cases"]} if known["values"] == VALUES else {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        recorded = list(pool.map(lambda template: kept.get(template) or record(template), cases()))
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in recorded)
    values = json.dumps(VALUES, ensure_ascii=False)
    answers.write_text(f'{{"values": {values},\n"cases": [\n{lines}\n]}}\n')
    print(f"{len(recorded)} cases")


if __name__ == "__main__":
    main()
