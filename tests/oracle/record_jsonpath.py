#!/usr/bin/env python3
"""Asks the real helm what `show values --jsonpath` says, and writes it to jsonpath.json.

Run by hand when a case is added: HELM=path/to/helm tests/oracle/record_jsonpath.py
Helm prints nothing, and succeeds, where a template has no result; a template that it cannot read is an error.
Templates whose result Helm orders by chance (a wildcard on a mapping of several keys) have no place here.
"""
import json
import os
import pathlib
import subprocess
import tempfile

HELM = os.environ.get("HELM", "helm")
HERE = pathlib.Path(__file__).parent

VALUES = r"""
image: {repository: nginx, tag: "1.27", pullPolicy: IfNotPresent}
replicas: 3
big: 12345678
small: 0.00001
on: true
none: null
text: "a \"b\" <c> é"
empty: ""
list: [one, two, three, four, five]
numbers: [3, 1.5, 1e21, -2]
nothing: []
void: {}
mixed: [1, null, true, text, [a, b], {k: v}]
one: {only: {deep: [1, {x: y}]}}
"a.b/c": dotted
"with space": spaced
ports:
  - {name: http, port: 80, tls: false}
  - {name: https, port: 443, tls: true, hosts: [a, b]}
  - {name: admin, port: 9000, hosts: [c]}
"""

TEMPLATES = r"""
{.image.tag}
{.image}
{.image.repository}:{.image.tag}
tag={.image.tag} replicas={.replicas}
{ .image.tag }
{$.image.tag}
{@.image.tag}
{.image.tag}{.image.repository}
{image.tag}
{.replicas}
{.big}
{.small}
{.numbers}
{.numbers[*]}
{.on}
{.none}
{.none.x}
{.text}
{.empty}
{.void}
{.void.x}
{.nothing}
{.nothing[*]}
{.nothing[0]}
{.missing}
{.image.missing}
x{.missing}y
{.list[0]}
{.list[-1]}
{.list[5]}
{.list[-6]}
{.list[1:3]}
{.list[:2]}
{.list[3:]}
{.list[::2]}
{.list[1:5:3]}
{.list[*]}
{.list[:]}
{.list[]}
{.list[0,2]}
{.list[0, 2 ,-1]}
{.list[3:1]}
{.list[2:2]}
{.list[0:5:0]}
{.list[0:5:-1]}
{.list[a]}
{.list[1:2:3:4]}
{.list[99999999999999999999]}
{.list['x']}
{['image']}
{['image']['tag']}
{['image'].tag}
{.image['tag']}
{.image['repository','tag']}
{.a\.b/c}
{['a\.b/c']}
{['with space']}
{.one.*}
{.one.only.*[1].x}
{..only}
{.one..deep[0]}
{..port}
{.ports[*].name}
{.ports[*].hosts}
{.ports[*].hosts[*]}
{.ports[*]['name']}
{.ports[*]['name','port']}
{.ports[?(@.name=="https")].port}
{.ports[?(@.name=='https')].port}
{.ports[?(@.name == "https")].port}
{.ports[?(@.name!="https")].name}
{.ports[?(@.port==443)].name}
{.ports[?(@.port==443.0)].name}
{.ports[?(@.port>100.5)].name}
{.ports[?(@.port<=80.0)].name}
{.ports[?(@.port>=443.)].name}
{.ports[?(@.port<443.1)].name}
{.ports[?(@.tls==true)].name}
{.ports[?(@.tls)].name}
{.ports[?(@.hosts)].name}
{.ports[?(@.hosts[1])].name}
{.ports[?(@.hosts[5])].name}
{.ports[?(@.name>"b")].name}
{.ports[?(@.name=@.name)].name}
{.ports[?(@.name==@.name)].name}
{.ports[?(@.name=="x)y")].name}
{.ports[?(@.name=="https"].name}
{.ports[?(@.name=="https")}
{.ports[?(@.nope=="https")].name}
{.ports[?()].name}
{.image[?(@.tag)]}
{.list[?(@=="two")]}
{.list[?(@>"o")]}
{.mixed[?(@==true)]}
{.mixed[*]}
{.mixed[1]}
{.mixed[4][0]}
{.mixed[5].k}
{.mixed[4]}
{range .list[*]}{@}{"\n"}{end}
{range .ports[*]}{.name}={.port}{"\t"}{end}
{range .ports[*]}{.name}: {range .hosts[*]}{@},{end};{end}
{range .ports[1:]}{.name}: {range .hosts[*]}<{@}>{end}{"; "}{end}done
{range .ports[*]}{$.name} {end}
{range .ports}{[0].name}{end}
{range .list[*]}[{@}]
{range .nothing[*]}{@}{end}
{range .nothing[*]}x{end}y
{range .nothing[*]}{.name}{end}y
{range .mixed[*]}<{@}>{end}
{range .missing}x{end}
{range .list[*]}a{end}b{range .list[0:2]}c{end}d
{range .list[0:2]}{range $[*]}{@}{end}{end}
{end}
{range}
{foo}
{.image.tag
{.image.tag}}
}
{}
{{.image.tag}}
{.}
{@}x
{.one..}x
{...}
{....}
{.image.tag .image.repository}
{"quoted"}
{'quoted'}
{"a\tb\n\x41\u00e9\101\\"}
{'it\'s'}
{"it's"}
{"a\"b"}
{"bad \q"}
{"open}
{1}
{-1.5}
{1.2.3}
{+}
{true}
{false}x
{#}
{.image.tag|.x}
{.list[0]}{.list[1]}
{.list[0] .list[1]}
{.list[*]}{"-"}{.list[0:2]}
{.text[0]}
{.text[*]}
{.empty[*]}
{.empty.*}x
{.image.tag.*}
{.replicas.x}
{.replicas[0]}
text only
é{.image.tag}é
{é}
{.list[0}
{.list[0
{.list[(@.length-1)]}
{.ports[?(@.name)].name}
{.ports[?(@.name=~"h")].name}
{.ports[?(@.port=="80")].name}
{.ports[0:2].port}
{range .ports[*].name}{@}{end}
{.ports[?(@.hosts[*]=="c")].name}
{.ports[0].port}{" "}{.ports[1].port}
{.one.only.deep[*]}
{.image['tag']}:{.image["tag"]}
{.image[tag]}
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder, "c")
        chart.mkdir()
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
        (chart / "values.yaml").write_text(VALUES)
        env = {"PATH": os.environ["PATH"], "HOME": folder}
        cases = []
        for template in dict.fromkeys(TEMPLATES.strip("\n").split("\n")):
            command = [HELM, "show", "values", str(chart), "--jsonpath", template]
            said = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", errors="replace")
            case = {"template": template}
            if said.returncode == 0:
                case["text"] = said.stdout
            elif said.stderr.startswith("Error: error parsing jsonpath "):
                case["error"] = said.stderr.removeprefix(f"Error: error parsing jsonpath {template}: ").rstrip("\n")
            else:
                # Helm panics; the case has to be an error of ours.
                case["panic"] = True
            cases.append(case)
    answers = json.dumps({"values": VALUES, "cases": cases}, indent=1, ensure_ascii=False)
    (HERE / "jsonpath.json").write_text(answers + "\n")


main()
