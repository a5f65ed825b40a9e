#!/usr/bin/env python3
"""Asks the real helm what `lint` says of small charts, and writes it to lint.json.

Run by hand when a case is added: HELM=path/to/helm tests/oracle/record_lint.py
A case is a chart by its files (the chart `c` of BASE, with files added, changed or, by None, left out), and
the arguments; "[work]" in an answer is the folder that the charts are in. Of what Helm logs to standard
error, only what templates demand is kept.
"""
import io
import json
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile

HELM = os.environ.get("HELM", "helm")
HERE = pathlib.Path(__file__).parent

META = "apiVersion: v2\nname: c\nversion: 0.1.0\nicon: https://example.com/i.png\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
BASE = {"Chart.yaml": META, "values.yaml": "color: blue\n", "templates/a.yaml": CONFIG}
SUB = {"charts/s/Chart.yaml": META.replace("name: c", "name: s"), "charts/s/templates/b.yaml": CONFIG}
CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b.c}\n"


def named(kind, name, api_version="v1"):
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\n"


def deprecated():
    """One document for every kind that is deprecated somewhere, and some that are not."""
    source = (HERE / "../../src/action/lint/deprecated.rs").read_text()
    groups = re.findall(r'api_version: "(.*)",(?:\n .*?)*?\n +kinds: "(.*)"', source)
    found = [(version, kind) for version, kinds in groups for kind in kinds.split()]
    found += [("apps/v1", "Deployment"), ("v1", "Pod"), ("example.com/v1", "Deployment"), ("apps/v1beta1", "Nothing"), ("a/b/c", "X")]
    return "---\n".join(named(kind, "x", version) for version, kind in found) + "# matchLabels\n"


def chart(**fields):
    """Chart.yaml with fields changed, added, or, by None, left out."""
    found = {"apiVersion": "v2", "name": "c", "version": "0.1.0", "icon": "https://example.com/i.png", **fields}
    return {"Chart.yaml": "".join(f"{key}: {value}\n" for key, value in found.items() if value is not None)}


def template(text, name="a.yaml"):
    return {f"templates/{name}": text}


def people(*entries):
    return chart(maintainers="[" + ", ".join(entries) + "]")


EMAILS = ["a@b.co", "a@b", "a.b+c@d-e.f.org", "a b@c.de", "é@ü.de", '"q q"@d.com', "a@b.c1", "a@b.co.", "@b.co", "a@-b.co", "a..b@c.de"]
URLS = ["https://a.b", "a.b", "http://a", "abc", "ab", "http://a b", "ftp://u:p@h.org:21/x?y#z", "http://1.2.3.4:80/", "http://1.2.3.4.5",
        "mailto:a@b.c", "example.com:8080/x", "http://[::1]/", ".a.b", "http://.a.b", "http://a_b.c", "https://", "http://a.b:123456",
        "//a.b/c", "git@github.com:a/b.git", "http://-a.b", "www.a.b", "http://a.b/%zz", "localhost:80", "http://xn--a.de", "x/y", "/x.y"]
LINKS = ["https://a.b", "a.b", "x:y", "http://", "http://a b", "/a/b", "http://a/%zz", "http://a#b", "http://a/#b", "1a://b", "oci://x/y", "http://[::1"]

def schema(where="", **properties):
    """A values.schema.json with properties, some of them required."""
    required = [name for name, kind in properties.items() if kind != "integer"]
    text = json.dumps({"properties": {name: {"type": kind} for name, kind in properties.items()}, "required": required})
    return {f"{where}values.schema.json": text}


CASES = {
    "good": ({}, []),
    "good with a dot": ({}, ["lint", "./c/"]),
    "good twice": ({}, ["lint", "c", "c"]),
    "good, quiet": ({}, ["lint", "c", "--quiet"]),
    "good, strict": ({}, ["lint", "c", "--strict"]),
    "nothing there": ({}, ["lint", "d", "c"]),
    "a file": ({}, ["lint", "c/values.yaml"]),
    "no Chart.yaml": ({"Chart.yaml": None}, []),
    "Chart.yaml is a folder": ({"Chart.yaml": None, "Chart.yaml/x": ""}, []),
    "Chart.yaml is broken": ({"Chart.yaml": "name: [\n"}, []),
    "Chart.yaml is a list": ({"Chart.yaml": "- a\n"}, []),
    "Chart.yaml is empty": ({"Chart.yaml": ""}, []),
    "a field is no text": (chart(name="[a]"), []),
    "a field is unknown": (chart(nope="1"), []),
    "a field is unknown, strict": (chart(nope="1"), ["lint", "c", "--strict"]),
    "a field of a dependency is unknown": (chart(dependencies="[{name: s, version: 1, x: 1}]", y="1"), []),
    "a key stands twice": ({"Chart.yaml": META + "name: c\nversion: 0.1.0\n"}, []),
    "no name": (chart(name=None), []),
    "name is a path": (chart(name="a/b"), []),
    "name is quoted": (chart(name='"a\\"\\n/b"'), []),
    "no apiVersion": (chart(apiVersion=None), []),
    "apiVersion v3": (chart(apiVersion="v3"), []),
    "apiVersion v9": (chart(apiVersion="v9"), []),
    "apiVersion v1 with a type": (chart(apiVersion="v1", type="application"), []),
    "apiVersion v1 with dependencies": (chart(apiVersion="v1", dependencies="[{name: s}]"), []),
    "type is unknown": (chart(type="x"), []),
    "no version": (chart(version=None), []),
    "version null": (chart(version="null"), []),
    "version is a number": (chart(version="1.2"), []),
    "version is a whole number": (chart(version="3", appVersion="0x10"), []),
    "version is a list": (chart(appVersion="[a]"), []),
    "version is no version": (chart(version="a.b"), []),
    "version starts with v": (chart(version="v1.2.3"), []),
    "version is short": (chart(version='"1.2"'), []),
    "version is the least": (chart(version="0.0.0-0+b"), []),
    "version is nearly the least": (chart(version="0.0.0-1"), []),
    "version starts with zero": (chart(version="01.2.3"), []),
    "appVersion is a number": (chart(appVersion="1.10"), []),
    "appVersion is true": (chart(appVersion="yes"), []),
    "appVersion is null": (chart(appVersion="null"), []),
    "maintainer null": (people("{name: a}", "null", "{email: x}"), []),
    "maintainer without a name": (people("{email: a@b.co}"), []),
    "maintainers are fine": (people("{name: a, email: a@b.co, url: https://a.b}"), []),
    **{f"email {email}": (people(f"{{name: a, email: {json.dumps(email, ensure_ascii=False)}}}"), []) for email in EMAILS},
    **{f"url {url}": (people(f"{{name: a, url: {json.dumps(url)}}}"), []) for url in URLS},
    **{f"source {link}": (chart(sources=f"[{json.dumps(link)}]"), []) for link in LINKS},
    **{f"icon {link}": (chart(icon=json.dumps(link)), []) for link in LINKS[:6]},
    "source is empty": (chart(sources='[""]'), []),
    "no icon": (chart(icon=None), []),
    "no icon, quiet": (chart(icon=None), ["lint", "c", "--quiet"]),
    "no values.yaml": ({"values.yaml": None}, []),
    "values.yaml is a folder": ({"values.yaml": None, "values.yaml/x": ""}, []),
    "values.yaml is broken": ({"values.yaml": "a: 1\nb: [\n"}, []),
    "values.yaml is a list": ({"values.yaml": "[1]\n"}, []),
    "values.yaml is empty": ({"values.yaml": ""}, []),
    "values.yaml has documents": ({"values.yaml": "a: 1\n---\nb: 2\n"}, []),
    "values are given": (template("color: {{ .Values.color.x }}\n"), ["lint", "c", "--set", "color=null"]),
    "values do not fit": (SUB, ["lint", "c", "--set", "s=1"]),
    "schema fits": (schema(color="string"), []),
    "schema does not fit": (schema(color="number"), []),
    "schema wants more": (schema(color="number", size="string"), []),
    "schema and values given": (schema(size="integer"), ["lint", "c", "--set", "size=big"]),
    "schema and fitting values given": (schema(size="integer"), ["lint", "c", "--set", "size=3,color=null"]),
    "schema skipped": (schema(color="number"), ["lint", "c", "--skip-schema-validation"]),
    "schema is no JSON": ({"values.schema.json": "{"}, ["lint", "c", "--skip-schema-validation"]),
    "schema without values.yaml": (schema(color="string") | {"values.yaml": None}, []),
    "schema without templates": (schema(color="number") | {"templates/a.yaml": None}, []),
    "schema of a subchart": (SUB | schema("charts/s/", size="string"), []),
    "schema of a subchart, given": (SUB | schema("charts/s/", size="string"), ["lint", "c", "--set", "s.size=x"]),
    "schema asks for a subchart": (SUB | schema(s="object"), []),
    "schema, packed": (schema(color="number"), ["lint", "c.tgz"]),
    "no templates": ({"templates/a.yaml": None}, []),
    "templates is a file": ({"templates/a.yaml": None, "templates": "x"}, []),
    "template cannot be parsed": (template("a: {{ .x\n"), []),
    "template fails": (template("a: {{ .Values.a.b.c }}\n"), []),
    "template demands": (template('name: {{ required "need it" .Values.x }}{{ required "text\\n" "" }}{{ fail "no" }}\n'), []),
    "template looks up": (template('{{ lookup "v1" "Pod" "" "x" | toJson }}\n'), []),
    "template sees": (template("{{ .Release | toJson | nindent 1 }}\n"), ["lint", "c", "-n", "shop"]),
    "extension": (template("x", "b.json") | template("x", "Makefile") | template("x", "b.YAML") | template("", "N.txt") | template("", "_h.tpl"), []),
    "template is empty": (template("{{/* nothing */}}\n \n"), []),
    "template starts with an indent": (template("\n  " + CONFIG), []),
    "template starts with a tab": (template("\t# x\r\n" + CONFIG), []),
    "first line is long": (template("#" + "x" * 70000 + "\n" + CONFIG), []),
    "no YAML": (template("a: b: c\n") | template("- [", "b.yaml"), []),
    "no YAML in the second document": (template(CONFIG + "---\na: {\n---\nb: [\n"), []),
    "the separator goes on": (template(CONFIG + "--- a: 1\n"), []),
    "a separator with a comment": (template("--- # one\n" + CONFIG + "--- # two\n# nothing\n---\n" + CONFIG.replace("{{ .Release.Name }}", "B")), []),
    "a text": (template("text\n"), []),
    "a list": (template("- 1\n"), []),
    "kind is a list": (template("kind: [a]\n"), []),
    "kind is a map, name too": (template("kind: {}\nmetadata: {name: {a: b}}\n"), []),
    "metadata is a text": (template("metadata: x\n"), []),
    "name is a number": (template("kind: X\nmetadata: {name: 12}\n"), []),
    "name is a float": (template("kind: X\nmetadata: {name: 1.50}\n"), []),
    "name is true": (template("Kind: X\nMETADATA: {Name: yes}\n"), []),
    "JSON": (template('{"kind": "X", "metadata": {"name": "a"}}\n'), []),
    "JSON with a number": (template('{"kind": "X", "metadata": {"name": 12}}\n'), []),
    "JSON with a list": (template('{"kind": ["X"]}\n'), []),
    "JSON objects": (template('{"kind": "X"}\n{"kind": "Y"} {"metadata": {"name": "z"}}\n'), []),
    "JSON objects, broken": (template('{"kind": "X"}\n{"kind": "Y"}\n{c\n'), []),
    "JSON, then YAML": (template('{"metadata": {"name": "a"}}\n---\n' + CONFIG), []),
    "JSON, then words": (template('{"metadata": {"name": "a"}} x\n'), []),
    "flow YAML": (template("{metadata: {name: a}}\n"), []),
    "flow YAML, broken": (template("  {kind: a: b}\n"), []),
    "JSON that ends": (template('{"a": '), []),
    "a template in braces": (template('{{ "{{ .x }}" }}\n'), []),
    **{f"name {name} of {kind}": (template(named(kind, name)), [])
       for name in ["a", "a.b", "A", "-a", "1a", "a" * 70, '""', '"a/b"', '"a%/"', "'..'", '"a\\n"', '"é\\u200b"']
       for kind in ["ConfigMap", "Service", "Namespace", "Role"]},
    "name of 300 letters": (template(named("X", "A" * 300)), []),
    "name of a CertificateSigningRequest": (template(named("CertificateSigningRequest", "'A B'")), []),
    "no name in an object": (template("kind: Deployment\n"), []),
    "deprecated by default": (template(deprecated()), []),
    **{f"deprecated in {version}": (template(deprecated()), ["lint", "c", "--kube-version", version]) for version in ["1.9", "v1.19.3-x", "2.0"]},
    "a version that is none": ({}, ["lint", "c", "--kube-version", "x"]),
    "kubeVersion of the chart": (chart(kubeVersion="'>= 2'"), []),
    "no selector": (template(named("Deployment", "d", "apps/v1")) | template(named("DaemonSet", "'D'", "apps/v1") + "# matchExpressions\n", "b.yaml"), []),
    "items with a policy": (template("kind: List\nmetadata: {name: a}\nitems:\n- metadata: {annotations: {helm.sh/resource-policy: keep}}\n"), []),
    "items without a policy": (template("kind: List\nmetadata: {name: a}\nitems:\n- metadata: {annotations: {a: 1}}\n- x\n"), []),
    "items are none": (template("kind: List\nmetadata: {name: a}\nitems: {}\n"), []),
    "annotations are no texts": (template("kind: List\nmetadata: {name: a}\nitems: [{metadata: {annotations: {a: [1]}}}]\n"), []),
    "library": (chart(type="library") | template("x: [", "b.yaml") | template("", "_c.tpl"), []),
    "subchart is not listed": (SUB, []),
    "subchart is listed": (SUB | chart(dependencies="[{name: s, version: 0.1.0}]"), []),
    "subchart is missing": (chart(dependencies="[{name: s, version: 1}, {name: t, version: 1}]"), []),
    "subchart is disabled": (SUB | chart(dependencies="[{name: s, version: 0.1.0, condition: s.on}]"), ["lint", "c", "--set", "s.on=false"]),
    "subchart under two names": (SUB | chart(dependencies="[{name: s, version: 1, alias: a}, {name: s, version: 1, alias: a}]"), []),
    "subchart is broken": ({"charts/s/Chart.yaml": "name: ["}, []),
    "subchart has no name": ({"charts/s/Chart.yaml": "apiVersion: v2\n"}, []),
    "subchart fails": (SUB | {"charts/s/templates/b.yaml": "{{ fail }}"}, []),
    "subcharts too": (SUB | chart(dependencies="[{name: s, version: 0.1.0}]") | {"charts/s/values.yaml": None, "charts/s/charts/t/Chart.yaml": "name: t\n"}, ["lint", "c", "--with-subcharts"]),
    "crds": ({"crds/a.yaml": CRD + "---\n" + CRD, "crds/x.txt": "a: ["}, []),
    "crds is a file": ({"crds": "x"}, []),
    "crds of other kinds": ({"crds/a.yaml": named("CustomResourceDefinition", "a"), "crds/b.yml": CRD.replace("CustomResourceDefinition", "X"), "crds/c.json": "{}"}, []),
    "crds with templates": ({"crds/a.yaml": CRD + "{{ .x }}\n", "crds/b.yaml": "a: b: c\n"}, []),
    "crds of subcharts": (SUB | {"charts/s/crds/a.yaml": "kind: X\n"} | chart(dependencies="[{name: s, version: 0.1.0}]"), []),
    ".helmignore is broken": ({".helmignore": "a/**\n"}, []),
    "ignored files": ({".helmignore": "templates/bad.yaml\n"} | template("a: b: c\n", "bad.yaml"), []),
    "packed": ({}, ["lint", "c.tgz"]),
    "packed, not listed": (SUB, ["lint", "c.tgz", "--quiet"]),
    "packed, without a name": (chart(name=None), ["lint", "c.tgz"]),
    "packed, name is a path": (chart(name="a/b"), ["lint", "c.tgz"]),
    "packed, no Chart.yaml": ({"Chart.yaml": None}, ["lint", "c.tgz"]),
    "packed, with nothing else": ({"values.yaml": None, "templates/a.yaml": None}, ["lint", "c.tgz"]),
    "packed is a file": ({}, ["lint", "x.tgz", "y.tar.gz", "z.tgz"]),
    "failed and passed": (template("a: b: c\n"), ["lint", "c", "good"]),
    "failed and passed, quiet": (template("a: b: c\n"), ["lint", "c", "good", "--quiet"]),
    "warned, quiet": (template(named("X", "A")), ["lint", "good", "c", "--quiet"]),
}


def write(folder, files):
    for name, text in files.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def pack(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            if text is not None:
                entry = tarfile.TarInfo(f"c/{name}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))


def plain(text, folder):
    """Helm names a packed chart by the folder it unpacks it to, which has another name each time."""
    return re.sub(r"/\S*/helm-lint\d+/c\b", "[work]/c.tgz", text.replace(folder, "[work]"))


def ask(changes, args):
    files = {name: text for name, text in {**BASE, **changes}.items() if text is not None}
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        write(work / "c", files)
        (work / "c").mkdir(exist_ok=True)
        write(work / "good", BASE)
        pack(work / "c.tgz", files)
        write(work, {"x.tgz": "no archive\n", "y.tar.gz": ""})
        env = {"PATH": os.environ["PATH"], "HOME": home}
        said = subprocess.run([HELM, *args], cwd=work, env=env, capture_output=True, text=True)
        kept = [line for line in said.stderr.splitlines() if "required value" in line or "funcMap fail" in line]
        failure = [line for line in said.stderr.splitlines() if line.startswith("Error: ")]
        answer = {"files": files, "args": args, "stdout": plain(said.stdout, folder), "demands": kept}
        if said.returncode != 0:
            answer["failure"] = failure[0].replace(folder, "[work]")
        return answer


def main():
    answers = {name: ask(changes, args or ["lint", "c"]) for name, (changes, args) in CASES.items()}
    (HERE / "lint.json").write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")


main()
