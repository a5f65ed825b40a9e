"""The cases of record.py: flags on an empty chart, and charts with subcharts."""

DEEP = ".".join(f"n{i}" for i in range(31))
TOO_DEEP = ".".join(f"n{i}" for i in range(32))

BASE = """\
outer:
  inner1: overwrite
  inner2: value2
number: 5
text: plain
nothing: null
list: [1, two, {three: 3}]
nested: [[1, 2], [3]]
"""

JSON_OBJECT = '{"a":"1","b":2,"c":[1,2,3]}'


def flag(name, texts, base=False, files=None):
    args = ["-f", "base.yaml"] if base else []
    given = {"base.yaml": BASE} if base else {}
    for text in texts:
        args += [f"--{name}", text]
    return {"args": args, "files": {**given, **(files or {})}}


SETS = [
    "name1=null,f=false,t=true", "name1=value1", "name1=value1,name2=value2",
    "name1=value1,name2=value2,", "name1=value1,,,,name2=value2,", "name1=,name2=value2",
    "leading_zeros=00009", "zero_int=0", "long_int=1234567890", "boolean=true", "is_null=null",
    "name1,name2=", "name1,name2=value2", "name1,name2=value2\\", "name1,name2",
    "name1=one\\,two,name2=three\\,four", "name1=one\\=two,name2=three\\=four",
    "name1=one two three,name2=three two one", "outer.inner=value", "outer.middle.inner=value",
    "outer.inner1=value,outer.inner2=value2", "outer.inner1=value,outer.middle.inner=value",
    "name1.name2", "name1.name2,name1.name3", "name1.name2=", "name1.=name2", "name1.,name2",
    "name1={value1,value2}", "name1={value1,value2},name2={value1,value2}", "name1={1021,902}",
    "name1.name2={value1,value2}", "name1={1021,902", "list[0]=foo", "list[0].foo=bar",
    "list[0].foo=bar,list[0].hello=world", "list[0].foo=bar,list[-30].hello=world",
    "list[0]=foo,list[1]=bar", "list[0]=foo,list[1]=bar,", "list[0]=foo,list[3]=bar",
    "list[0]=foo,list[-20]=bar", "illegal[0]name.foo=bar", "noval[0]", "noval[0]=",
    "nested[0][0]=1", "nested[1][1]=1", "name1.name2[0].foo=bar,name1.name2[1].foo=bar",
    "name1.name2[1].foo=bar,name1.name2[0].foo=bar", "name1.name2[1].foo=bar", "]={}].",
    "a", "a=", "=a", "=", "", ",", ".", ".a=1", "a.=1", "a..b=1", "a.b.=1", "[0]=1", "[", "a[", "a[0",
    "a[0]", "a[0].", "a[0].b", "a[0].b=", "a[0].b=,c=2", "a[1].b=,a[0]=x", "a[]=1", "a[x]=1", "a[0x1]=1",
    "a[+1]=x", "a[99999999999999999999]=1", "a[65537]=1", "a[70000].b=1",
    "a[0][=1", "a[0][1", "a[0][1]", "a[-1]=1", "a[0][-1]=1", "a[0]x=1", "a[0]\\.b=1", "a[ 0]=1",
    "a=1,a[0]=2", "a[0]=2,a=1", "a[0]=1,a.b=2", "a.b=1,a[0]=2", "a=x,a.b=1", "a=true,a.b=1", "a=1,a.b=1",
    "a=null,a.b=1", "a={x},a.b=1", "a.b=1,a.b.c=2", "a=null,a[0]=1", "a.b=1,a[0].c=1", "a[0]=1,a[0].b=2",
    "a[0]=1,a[0][0]=2", "a[0].b=1,a[0][0]=2", "a[0][0]=1,a[0].b=2", "a[0]=null,a[0][0]=2",
    "a={}", "a={},b=1", "a={x}", "a={x},", "a={x}b=1", "a={x}}", "a={,}", "a={x,}", "a={1,true,null,01,1.5}",
    "a={x\\,y,z}", "a={x\\}y}", "a={{x},y}", "a={x},{y}", "a[0]={x,y}", "a[0]={x", "a={", "a={x\\",
    "a=TRUE", "a=True", "a=NULL", "a=Null", "a=tRuE", "a=fal\u017fe", "a=1.5", "a=1e3", "a=-1", "a=+1", "a=-0", "a=-01", "a=+", "a=-",
    "a=9223372036854775807", "a=9223372036854775808", "a=-9223372036854775808", "a=1_000", "a=0x10", "a=0",
    "a=00", "a= 1", "a=1 ", "a= ", "a=\"1\"", "a='x y'", "a=b=c", "a=b\\=c", "a=b.c[0]{d}", "a=\\", "a=\\\\",
    "a=\\n", "a\\.b=1", "a\\,b=1", "a\\=b=1", "a\\[0]=1", "a\\\\b=1", "a\\.b.c=1", "a\\", "a b=1", " a =1",
    "a=é,ü=ö", "a=\t", "a.b[0].c.d[1]=x", "a=1,,b=2", "a,b", "k\"ey", "a=<no value", "a=1\nb=2", "true=1",
    f"{DEEP}=value", f"{TOO_DEEP}=value", "a.b={1},a.c[2]=9", "a=b,c", "a={b},c", "a[0].b[1].c=1,a[0].b[0].c=2",
]

OVER_BASE = [
    "outer.inner1=value1,outer.inner3=value3,outer.inner4=4", "outer=null", "outer.inner1=null", "outer=x",
    "number.a=1", "text.a=1", "nothing.a=1", "list.a=1", "outer[0]=1", "number[0]=1", "nothing[0]=1",
    "list[1]=2", "list[2].three=4", "list[2].four=4", "list[0].a=1", "list[5]=x", "list[0][0]=x", "list[2][0]=x",
    "nested[0][1]=x", "nested[0][3]=x", "nested[1][0][0]=x", "nested[3][0]=x", "list[0].b=", "list[2].b=",
    "list[2].", "list[3].b=", "nested[0][0].b=", "nested[0][5].b=", "list={a}", "list[1].", "list[1].a",
]

JSON_SETS = [
    "a=1", "a=1.5", "a=1e3", "a=true", "a=null", "a=", "a= ", "a=,b=2", "a= ,b=2", 'a="x"', 'a="x",b="y"',
    'a="x" , b="y"', "a=[1,2,3]", 'a={"b":1}', 'a={"b":1},c=[2]', 'a={"b":1}c=2', "a=[1]b=2", "a=1b=2", 'a="x"b=2',
    "a=trueb=1", "a={", "a=[1,2", 'a="x', "a=x", "a=tru", "a=01", "a=1.", "a=-", "a=+1", "a=.5", "a=1e400", "a=-0",
    "a=12345678901234567890", "a", "a,b=1", "a.b=[1]", "a[0]=1", "a[1]={}", "a[0]=", "a[0].b=1,a[0].c=2", "a[0][0]=1",
    'a="\\u00e9\\n\\/"', 'a="\\ud83d\\ude00"', 'a="\t"', '{"a":1}', ' {"a":{"b":2}}', '{"a":1}{"b":2}', '{"a":1} x',
    "{}", "{", '{"a":1,}', '{"a":null}', "[1]", '{"a":1,"a":2}', "a=\"<>&\"", "a={\"x\":\"\\\\\"}", "a=nullx=1", "",
    "outer.inner1={\"a\":\"1\"},outer.inner3=[\"v\"],outer.inner5={\"A\":\"1\"}]", "a=1 2", 'a="é"', "a\\.b=1", "x=[[[]]]",
]

JSON_OVER_BASE = [
    'outer.inner1="1",outer.inner3=3,outer.inner4=true,outer.inner5="true"',
    f"outer.inner1={JSON_OBJECT},outer.inner3=[\"new\"],outer.inner5=[{JSON_OBJECT}]",
    f"outer.inner1=,outer.inner3={JSON_OBJECT},outer.inner3.c[1]=null", '{"outer":{"inner1":{"x":1}},"number":null}',
    '{"outer":null}', '{"list":[0]}', "list[1]=null", "text.a=1",
]

LITERALS = [
    "name", "name=", "name=value", "long_int_string=1234567890", "boolean=true", "is_null=null", "zero=0",
    "name1=null,name2=value2", "name1=value,,,tail", "leading_zeros=00009", "name=one two three", "outer.inner=value",
    "outer.middle.inner=value", "name1.name2", "name1.name2=", "name1.=name2", "name1.,name2", "name1={value1,value2}",
    "list[0]=foo", "list[0].foo=bar", "list[-30].hello=world", "list[3]=bar", "illegal[0]name.foo=bar", "noval[0]",
    "noval[0]=", "nested[0][0]=1", "nested[1][1]=1", "name1.name2[0].foo=bar", "name1.name2[1].foo=bar", "]={}].",
    "name=val,val", "name=val.val", "name=val=val", "name=val$val", "name=(value)", "name={value", "name=value}",
    "name=val\\val", "name=val\\\\val", "name={val,.?*v\\0a!l)some", "name=em%GT)tqUDqz,i-\\h+Mbqs-!:.m\\\\rE=mkbM#rR}@{-k@",
    "a\\.b=c", "a,b=c", f"{TOO_DEEP}=value", "name=multi\nline", "a[x]=1", "a[65537]=1", "=x", "",
]

STRINGS = [
    "long_int_string=1234567890", "boolean=true", "is_null=null", "zero=0", "a={1,true}", "a[0]=1", "a=1,b=2", "a",
    "a=,b=", "a.b=null", "a={1", "a[0].b=true",
]

FILES = {"one.txt": "first\nsecond\n", "two.txt": "a,b={c}\\", "empty.txt": "", "with,comma": "comma"}
FILE_SETS = [
    "a=one.txt", "a=one.txt,b=two.txt", "a.b=two.txt", "a[1]=one.txt", "a={one.txt,two.txt}", "a=empty.txt",
    "a=with\\,comma", "a=missing.txt", "a={one.txt,missing.txt}", "a[0]=missing.txt", "a", "a=",
]

SET_CASES = (
    [flag("set", [text]) for text in SETS]
    + [flag("set", [text], base=True) for text in OVER_BASE]
    + [flag("set-json", [text]) for text in JSON_SETS]
    + [flag("set-json", [text], base=True) for text in JSON_OVER_BASE]
    + [flag("set-literal", [text]) for text in LITERALS]
    + [flag("set-string", [text]) for text in STRINGS]
    + [flag("set-string", ["outer.inner1=1,outer.inner3=3"], base=True)]
    + [flag("set-file", [text], files=FILES) for text in FILE_SETS]
    + [
        flag("set", ["a=1,b=x", "b=2,c=3"]),
        flag("set", ["a.b=1", "a=null", "a.c=1"]),
        {"args": ["--set", "a=1,b=1,c=1,d=1,e=1", "--set-json", "a=2,b=2,c=2", "--set-string", "b=3,c=3,d=3,e=3",
                  "--set-file", "c=one.txt,d=one.txt", "--set-literal", "d=5", "-f", "v.yaml"],
         "files": {**FILES, "v.yaml": "a: 0\nz: 0\n"}},
        {"args": ["--set-literal", "a.b=x", "--set-json", '{"a":{"b":1,"c":1}}', "--set", "a.d=2"]},
        {"args": ["-f", "a.yaml", "-f", "b.yaml"],
         "files": {"a.yaml": "m: {x: 1, yy: {z: 1}}\nl: [1, 2]\ns: text\nnn: null\nk: {v: 1}\n",
                   "b.yaml": "m: {yy: {w: 2}}\nl: [3]\ns: {a: 1}\nnn: {b: 1}\nk: null\n"}},
        {"args": ["-f", "a.yaml", "-f", "b.yaml"], "files": {"a.yaml": "k: null\n", "b.yaml": "k: {v: 1}\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: 1\nm: {x: 1}\n---\nb: 2\nm: {yy: 2}\n--- # end\n\n---\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: 1\n--- b: 2\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "---\na: 1"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: 1\n...\nb: 2\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": ""}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "null\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "# nothing\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "text\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "[1, 2]\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "12\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "true\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: 1\nb: [1\nc: 2\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: 1\n---\nb: {\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: 1\n\tb: 2\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "i: 10000000\nf: 1.5\no: 0755\nb: 0b11\ny: yes\nt: 2024-01-01\nbig: 12345678901234567890\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "\ufeffa: 1\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: 1\r\n---\r\nb: 2\r\n"}},
        {"args": ["-f", "a.yaml"], "files": {"a.yaml": "a: |\n  x\n  ---\n  y\n"}},
    ]
)


def meta(name, *dependencies, version="0.1.0", more=""):
    text = f"apiVersion: v2\nname: {name}\nversion: {version}\n{more}"
    if dependencies:
        text += "dependencies:\n" + "".join(dependencies)
    return text


def dep(name, version="0.1.0", **more):
    text = f"- name: {name}\n  version: \"{version}\"\n  repository: \"\"\n"
    for key, value in more.items():
        text += f"  {key.replace('_', '-')}: {value}\n"
    return text


def shared(root_meta, deep_meta=None, root=""):
    """Four charts in one another, of which the second does not list the third."""
    return {
        **family(root, "", "deep: 1\n", root_meta), "charts/sub/charts/deep/Chart.yaml": deep_meta or meta("deep"),
        "charts/sub/charts/deep/charts/inner/Chart.yaml": meta("inner"),
        "charts/sub/charts/deep/charts/inner/values.yaml": "exports: {data: {x: 1}}\n",
    }


def case(chart, *args, **files):
    return {"chart": chart, "args": list(args), "files": {f"{k}.yaml": v for k, v in files.items()}}


def family(root="", sub="", subsub="", root_meta=None, sub_meta=None, **more):
    """A parent with a subchart `sub`, which has a subchart `deep`."""
    chart = {
        "Chart.yaml": root_meta or meta("root"), "values.yaml": root,
        "charts/sub/Chart.yaml": sub_meta or meta("sub"), "charts/sub/values.yaml": sub,
        "charts/sub/charts/deep/Chart.yaml": meta("deep"), "charts/sub/charts/deep/values.yaml": subsub,
    }
    chart.update(more)
    return chart


def pair(root="", sub="", root_meta=None, sub_meta=None):
    """A parent with one subchart `sub`."""
    return {
        "Chart.yaml": root_meta or meta("root"), "values.yaml": root,
        "charts/sub/Chart.yaml": sub_meta or meta("sub"), "charts/sub/values.yaml": sub,
    }


def siblings(root="", one="", two="", root_meta=None):
    return {
        "Chart.yaml": root_meta or meta("root", dep("one"), dep("two")), "values.yaml": root,
        "charts/one/Chart.yaml": meta("one"), "charts/one/values.yaml": one,
        "charts/two/Chart.yaml": meta("two"), "charts/two/values.yaml": two,
    }


LONELY = {"Chart.yaml": meta("root"), "values.yaml": "a: 1\nm: {x: 1, yy: {z: 2, nn: null}}\nl: [1, 2]\nnn: null\ns: text\n"}
TREE = family("r: 1\nsub: {s: from-root, deep: {d: from-root}}\nglobal: {g: root}\n", "s: sub\nt: sub\ndeep: {d: from-sub, e: from-sub}\n",
              "d: deep\ne: deep\nf: deep\n")
CONDITION = meta("root", dep("sub", condition="sub.enabled"))
TAGGED = meta("root", dep("one", tags="[front, all]"), dep("two", tags="[back, all]"))

CHART_CASES = [
    # One chart.
    case(LONELY), case(LONELY, "--set", "a=2,m.x=3,m.yy.new=4"), case(LONELY, "--set", "m=null"), case(LONELY, "--set", "m.yy.z=null"),
    case(LONELY, "--set", "m.yy.nn=null"), case(LONELY, "--set", "nn=null,unknown=null,m.unknown=null"), case(LONELY, "--set", "m=text"),
    case(LONELY, "--set", "a.b=1"), case(LONELY, "--set", "l={9}"), case(LONELY, "--set", "l[1]=9"), case(LONELY, "--set", "l=null"),
    case(LONELY, "--set", "m.yy=5"), case(LONELY, "--set", "m.x.deep=5"), case(LONELY, "--set-json", 'm={"yy":{"z":null,"q":[1]}}'),
    case(LONELY, "-f", "u.yaml", u="m: {yy: {z: ~, a: {b: ~}}}\ns: {k: v}\nnn: {k: v}\n"),
    case({"Chart.yaml": meta("root")}, "--set", "a.b=null"),
    case({"Chart.yaml": meta("root"), "values.yaml": "a: {b: null, c: {d: null}}\nx: null\n"}, "--set", "a.e=1"),
    case({"Chart.yaml": meta("root"), "values.yaml": "a: [\n"}), case({"Chart.yaml": meta("root"), "values.yaml": "text\n"}),
    case({"Chart.yaml": meta("root"), "values.yaml": "a: {x: 1}\n---\na: {yy: 2}\nb: 1\n"}),
    # Parent and subcharts.
    case(TREE), case(TREE, "--set", "sub.s=user,sub.deep.d=user,sub.deep.f=user"), case(TREE, "--set", "sub.t=null,sub.deep.f=null,sub.deep.e=null"),
    case(TREE, "--set", "sub.deep=null"), case(TREE, "--set", "sub=null"), case(TREE, "--set", "sub=text"), case(TREE, "--set", "sub=5"),
    case(TREE, "--set", "sub=true"), case(TREE, "--set", "sub={a,1}"), case(TREE, "--set", "sub.deep=text"), case(TREE, "-f", "u.yaml", u="sub: 1.5\n"),
    case(TREE, "-f", "u.yaml", u="sub: [a, 2, {b: null}]\n"), case(TREE, "--set", "sub.new.x=1,other.yy=2"),
    case(TREE, "--set", "s=at-root,deep.d=at-root"),
    case(pair("sub: {a: null, m: {x: null}}\n", "a: 1\nm: {x: 1, yy: 2}\nk: 3\n")),
    case(pair("sub: {a: null, m: {x: null}}\n", "a: 1\nm: {x: 1, yy: 2}\nk: 3\n"), "--set", "sub.k=null,sub.m.yy=null"),
    case(pair("sub: {m: null}\n", "m: {x: 1}\n")), case(pair("sub: {m: text}\n", "m: {x: 1}\n")), case(pair("sub: {m: {yy: 1}}\n", "m: text\n")),
    case(pair("sub: null\n", "m: text\n")), case(pair("sub: text\n", "m: text\n")), case(pair("", "a: null\nm: {nn: null}\n")),
    case(pair("sub: {a: 1}\n", "a: 2\nb: null\n"), "-f", "u.yaml", u="sub: {a: null, b: null, c: null}\n"),
    case(family("sub: {deep: {d: null}}\n", "deep: {e: null}\n", "d: 1\ne: 2\nf: 3\n")),
    case(family("sub: {deep: {d: null}}\n", "deep: {e: null}\n", "d: 1\ne: 2\nf: 3\n"), "--set", "sub.deep.f=null"),
    # Globals.
    case(family("global: {a: 1, m: {x: 1}}\n", "global: {a: 2, b: 2, m: {yy: 2}}\n", "global: {a: 3, c: 3, m: {z: 3}}\n")),
    case(family("global: {a: 1, m: {x: 1}}\n", "global: {a: 2, b: 2, m: {yy: 2}}\n", "global: {a: 3, c: 3, m: {z: 3}}\n"), "--set", "global.a=9,global.m.x=9"),
    case(family("global: {a: 1}\n", "global: {b: 2}\n", "global: {c: 3}\n"), "--set", "global.a=null"),
    case(family("global: {a: 1}\n", "global: {b: 2}\n", "global: {c: 3}\n"), "--set", "global.b=null,global.c=null"),
    case(family("", "global: {b: {x: 1}}\n", "global: {b: {yy: 1}}\n"), "--set", "global.b=null"),
    case(family("", "global: {b: {x: 1}}\n", "global: {b: {yy: 1}}\n"), "--set", "global.b=text"),
    case(family("global: {b: text}\n", "global: {b: {x: 1}}\n", "global: {b: {yy: 1}}\n")),
    case(family("global: text\n", "global: {b: 1}\n", "")), case(family("global: {b: 1}\n", "global: text\n", "")),
    case(family("sub: {global: {a: from-root}}\nglobal: {a: 1, b: 1}\n", "global: {c: 2}\n", "")),
    case(family("sub: {global: text}\nglobal: {a: 1}\n", "", "")), case(family("sub: {global: {m: text}}\nglobal: {m: {x: 1}}\n", "", "")),
    case(family("sub: {global: {m: {x: 2, yy: 2}}}\nglobal: {m: {x: 1}}\n", "", "")), case(family("global: null\n", "global: {a: 1}\n", "")),
    case(family("global: {l: [1]}\n", "global: {l: [2, 3]}\n", "global: {l: {m: 1}}\n")),
    case(siblings("global: {a: {b: {x: 1}}}\n", "global: {a: {b: {one: 1}, c: {one: 1}}}\n", "global: {a: {b: {two: 2}, c: {two: 2}}}\n")),
    case(siblings("global: {a: {b: {c: {x: 1}}}}\n", "global: {a: {b: {c: {one: 1}, d: 1}}}\n", "global: {a: {b: {c: {two: 2}}}}\n"), "--set", "global.a.b.c.x=null"),
    case(siblings("global: {a: {b: {x: 1}}}\none: {global: {a: {b: {w: 1}}}}\n", "", "global: {a: {b: null}}\n"), "--set", "two.global.a.b.v=3"),
    case(family("global: {a: {b: {x: 1}}}\n", "global: {a: {b: {yy: 1}}}\n", "global: {a: {b: {z: 1}}}\n")),
    # Conditions.
    case(pair("sub: {enabled: false}\n", "v: 1\n", CONDITION)), case(pair("sub: {enabled: true}\n", "v: 1\n", CONDITION)),
    case(pair("", "v: 1\n", CONDITION)), case(pair("", "enabled: false\n", CONDITION)), case(pair("", "enabled: false\n", CONDITION), "--set", "sub.enabled=true"),
    case(pair("sub: {enabled: true}\n", "", CONDITION), "--set", "sub.enabled=false"), case(pair("sub: {enabled: true}\n", "", CONDITION), "--set-string", "sub.enabled=false"),
    case(pair("sub: {enabled: true}\n", "", CONDITION), "--set", "sub.enabled=null"), case(pair("", "", CONDITION), "--set", "sub=null"),
    case(pair("sub: {enabled: {a: 1}}\n", "", CONDITION)), case(pair("a: {b: false}\nsub: {enabled: true}\n", "", meta("root", dep("sub", condition="'a.b,sub.enabled'")))),
    case(pair("sub: {enabled: false}\n", "", meta("root", dep("sub", condition="'a.b,sub.enabled'")))),
    case(pair("sub: {enabled: false}\n", "", meta("root", dep("sub", condition="'a.b, sub.enabled'")))),
    case(pair("a: {b: text}\nsub: {enabled: false}\n", "", meta("root", dep("sub", condition="'a.b,sub.enabled'")))),
    case(pair("enabled: false\n", "", meta("root", dep("sub", condition="enabled")))), case(pair("global: {on: false}\n", "", meta("root", dep("sub", condition="global.on")))),
    case(pair("sub: {enabled: false}\n", "", meta("root", dep("sub", version="", condition="sub.enabled")))),
    case(pair("sub: {enabled: false}\n", "", meta("root", dep("sub", version="^2", condition="sub.enabled")))),
    case(pair("sub: {enabled: false}\n", "", meta("root", dep("sub", version="0.x", condition="sub.enabled")))),
    case(pair("sub: {enabled: false}\n", "")), case(pair("", "", meta("root", dep("sub"), dep("gone")))),
    case(family("sub: {deep: {enabled: false}}\n", "", "v: 1\n", meta("root", dep("sub")), meta("sub", dep("deep", condition="deep.enabled")))),
    case(family("", "deep: {enabled: false}\n", "v: 1\n", meta("root", dep("sub")), meta("sub", dep("deep", condition="deep.enabled")))),
    case(family("", "deep: {enabled: false}\n", "v: 1\n", meta("root"), meta("sub", dep("deep", condition="deep.enabled")))),
    case(family("", "deep: {enabled: false}\n", "v: 1\n", meta("root", dep("sub")), meta("sub", dep("deep", condition="deep.enabled"))), "--set", "sub.deep.enabled=true"),
    case(family("deep: text\n", "", "v: 1\n", meta("root", dep("sub")), meta("sub", dep("deep")))),
    case(family("sub: {enabled: false}\n", "", "v: 1\n", CONDITION, meta("sub", dep("deep", condition="deep.enabled")))),
    # Tags.
    case(siblings("", "v: 1\n", "v: 2\n", TAGGED)), case(siblings("tags: {front: false}\n", "v: 1\n", "v: 2\n", TAGGED)),
    case(siblings("tags: {front: false, all: true}\n", "v: 1\n", "v: 2\n", TAGGED)), case(siblings("tags: {all: false}\n", "v: 1\n", "v: 2\n", TAGGED)),
    case(siblings("tags: {all: false}\n", "v: 1\n", "v: 2\n", TAGGED), "--set", "tags.back=true"), case(siblings("tags: {front: text}\n", "", "", TAGGED)),
    case(siblings("tags: text\n", "", "", TAGGED)), case(siblings("tags: {front: false}\none: {enabled: true}\n", "", "", meta("root", dep("one", tags="[front]", condition="one.enabled"), dep("two", tags="[front]")))),
    case(siblings("tags: {front: true}\none: {enabled: false}\n", "", "", meta("root", dep("one", tags="[front]", condition="one.enabled"), dep("two", tags="[front]")))),
    case(family("tags: {x: false}\n", "", "", meta("root", dep("sub")), meta("sub", dep("deep", tags="[x]")))),
    case(family("", "tags: {x: false}\n", "", meta("root", dep("sub")), meta("sub", dep("deep", tags="[x]")))),
    # Aliases.
    case(pair("other: {v: 2}\n", "v: 1\nw: 1\n", meta("root", dep("sub", alias="other")))),
    case(pair("one: {v: 1}\ntwo: {v: 2}\n", "v: 0\nw: 0\n", meta("root", dep("sub", alias="one"), dep("sub", alias="two")))),
    case(pair("one: {enabled: false}\n", "v: 0\n", meta("root", dep("sub", alias="one", condition="one.enabled"), dep("sub", alias="two", condition="two.enabled")))),
    case(pair("one: {v: 1}\nsub: {v: 5}\n", "v: 0\n", meta("root", dep("sub", alias="one"), dep("sub")))),
    case(pair("", "v: 0\n", meta("root", dep("sub", alias="bad.alias")))), case(pair("", "v: 0\n", meta("root", dep("sub"), dep("sub")))),
    case(pair("", "v: 0\n", meta("root", dep("sub", alias="x"), dep("other", alias="x")))),
    case(family("a: {deep: {v: 1}}\nb: {inner: {v: 2}}\n", "", "v: 0\n", meta("root", dep("sub", alias="a"), dep("sub", alias="b")), meta("sub", dep("deep", alias="inner")))),
    # A list without entries, below which subcharts are still decided on.
    case(family("", "deep: {enabled: false}\n", "v: 1\n", meta("root", more="dependencies: []\n"), meta("sub", dep("deep", condition="deep.enabled")))),
    case(family("sub: {other: {w: 2}}\n", "", "v: 1\n", meta("root", more="dependencies: []\n"), meta("sub", dep("deep", alias="other")))),
    case(family("sub: {other: {w: 2}}\n", "", "v: 1\n", meta("root", more="dependencies: null\n"), meta("sub", dep("deep", alias="other")))),
    # Charts that the copies of an aliased chart share.
    case(shared(meta("root", dep("sub", alias="one")))),
    case(shared(meta("root", dep("sub", alias="one"), dep("sub", alias="two")))),
    case(shared(meta("root", dep("sub", alias="one"), dep("sub", alias="two")), meta("deep", dep("inner")))),
    case(shared(meta("root", dep("sub", alias="one"), dep("sub", alias="two")), meta("deep", dep("inner", alias="within")))),
    case(shared(meta("root", dep("sub", alias="one"), dep("sub", alias="two")), meta("deep", dep("inner", import_values="[data]")))),
    case(shared(meta("root", dep("sub"), dep("sub", alias="two")), meta("deep", dep("inner", condition="inner.enabled")), "one: {deep: {inner: {enabled: false}}}\nsub: {deep: {inner: {enabled: false}}}\n")),
    case(shared(meta("root", dep("sub"), dep("sub", alias="two")), meta("deep", dep("inner", condition="inner.enabled")), "two: {deep: {inner: {enabled: false}}}\n")),
    # Import of values.
    case(pair("", "exports: {data: {x: 1, m: {yy: 2}}, other: {z: 3}}\n", meta("root", dep("sub", import_values="[data]")))),
    case(pair("x: 9\n", "exports: {data: {x: 1, m: {yy: 2}}}\n", meta("root", dep("sub", import_values="[data]")))),
    case(pair("m: {yy: 9, z: null}\n", "exports: {data: {x: 1, m: {yy: 2, z: 3}}}\n", meta("root", dep("sub", import_values="[data]")))),
    case(pair("", "a: {b: {c: 1}}\n", meta("root", dep("sub", import_values="[{child: a.b, parent: imported.here}]")))),
    case(pair("", "a: {b: {c: 1}}\n", meta("root", dep("sub", import_values="[{child: a, parent: .}]")))),
    case(pair("imported: {c: 9}\n", "a: {c: 1, d: 2}\n", meta("root", dep("sub", import_values="[{child: a, parent: imported}]")))),
    case(pair("imported: text\n", "a: {c: 1, d: 2}\n", meta("root", dep("sub", import_values="[{child: a, parent: imported}]")))),
    case(pair("", "a: text\n", meta("root", dep("sub", import_values="[{child: a, parent: b}, missing, {child: x.y, parent: c}, 5]")))),
    case(pair("sub: {a: {c: 5}}\n", "a: {c: 1, d: 2}\n", meta("root", dep("sub", import_values="[{child: a, parent: b}]")))),
    case(pair("", "a: {c: 1, d: 2}\n", meta("root", dep("sub", import_values="[{child: a, parent: b}]"))), "--set", "sub.a.c=5,b.d=7"),
    case(pair("", "a: {c: 1, d: null}\n", meta("root", dep("sub", import_values="[{child: a, parent: b}]")))),
    case(pair("b: {c: null}\n", "a: {c: 1, d: 2}\n", meta("root", dep("sub", import_values="[{child: a, parent: b}]")))),
    case(pair("b: null\n", "a: {c: 1, d: 2}\n", meta("root", dep("sub", import_values="[{child: a, parent: b}]")))),
    case(pair("", "a: {c: 1}\n", meta("root", dep("sub", alias="other", import_values="[{child: a, parent: b}]")))),
    case(pair("sub: {enabled: false}\n", "a: {c: 1}\n", meta("root", dep("sub", condition="sub.enabled", import_values="[{child: a, parent: b}]")))),
    case(siblings("", "exports: {data: {x: {one: 1}}}\n", "exports: {data: {x: {two: 2}}}\n", meta("root", dep("one", import_values="[data]"), dep("two", import_values="[data]")))),
    case(siblings("", "exports: {data: {x: {v: 1, nn: null}}}\n", "exports: {data: {x: {v: 2, nn: 2}}}\n", meta("root", dep("one", import_values="[data]"), dep("two", import_values="[data]")))),
    case(siblings("", "exports: {data: {x: {v: 1}}}\n", "exports: {data: {x: text}}\n", meta("root", dep("one", import_values="[data]"), dep("two", import_values="[data]")))),
    case(siblings("", "a: {b: {c: {d: 1}}}\n", "a: {b: {c: {e: 1}}}\n", meta("root", dep("one", import_values="[{child: a, parent: .}]"), dep("two", import_values="[{child: a.b, parent: b}]")))),
    case(family("", "", "exports: {data: {x: 1}}\n", meta("root", dep("sub", import_values="[data]")), meta("sub", dep("deep", import_values="[{child: exports, parent: exports}]")))),
    case(family("sub: {b: {c: 2}}\n", "", "a: {c: 1, d: 1}\n", meta("root", dep("sub", import_values="[{child: b, parent: top}]")), meta("sub", dep("deep", import_values="[{child: a, parent: b}]")))),
    case(family("global: {g: 1}\n", "", "a: {c: 1}\n", meta("root", dep("sub")), meta("sub", dep("deep", import_values="[{child: a, parent: global}]")))),
    # Version 1 charts and odd folders.
    case({"Chart.yaml": "apiVersion: v1\nname: root\nversion: 0.1.0\n", "requirements.yaml": "dependencies:\n" + dep("sub", condition="sub.enabled"),
          "values.yaml": "sub: {enabled: false}\n", "charts/sub/Chart.yaml": meta("sub")}),
    case({"Chart.yaml": "name: root\nversion: 0.1.0\n", "requirements.yaml": "dependencies:\n" + dep("sub", alias="other"), "charts/sub/Chart.yaml": meta("sub"), "charts/sub/values.yaml": "v: 1\n"}),
    case({"Chart.yaml": meta("root"), "requirements.yaml": "dependencies:\n" + dep("sub", alias="other"), "charts/sub/Chart.yaml": meta("sub"), "charts/sub/values.yaml": "v: 1\n"}),
    case({**pair("", "v: 1\n"), "charts/_off/Chart.yaml": meta("off"), "charts/.off/Chart.yaml": meta("off"), "charts/README.md": "text"}),
    case({**pair("", "v: 1\n"), "charts/folder/Chart.yaml": meta("named")}), case({**pair("", "v: 1\n"), "charts/broken/values.yaml": "a: 1\n"}),
    case({**pair("", "v: 1\n"), "charts/broken/Chart.yaml": "name: [\n"}), case({**pair("", "v: 1\n"), "charts/sub/values.yaml": "a: [\n"}),
    # Chart.yaml.
    case({"Chart.yaml": "apiVersion: v2\nversion: 0.1.0\n"}), case({"Chart.yaml": "apiVersion: v2\nname: root\n"}), case({"Chart.yaml": "name: root\nversion: 0.1.0\n"}),
    case({"Chart.yaml": "apiVersion: v2\nname: root\nversion: x.y\n"}), case({"Chart.yaml": "apiVersion: v2\nname: a/b\nversion: 0.1.0\n"}), case({"Chart.yaml": "apiVersion: v2\nname: ..\nversion: 0.1.0\n"}),
    case({"Chart.yaml": meta("root", more="type: other\n")}), case({"Chart.yaml": meta("root", more="type: library\n")}), case({"Chart.yaml": meta("root", more="maintainers: [null]\n")}),
    case({"Chart.yaml": meta("root", more="dependencies: [null]\n")}), case({"Chart.yaml": meta("root", more="kubeVersion: \">=99\"\n")}), case({"Chart.yaml": meta("root", more="kubeVersion: nonsense\n")}),
    case({"Chart.yaml": meta("root", more="kubeVersion: \">=1.20.0-0\"\n")}, "--kube-version", "1.25.3-gke.100"), case({"Chart.yaml": meta("root", more="kubeVersion: \">=1.26\"\n")}, "--kube-version", "v1.25.3-gke.100"),
    case({"Chart.yaml": "apiVersion: v3\nname: root\nversion: 1e6\n"}),
    case({"Chart.yaml": "apiVersion: v3\nname: root\nversion: 0.1.0\n"}), case({"Chart.yaml": "apiVersion: v9\nname: root\nversion: 0.1.0\n"}),
    case({"Chart.yaml": "apiVersion: v2\nname: root\nversion: 1.10\nappVersion: 1.10\n"}), case({"Chart.yaml": "apiVersion: v2\nname: [root]\nversion: 0.1.0\n"}),
    case({"Chart.yaml": "apiVersion: v2\nname: {a: b}\nversion: 0.1.0\n"}), case({"Chart.yaml": meta("root", more="keywords: text\n")}), case({"Chart.yaml": meta("root", more="deprecated: maybe\n")}),
    case({"Chart.yaml": meta("root", more="annotations: [a]\n")}), case({"Chart.yaml": meta("root", more="annotations: {a: [b]}\n")}), case({"Chart.yaml": meta("root", more="dependencies: [{name: [a]}]\n")}),
    case({"Chart.yaml": meta("root", more="maintainers: [{name: {a: b}}]\n")}), case({"Chart.yaml": meta("root", more="maintainers: [text]\n")}), case({"Chart.yaml": meta("root", more="dependencies: {a: b}\n")}),
    case({"Chart.yaml": "APIVERSION: v2\nName: root\nVersion: 0.1.0\n"}), case({"Chart.yaml": "text\n"}), case({"Chart.yaml": "[1]\n"}), case({"Chart.yaml": "name: [\n"}), case({"Chart.yaml": ""}),
    case({"Chart.yaml": meta("root", more="keywords: [1, true, 1.5, null]\nmaintainers: [{name: 5}]\nannotations: {a: 1, b: true, c: null}\nunknown: {x: 1}\n")}),
    case({"Chart.yaml": meta("root", more="dependencies: [{name: a, tags: text}]\n")}), case({"Chart.yaml": meta("root", more="dependencies: [{name: a, import-values: text}]\n")}),
    case({"Chart.yaml": meta("root"), "Chart.lock": "dependencies: [\n"}), case({"Chart.yaml": meta("root"), "Chart.lock": "generated: nonsense\n"}), case({"Chart.yaml": meta("root"), "Chart.lock": "digest: [a]\n"}),
] + [
    {"chart": {"Chart.yaml": text}, "args": [], "metadata": True}
    for text in [
        "apiVersion: v2\nname: root\nversion: 1.10\nappVersion: 1.10\n",
        "apiVersion: v2\nname: root\nversion: 1\nappVersion: 1234567890.5\n", "apiVersion: v2\nname: root\nversion: v1.2.3-rc.1+build\nappVersion: true\n",
        "APIVERSION: v2\nName: root\nVersion: 0.1.0\nappversion: x\n", "apiVersion: v2\nname: root\nversion: 0.1.0\nappVersion: a\nappversion: b\nAppVersion: c\n",
        meta("root", more="keywords: [1, true, 1.5, null]\nmaintainers: [{name: 5}]\nannotations: {a: 1, b: true, c: null}\nunknown: {x: 1}\n"),
        meta("root", more="description: \"two\\nlines\\tand \\u200b marks \\a\"\nhome: ~\nsources: null\nicon: 0x10\nkubeVersion: \" >=1.20 \"\ndeprecated: yes\n"),
        meta("root", more="type: application\ncondition: a.b\ntags: x,y\nmaintainers: [{name: A, email: a@b, url: u, other: z}]\nsources: [s1, s2]\n"),
    ]
]

IGNORED_FILES = ["a.txt", "b.txt", "a.yaml", ".hidden", "dir/a.txt", "dir/b.yaml", "dir/sub/a.txt", "other/dir/c.txt", "README.md"]

IGNORE_CASES = [
    {"rules": rules, "paths": IGNORED_FILES}
    for rules in [
        "", "*.txt", "a.*", "/a.txt", "dir", "dir/", "/dir", "/dir/", "dir/*.txt", "dir/*", "*/a.txt", "/*/a.txt", "dir/sub", "sub/",
        "# a.txt\n\n  a.txt  \n", "!a.txt", "!*.txt", "!a.txt\na.*", "a.*\n!a.txt", "!dir/", "*", "*.*", "[ab].txt", "[^a].txt",
        "!*a*", "!*a*\n*.txt", "?.txt", "a.txt/", "other/dir/", ".*", ".hidden", "\\a.txt", "\ufeffa.txt", "**", "dir/**", "[a", "[]", "\\", "!", "/", "!/", "README*\r\na.txt\r\n",
    ]
]
