"""Asks Helm again what it says of every case: python3 record.py path/to/helm."""

import json
import pathlib
import subprocess
import sys
import tempfile

FILE = pathlib.Path(__file__).with_name("cases.json")
CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"


def ask(helm, case):
    """Returns the lines that Helm prints of the chart, those in random order sorted."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder)
        (chart / "templates").mkdir()
        (chart / "Chart.yaml").write_text(CHART)
        (chart / "values.schema.json").write_text(json.dumps(case["schema"]))
        (chart / "values.yaml").write_text(json.dumps(case["values"]))
        asked = subprocess.run([helm, "template", folder], capture_output=True, text=True)
    blocks = []
    for line in asked.stderr.rstrip("\n").split("c:\n", 1)[-1].split("\n") if asked.returncode else []:
        if line.startswith("  ") and blocks:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return [line for block in sorted(blocks) for line in [block[0]] + sorted(block[1:])]


cases = [case | {"misfits": ask(sys.argv[1], case)} for case in json.loads(FILE.read_text())]
lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
FILE.write_text(f"[\n{lines}\n]\n")
