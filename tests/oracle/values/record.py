#!/usr/bin/env python3
"""Asks real Helm what its flags, charts and .helmignore files give; writes set.json, charts.json and ignore.json.

    python3 record.py path/to/helm

Every chart of a case gets one template that prints `.Values`, numbers with their Go type.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

from cases import CHART_CASES, IGNORE_CASES, SET_CASES

DUMP = r"""
{{- define "dump" -}}
{{- if kindIs "map" . -}}
{ {{- $first := true }}{{ range $k, $v := . }}{{ if not $first }},{{ end }}{{ $first = false }}{{ $k | toJson }}:{{ include "dump" $v }}{{ end -}} }
{{- else if kindIs "slice" . -}}
[ {{- range $i, $v := . }}{{ if $i }},{{ end }}{{ include "dump" $v }}{{ end -}} ]
{{- else if or (kindIs "int64" .) (kindIs "float64" .) -}}
{{ printf "<%s %s>" (kindOf .) (toJson .) | toJson }}
{{- else -}}
{{ toJson . }}
{{- end -}}
{{- end -}}
{{ include "dump" .Values }}
"""
FILES = "{{ $names := list }}{{ range $name, $_ := .Files }}{{ $names = append $names $name }}{{ end }}{{ dict \"files\" $names | toJson }}"
METADATA = "{{ omit .Chart \"IsRoot\" | toJson }}"


def helm(binary, folder, args):
    empty = os.path.join(folder, "empty")
    env = {"PATH": os.environ["PATH"], "HOME": empty, "KUBECONFIG": os.path.join(empty, "none")}
    for name in ("CACHE", "CONFIG", "DATA"):
        env[f"HELM_{name}_HOME"] = os.path.join(empty, name)
    command = [binary, "template", "release", "chart", *args]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)


def shown_values(stdout):
    shown = {}
    for part in stdout.split("---\n# Source: ")[1:]:
        source, _, text = part.partition("\n")
        shown[source] = json.loads(text)
    return shown


def error_text(stderr, folder):
    text = stderr.split("Error: ", 1)[1].split("\n\nUse --debug")[0]
    return text.strip().replace(folder + "/", "")


def warnings(stderr):
    found = set()
    for line in stderr.splitlines():
        match = re.match(r'(?:level=(?:INFO|WARN) msg=|\d{4}/\d\d/\d\d \S+ )(.*)', line)
        if match:
            found.add(re.sub(r'"(?:[^"\\]|\\.)*"', lambda quoted: json.loads(quoted.group()), match.group(1)))
    return sorted(found)


def record(binary, case):
    with tempfile.TemporaryDirectory() as folder:
        files = {f"chart/{name}": text for name, text in case["chart"].items()}
        for name in case["chart"]:
            if name.endswith("Chart.yaml"):
                files[f"chart/{name.removesuffix('Chart.yaml')}templates/values.yaml"] = DUMP
        if case.get("metadata"):
            files["chart/templates/metadata.yaml"] = METADATA
        write(folder, {**files, **case.get("files", {})})
        done = helm(binary, folder, case["args"])
        answer = dict(case)
        if done.returncode == 0:
            shown = shown_values(done.stdout)
            if case.get("metadata"):
                answer["metadata"] = shown.pop("root/templates/metadata.yaml")
            answer["values"] = {name.removesuffix("/templates/values.yaml"): value for name, value in shown.items()}
        else:
            answer["error"] = error_text(done.stderr, folder)
        if found := warnings(done.stderr):
            answer["warnings"] = found
        return answer


def record_set(binary, case):
    chart = {"Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n"}
    answer = record(binary, {**case, "chart": chart})
    del answer["chart"]
    if "values" in answer:
        answer["values"] = answer["values"]["chart"]
    return answer


def record_ignore(binary, case):
    with tempfile.TemporaryDirectory() as folder:
        files = {name: "text" for name in case["paths"]}
        files |= {"Chart.yaml": "apiVersion: v2\nname: chart\nversion: 0.1.0\n", "templates/files.yaml": FILES}
        files[".helmignore"] = case["rules"]
        write(folder, {f"chart/{name}": text for name, text in files.items()})
        done = helm(binary, folder, [])
        if done.returncode == 0 and "# Source" in done.stdout:
            return {**case, "files": shown_values(done.stdout)["chart/templates/files.yaml"]["files"]}
        return {**case, "error": error_text(done.stderr, folder) if done.returncode else "no templates"}


def save(name, cases):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n")
    errors = sum("error" in case for case in cases)
    print(f"{name}: {len(cases)} cases, {errors} of them errors")


if __name__ == "__main__":
    save("set.json", [record_set(sys.argv[1], case) for case in SET_CASES])
    save("charts.json", [record(sys.argv[1], case) for case in CHART_CASES])
    save("ignore.json", [record_ignore(sys.argv[1], case) for case in IGNORE_CASES])
