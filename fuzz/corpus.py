"""Writes what the fuzzers start from into fuzz/corpus/: the inputs of tests/oracle, and our own charts.

The seeds in fuzz/seeds are kept in the project because each has found something; these here are not.
"""

import io
import json
import pathlib
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORACLE = ROOT / "tests" / "oracle"


def write(target, items):
    folder = ROOT / "fuzz" / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, item in enumerate(items):
        data = item if isinstance(item, bytes) else item.encode("utf-8", "surrogatepass")
        (folder / f"oracle-{number:05}").write_bytes(data)


def read(name):
    return json.loads((ORACLE / name).read_text())


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def templates():
    yield from (case["tmpl"] for case in read("gotemplate.json"))
    for case in read("render.json")["cases"]:
        yield from case["chart"].get("templates", {}).values()
    yield from (ORACLE / "functions_cases.txt").read_text().splitlines()
    for file in [*ROOT.glob("tests/charts/*/templates/*"), *ROOT.glob("templates/go/*.*")]:
        yield file.read_text()


def charts():
    for folder in [*ROOT.glob("tests/charts/*"), *ROOT.glob("charts/*")]:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
            tar.add(folder, folder.name)
        yield packed.getvalue()


def versions():
    asked = read("semver.json")
    constraints, found = list(asked.values())[:2]
    for number, constraint in enumerate(constraints):
        yield f"{found[number % len(found)]}\n{constraint}"


yaml = [*read("yaml/docs.json"), *(json.dumps(value) for value in read("yaml/emit.json"))]
write("yaml", yaml + [file.read_text() for file in ROOT.glob("**/values*.yaml") if "target" not in file.parts])
write("gotemplate", templates())
write("set", (case["args"][1] for case in read("values/set.json") if len(case["args"]) > 1))
write("semver", versions())
write("archive", charts())
