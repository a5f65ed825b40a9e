#!/usr/bin/env python3
"""Asks real Helm for the answer of every case here: tests/corpus/record.py HELM [CASE...]

Writes golden.yaml, golden.stderr and meta.json beside each `cmd`. Of an old meta.json it keeps
`note` and `stderr_must_contain`, which a case whose command line fails must have.
Needs a Helm 4.3.1, and neither a cluster nor anything beyond Python's standard library.
"""
import json, os, pathlib, shlex, shutil, subprocess, sys, tempfile

CASES = pathlib.Path(__file__).resolve().parent / "cases"


def ask(helm, folder, args):
    with tempfile.TemporaryDirectory() as home:
        env = {"PATH": os.environ["PATH"], "HOME": home, "TZ": "UTC", "TMPDIR": home, "KUBECONFIG": "/dev/null"}
        env |= {f"HELM_{name}": f"{home}/{name}" for name in ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "PLUGINS")}
        said = subprocess.run([helm, *args], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True)
        return said.returncode, said.stdout, said.stderr


def kind(args, code):
    return "error" if code != 0 and args[0] != "lint" else args[0]


def record(helm, folder):
    file = folder / "meta.json"
    old = json.loads(file.read_text()) if file.exists() else {}
    args = shlex.split((folder / "cmd").read_text())
    code, out, err = ask(helm, folder, args)
    if ask(helm, folder, args)[:2] != (code, out):
        sys.exit(f"{folder.name}: Helm answers differently each time")
    meta = {"id": folder.name, "note": old.get("note", ""), "kind": kind(args, code), "args": args, "exit": code}
    if meta["kind"] == "error":
        wanted = meta["stderr_must_contain"] = old.get("stderr_must_contain", [])
        said = err.decode().lower()
        if not wanted or any(text.lower() not in said for text in wanted):
            sys.exit(f"{folder.name}: stderr_must_contain of meta.json is {wanted}, but Helm says\n{said}")
    (folder / "golden.yaml").write_bytes(out)
    (folder / "golden.stderr").write_text(err.decode().replace(str(CASES.parent), "[corpus]"))
    file.write_text(json.dumps(meta, indent=1, ensure_ascii=False) + "\n")


def main():
    if len(sys.argv) < 2 or not shutil.which(sys.argv[1]):
        sys.exit(__doc__)
    helm = os.path.abspath(shutil.which(sys.argv[1]))
    names = sys.argv[2:] or sorted(path.parent.name for path in CASES.glob("*/cmd"))
    for name in names:
        record(helm, CASES / name)
    print(f"recorded {len(names)} cases")


main()
