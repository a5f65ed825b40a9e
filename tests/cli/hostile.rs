//! Input that wants to crash windlass, to keep it busy or to eat the memory: each a clear error, soon.
//!
//! The limits on time and memory are the system's, so a case that passes them ends the process.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Place;
use crate::sandbox::{Output, WINDLASS};

const DEEP: usize = 100_000;

/// Runs windlass with 30 seconds of CPU time, which only a debug build comes near, and 2 GiB of memory.
#[track_caller]
fn run(place: &Place, args: &[&str]) -> Output {
    let mut command = place.sandbox.command("sh");
    command
        .args(["-c", "ulimit -t 30; ulimit -v 2097152; exec \"$0\" \"$@\"", WINDLASS])
        .args(args);
    Output::of(command)
}

/// Checks that a command line fails as bad input, with `expected` among a few words.
#[track_caller]
fn refused(place: &Place, args: &[&str], expected: &str) {
    let output = run(place, args);
    let start: String = output.stderr.chars().take(2000).collect();
    assert_eq!(output.code, 3, "{expected}: {start}");
    assert!(output.stderr.contains(expected), "{expected}: {start}");
    assert!(output.stderr.len() < 30_000, "{} bytes: {start}", output.stderr.len());
}

#[track_caller]
fn refused_template(template: &str, expected: &str) {
    refused(&Place::with_chart("templates/x.yaml", template), &["template", "web"], expected);
}

/// Renders an expression and returns what comes out, or the error.
#[track_caller]
fn rendered(expression: &str) -> String {
    let place = Place::with_chart("templates/x.yaml", &format!("x: {{{{ {expression} }}}}\n"));
    let output = run(&place, &["template", "web", "-s", "templates/x.yaml"]);
    assert!(matches!(output.code, 0 | 3), "{expression}: {}", output.stderr);
    output.stdout + &output.stderr
}

fn nested(open: &str, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(DEEP), close.repeat(DEEP))
}

/// Ten levels of lists or maps that hold the one before nine times.
fn laughs(open: &str, close: &str, item: fn(usize, usize) -> String) -> String {
    let level = |level: usize| {
        let items: Vec<_> = (0..9).map(|at| item(at, level)).collect();
        format!("a{level}: &a{level} {open}{}{close}\n", items.join(","))
    };
    format!("a0: &a0 {open}x: lol{close}\n") + &(1..10).map(level).collect::<String>()
}

#[test]
fn a_billion_laughs_are_refused_wherever_yaml_is_read() {
    let lists = laughs("[", "]", |_, level| format!("*a{}", level - 1));
    let maps = laughs("{", "}", |at, level| format!("k{at}: *a{}", level - 1));
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
    for laughs in [lists, maps] {
        let expected = "document contains excessive aliasing";
        refused(&Place::with_chart("values.yaml", &laughs), &["template", "web"], expected);
        let files = [("Chart.yaml", chart), ("Chart.lock", "")];
        for (file, start) in files {
            let place = Place::with_chart(file, &format!("{start}{laughs}"));
            refused(&place, &["template", "web"], expected);
        }
        let place = Place::with_chart("templates/x.yaml", &laughs).with("more.yaml", &laughs);
        refused(&place, &["template", "web"], expected);
        refused(&place, &["template", "web", "-f", "more.yaml"], expected);
        let place = Place::with_chart("laughs.yaml", &laughs).with(
            "web/templates/x.yaml",
            "{{ fail (.Files.Get \"laughs.yaml\" | fromYaml | toJson) }}",
        );
        refused(&place, &["template", "web"], expected);
    }
    let itself = "a: &a [*a]\n";
    refused(&Place::with_chart("values.yaml", itself), &["template", "web"], "contains itself");
}

#[test]
fn a_hundred_thousand_brackets_are_too_deep_for_every_parser() {
    let yaml = [
        nested("[", "1", "]"),
        nested("{a: ", "1", "}"),
        nested("- ", "1", ""),
        nested("? ", "1", ""),
        nested("[", "", ""),
        nested("{\"a\":", "1", "}"),
        (0..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
    ];
    for text in yaml {
        let place = Place::with_chart("values.yaml", &text);
        refused(&place, &["template", "web"], "exceeded max depth of 500");
        let place = Place::with_chart("templates/x.yaml", &text.replace("{", "{ "));
        refused(&place, &["template", "web"], "exceeded max depth of 500");
    }
    let place = Place::with_chart("x.txt", "");
    for (flag, text, expected) in [
        ("--set", format!("a{}=1", "[0]".repeat(DEEP / 10)), "more than 100 levels"),
        ("--set", format!("a{}=1", ".a".repeat(DEEP / 10)), "value name nested level"),
        ("--set-string", format!("a={}", "{".repeat(DEEP / 10)), "list must terminate"),
        (
            "--set-json",
            format!("a={}{}", "[".repeat(DEEP / 2), "]".repeat(DEEP / 2)),
            "not a JSON value",
        ),
        ("--set-json", "{\"a\":".repeat(DEEP / 10), "no JSON object"),
    ] {
        refused(&place, &["template", "web", flag, &text], expected);
    }
    let schema = nested("{\"not\":", "1", "}");
    let place = Place::with_chart("values.schema.json", &schema);
    assert!(matches!(run(&place, &["template", "web"]).code, 0 | 3));
}

#[test]
fn templates_nest_only_so_deep() {
    refused_template(
        &format!("{{{{ {} }}}}", nested("(", "1", ")")),
        "max expression depth exceeded",
    );
    refused_template(&nested("{{if true}}", "", "{{end}}"), "max block depth exceeded");
    refused_template(&nested("{{if true}}", "", ""), "max block depth exceeded");
    refused_template(&nested("{{range .}}", "", "{{end}}"), "max block depth exceeded");
    let chain = format!("{{{{if false}}}}{}{{{{end}}}}", "{{else if false}}".repeat(DEEP));
    refused_template(&chain, "max block depth exceeded");
    refused_template(&nested("{{block \"a\" .}}", "", "{{end}}"), "max block depth exceeded");
    for (text, expected) in [
        (format!("{{{{ {} }}}}", nested("(", "1", ")")), "too complex"),
        (nested("{% if true %}", "", "{% endif %}"), "nesting is too deep"),
        (nested("{% for a in [1] %}", "", "{% endfor %}"), "nesting is too deep"),
        (format!("{{{{ a{} }}}}", ".a".repeat(DEEP)), "too complex"),
        (format!("{{{{ 1{} }}}}", "+1".repeat(DEEP)), "too complex"),
    ] {
        let place = Place::with_chart("templates/x.yaml.tera", &text);
        refused(&place, &["template", "web"], expected);
    }
    for (function, text) in [
        ("fromJson", nested("{\"a\":", "1", "}")),
        ("fromJsonArray", nested("[", "", "]")),
        ("fromYaml", nested("{a: ", "1", "}")),
        ("fromYamlArray", nested("- ", "1", "")),
        ("fromToml", format!("a = {}", nested("[", "", "]"))),
        ("fromToml", format!("a = {}", nested("{a = ", "1", "}"))),
        ("fromToml", format!("{}a = 1", "a.".repeat(DEEP))),
    ] {
        let place = Place::with_chart("deep.txt", &text).with(
            "web/templates/x.yaml",
            &format!("{{{{ fail (.Files.Get \"deep.txt\" | {function} | toJson | trunc 300) }}}}"),
        );
        let output = run(&place, &["template", "web"]);
        assert_eq!(output.code, 3, "{function}: {}", output.stderr);
        assert!(
            ["deep", "depth", "recursion"].iter().any(|word| output.stderr.contains(word)),
            "{function}: {}",
            output.stderr
        );
    }
    for pattern in [nested("(", "", ")"), nested("(?:", "", ")"), nested("[", "", "")] {
        let place = Place::with_chart("pattern.txt", &pattern).with(
            "web/templates/x.yaml",
            "{{ mustRegexMatch (.Files.Get \"pattern.txt\") \"a\" }}",
        );
        refused(&place, &["template", "web"], "error parsing regexp");
    }
}

#[test]
fn templates_that_never_end_are_stopped() {
    let depth = "exceeded maximum template depth";
    let nested = "nested reference name";
    for (template, expected) in [
        ("{{ include \"web/templates/x.yaml\" . }}", nested),
        ("{{ template \"web/templates/x.yaml\" . }}", depth),
        (
            "{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t \"Template\" .Template) }}",
            depth,
        ),
        ("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}", depth),
        (
            "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}\
             {{ include \"a\" . }}",
            nested,
        ),
        (
            "{{ define \"a\" }}{{ tpl \"{{ include \\\"a\\\" . }}\" . }}{{ end }}{{ include \"a\" . }}",
            nested,
        ),
        (
            "{{ define \"a\" }}{{ range $k, $v := . }}{{ template \"a\" $v }}{{ end }}{{ end }}\
             {{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ template \"a\" $d }}",
            depth,
        ),
    ] {
        refused_template(template, expected);
    }
    let place =
        Place::with_chart("templates/_a.tpl", "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}")
            .with("web/templates/b.tera", "{{ include(name=\"a\", context=__tera_context) }}");
    assert_eq!(run(&place, &["template", "web"]).code, 3);
    // Each level calls the one below ten times: without end for a human.
    let level = |level: usize| {
        let call = format!("{{{{ include \"{}\" . }}}}", level - 1);
        format!("{{{{ define \"{level}\" }}}}{}{{{{ end }}}}", call.repeat(10))
    };
    let fan: String = (1..40).map(level).collect();
    let fan = format!("{fan}{{{{ define \"0\" }}}}x{{{{ end }}}}{{{{ include \"39\" . }}}}");
    refused_template(&fan, "templates write and compute more than 512 MiB");
}

#[test]
fn no_loop_holds_or_computes_without_end() {
    let loops = [
        // Lists that are made, copied, read from texts; values that are walked; texts that are read.
        "{{ $l := list }}{{ range until 1000000 }}{{ $l = append $l . }}{{ end }}",
        "{{ $d := dict }}{{ range $i, $_ := until 1000 }}{{ $_ := set $d (print $i) (until 1000000) }}{{ end }}",
        "{{ $d := dict }}{{ $x := printf \"[%s1]\" (repeat 300000 \"1,\") }}\
         {{ range $i, $_ := until 1000 }}{{ $_ := set $d (print $i) (fromJsonArray $x) }}{{ end }}",
        "{{ $x := until 100000 }}{{ $z := until 100000 }}{{ range until 100000 }}{{ $y := deepEqual $x $z }}{{ end }}",
        "{{ $x := repeat 1000000 \"a\" }}{{ range until 100000 }}{{ $y := contains \"b\" $x }}{{ end }}",
        "{{ range $i, $_ := until 1000000 }}{{ $y := tpl (print $i (repeat 10000 \"{{ 1 }}\")) $ }}{{ end }}",
        "{{ $_ := set .Values \"t\" \"{{ $_ := set .Values \\\"t\\\" (print .Values.t .Values.t) }}\
         {{ tpl .Values.t . }}\" }}{{ tpl .Values.t . }}",
    ];
    for template in loops {
        let expected = "templates write and compute more than 512 MiB";
        refused_template(template, expected);
    }
    let nested = "{{ $l := list }}{{ range until 3000 }}{{ $l = append $l (list .) }}{{ end }}";
    let uniq = format!("{nested}{{{{ range until 100 }}}}{{{{ $x := uniq $l }}}}{{{{ end }}}}");
    refused_template(&uniq, "templates write and compute more than 512 MiB");
}

#[test]
fn no_call_makes_what_the_memory_cannot_hold() {
    for expression in [
        "repeat 1000000000 \"x\"",
        "repeat 9223372036854775807 \"xx\"",
        "repeat 30000 (repeat 30000 \"x\")",
        "indent 1000000000 \"x\"",
        "indent 100000 (repeat 100000 \"\\n\")",
        "until 1000000000",
        "untilStep 0 -1000000000 -1",
        "seq 1 1000000000",
        "randAlphaNum 1000000000",
        "randBytes 1000000000",
        "join (repeat 60000 \"y\") (until 60000)",
        "replace \"\" (repeat 60000 \"y\") (repeat 60000 \"x\")",
        "regexReplaceAll \"\" (repeat 60000 \"x\") (repeat 60000 \"y\")",
        "wrapWith 1 (repeat 60000 \"y\") (repeat 60000 \"x \")",
        "abbrevboth 9223372036854775807 9223372036854775807 \"abc\" | repeat 100000000",
        "splitList \"\" (repeat 2000000 \",\")",
        "shuffle (repeat 10000000 \"x\")",
    ] {
        let said = rendered(expression);
        assert!(
            ["result is longer than 64 MiB", "result has more than 1000000 items"]
                .iter()
                .any(|words| said.contains(words)),
            "{expression}: {}",
            said.chars().take(500).collect::<String>()
        );
    }
    assert!(rendered("printf \"%1000000000d\" 1").contains("%!(NOVERB)"));
    assert!(rendered("printf \"%.1000000000f\" 1.0").contains("%!(NOVERB)"));
    assert!(rendered("printf \"%.999999U\" 1 | len").contains("x: 1000001\n"));
    for verb in ["f", "e", "g", "x"] {
        let said = rendered(&format!("printf \"%.999999{verb}\" 1.5 | len"));
        assert!(said.contains(if verb == "g" { "x: 3\n" } else { "x: 1000" }), "{verb}: {said}");
    }
}

#[test]
fn values_that_hold_themselves_have_no_text() {
    let tie = "$d := dict }}{{ $_ := set $d \"d\" $d }}{{ ";
    for use_of in
        ["$d", "printf \"%#v\" $d", "mustToJson $d", "mustToYaml $d", "deepCopy $d", "quote $d"]
    {
        let said = rendered(&format!("{tie}{use_of}"));
        assert!(said.contains("nested deeper than 1000 levels"), "{use_of}: {said}");
    }
    let other = format!("{tie}$e := dict }}}}{{{{ $_ := set $e \"d\" $e }}}}{{{{ ");
    for use_of in ["deepEqual $d $e", "merge $d $e", "mergeOverwrite $d $e", "eq $d $e"] {
        assert!(rendered(&format!("{other}{use_of}")).contains("Error: "), "{use_of}");
    }
    let child = "$c := dict \"x\" 1 }}{{ $d := dict \"c\" $c }}{{ range until 100 }}{{ $_ := merge $c $d }}\
                 {{ $_ := mergeOverwrite $d $c }}{{ end }}{{ mustToJson $d";
    assert!(rendered(child).contains("nested deeper than 1000 levels"));
    let values = "$_ := set .Values \"root\" $ }}{{ mustToYaml .Values";
    assert!(rendered(values).contains("nested deeper than 1000 levels"));
    // Two to the power of 64 texts, of which each list has only two.
    let shared = "$l := list 1 }}{{ range until 64 }}{{ $l = list $l $l }}{{ end }}{{ ";
    for (use_of, expected) in [
        ("$l", "longer than"),
        ("mustToJson $l", "value has more than 1000000 parts"),
        ("deepCopy $l", "value has more than 1000000 parts"),
    ] {
        assert!(rendered(&format!("{shared}{use_of}")).contains(expected), "{use_of}");
    }
}

#[test]
fn patterns_and_versions_take_no_time() {
    let said = rendered("regexMatch \"^(a+)+$\" (print (repeat 100000 \"a\") \"b\")");
    assert!(said.contains("x: false"), "{said}");
    assert!(
        rendered("mustRegexMatch \"((((a{1000}){1000}){1000}){1000})\" \"a\"").contains("Error: ")
    );
    assert!(
        rendered("mustRegexMatch (repeat 1000 \"[\\\\pL\\\\pN]{1,100}\") \"a\"")
            .contains("too large")
    );
    assert!(rendered("semver (repeat 100000 \"1.\")").contains("too long"));
    assert!(rendered("semverCompare (repeat 100000 \">1 || \") \"1.2.3\"").contains("too long"));
    let most = "18446744073709551615";
    for operator in ["^", "~", "<=", ">", "="] {
        for version in [most.to_owned(), format!("{most}.{most}"), format!("{most}.{most}.{most}")]
        {
            let said = rendered(&format!("semverCompare \"{operator}{version}\" \"1.2.3\""));
            assert!(said.contains("x: "), "{operator}{version}: {said}");
        }
    }
    let name = "a".repeat(200);
    for pattern in
        ["{a,".repeat(1000), "*a".repeat(90) + "b", "{a,b,c,d}".repeat(40), "[".repeat(1000)]
    {
        let place =
            Place::with_chart("pattern.txt", &pattern).with(&format!("web/{name}"), "").with(
                "web/templates/x.yaml",
                "x: {{ .Files.Glob (.Files.Get \"pattern.txt\") | len }}",
            );
        run(&place, &["template", "web", "-s", "templates/x.yaml"]).success();
    }
    for rules in ["*a".repeat(100) + "b", "x*\n".repeat(10_000), "?".repeat(DEEP)] {
        let place = Place::with_chart(".helmignore", &rules).with(&format!("web/{name}"), "");
        run(&place, &["template", "web"]).success();
    }
    refused(
        &Place::with_chart(".helmignore", &"[".repeat(DEEP)),
        &["template", "web"],
        ".helmignore",
    );
}

#[test]
fn bytes_that_are_no_text_are_said_to_be_none() {
    let utf16: Vec<u8> = "a: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [&[0xff, 0xfe][..], &utf16].concat();
    for (bytes, what) in [
        (&b"a: \xff\xfe\xfd\n"[..], "UTF-8"),
        (&with_mark, "UTF-8"),
        (b"a: \0\n", "control characters"),
        (b"a: \xed\xa0\x80\n", "UTF-8"),
    ] {
        let place = Place::with_chart("x.txt", "");
        let work = place.sandbox.path();
        write(&work.join("bad.yaml"), bytes);
        refused(&place, &["template", "web", "-f", "bad.yaml"], what);
        write(&work.join("web/values.yaml"), bytes);
        refused(&place, &["template", "web"], what);
        write(&work.join("web/values.yaml"), b"");
        write(&work.join("web/Chart.yaml"), bytes);
        refused(&place, &["template", "web"], what);
    }
    let place = Place::with_chart("values.yaml", "\u{feff}color: green\n");
    assert!(run(&place, &["template", "web"]).success().stdout.contains("green"));
    let number = format!("n: {}\nf: 1e99999999999\n", "9".repeat(1_000_000));
    run(&Place::with_chart("values.yaml", &number), &["template", "web"]).success();
}

#[cfg(unix)]
#[test]
fn a_chart_folder_may_hold_anything() {
    use std::os::unix::fs::symlink;

    let chart = |change: &dyn Fn(&Path)| {
        let place = Place::with_chart("x.txt", "");
        change(&place.sandbox.path().join("web"));
        place
    };
    let template = &["template", "web"];
    let place = chart(&|web| symlink("..", web.join("templates/up")).expect("it can be made"));
    refused(&place, template, "the link leads to a folder above it");
    let place = chart(&|web| symlink("me", web.join("templates/me")).expect("it can be made"));
    refused(&place, template, "cannot read");
    for file in
        ["templates/x.yaml", "Chart.yaml", "values.yaml", ".helmignore", "values.schema.json"]
    {
        let place = chart(&|web| {
            let _ = std::fs::remove_file(web.join(file));
            symlink("/dev/zero", web.join(file)).expect("it can be made");
        });
        refused(&place, template, "cannot load irregular file");
        let place = chart(&|web| {
            let _ = std::fs::remove_file(web.join(file));
            let status = std::process::Command::new("mkfifo").arg(web.join(file)).status();
            assert!(status.is_ok_and(|status| status.success()));
        });
        refused(&place, template, "cannot load irregular file");
    }
    for file in ["Chart.yaml", "templates/config.yaml", ".helmignore"] {
        let place = chart(&|web| {
            let _ = std::fs::remove_file(web.join(file));
            std::fs::create_dir(web.join(file)).expect("it can be made");
        });
        assert!(matches!(run(&place, template).code, 0 | 3), "{file}");
    }
    for file in ["values.yaml", "big.bin", ".helmignore"] {
        let place = chart(&|web| {
            let file = std::fs::File::create(web.join(file)).expect("it can be made");
            file.set_len(10 << 30).expect("it has holes only");
        });
        refused(&place, template, "maximum decompressed size");
    }
    let place = chart(&|web| {
        for depth in (0..60).rev() {
            let below = web.join("charts/web/".repeat(depth));
            std::fs::create_dir_all(below.join("templates")).expect("it can be made");
            write(&below.join("Chart.yaml"), b"apiVersion: v2\nname: web\nversion: 1.0.0\n");
        }
    });
    refused(&place, template, "charts nest deeper than 30 levels");
    let place = Place::with_chart("x.txt", "");
    refused(&place, &["template", "/dev/zero"], "cannot load irregular file");
    refused(&place, &["template", "web", "-f", "/dev/zero"], "it has more than 104857600 bytes");
    refused(
        &place,
        &["template", "web", "--set-file", "a=/dev/zero"],
        "it has more than 104857600 bytes",
    );
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("the folder is ours");
}

/// The header of a file in an archive, whatever its size is.
fn header(name: &str, kind: u8, size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_gnu_mut().expect("it is new").name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// A file in an archive, with what fills its last block.
fn entry(name: &str, content: &[u8]) -> Vec<u8> {
    let mut entry = header(name, b'0', content.len() as u64);
    entry.extend_from_slice(content);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

fn metadata() -> Vec<u8> {
    entry("web/Chart.yaml", b"apiVersion: v2\nname: web\nversion: 1.0.0\n")
}

/// Packs `start` and as many zeros as are asked for.
fn packed(start: &[u8], zeros: u64) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(start).expect("a vector takes all");
    for _ in 0..zeros >> 20 {
        encoder.write_all(&[0; 1 << 20]).expect("a vector takes all");
    }
    encoder.finish().expect("a vector takes all")
}

#[track_caller]
fn refused_archive(archive: &[u8], expected: &str) {
    let place = Place::new();
    write(&place.sandbox.path().join("web.tgz"), archive);
    refused(&place, &["template", "web.tgz"], expected);
}

#[test]
fn an_archive_unpacks_to_so_much_and_no_more() {
    const MUCH: u64 = 256 << 20;
    let unpacks = "the archive unpacks to more than";
    refused_archive(
        &packed(&[metadata(), header("web/big", b'0', MUCH)].concat(), MUCH),
        "larger than the maximum",
    );
    refused_archive(
        &packed(&[metadata(), header("web/big", b'0', MUCH << 10)].concat(), 0),
        "larger than the maximum",
    );
    refused_archive(&packed(&header("name", b'L', MUCH), MUCH), unpacks);
    refused_archive(&packed(&header("name", b'x', MUCH), MUCH), unpacks);
    refused_archive(&packed(&header("name", b'g', MUCH), MUCH), unpacks);
    refused_archive(&packed(&header("web/", b'5', MUCH), MUCH), unpacks);
    let many = header("web/templates/a", b'0', 0).repeat(500_000);
    refused_archive(&packed(&[metadata(), many].concat(), 0), unpacks);
    let mut bomb = packed(&[metadata(), entry("web/zeros", &vec![0; 40 << 20])].concat(), 0);
    for _ in 0..4 {
        let copies = (0..8).map(|copy| entry(&format!("web/charts/c{copy}.tgz"), &bomb));
        bomb = packed(&[metadata(), copies.collect::<Vec<_>>().concat()].concat(), 0);
    }
    refused_archive(&bomb, "larger than the maximum");
    let mut chain = packed(&metadata(), 0);
    for _ in 0..40 {
        chain = packed(&[metadata(), entry("web/charts/c.tgz", &chain)].concat(), 0);
    }
    refused_archive(&chain, "charts nest deeper than 30 levels");
    let mut crowd = packed(&metadata(), 0);
    for _ in 0..6 {
        let copies = (0..10).map(|copy| entry(&format!("web/charts/c{copy}.tgz"), &crowd));
        crowd = packed(&[metadata(), copies.collect::<Vec<_>>().concat()].concat(), 0);
    }
    refused_archive(&crowd, "more than 1000 charts");
}

#[test]
fn an_archive_leads_nowhere_else() {
    let with = |name: &str| packed(&[metadata(), entry(name, b"x")].concat(), 0);
    refused_archive(&with("web//etc/passwd"), "absolute paths");
    refused_archive(&with("web/../../passwd"), "parent directory");
    refused_archive(&with("web\\..\\..\\passwd"), "parent directory");
    refused_archive(&with("web/C:/passwd"), "illegally named");
    refused_archive(&packed(&[], 0), "no files in chart archive");
    refused_archive(b"\x1f\x8b\x08 and so on", "cannot unpack it");
    let whole = with("web/x.txt");
    refused_archive(&whole[..whole.len() / 2], "cannot unpack it");
    // Links and devices are files without content, and nothing is read through them.
    for kind in [b'1', b'2', b'3', b'4', b'6'] {
        let mut link = tar::Header::new_gnu();
        link.set_path("web/templates/link.yaml").expect("it is short");
        link.set_link_name("/etc/passwd").expect("it is short");
        link.set_entry_type(tar::EntryType::new(kind));
        link.set_size(0);
        link.set_cksum();
        let place = Place::new();
        let archive = packed(&[metadata(), link.as_bytes().to_vec()].concat(), 0);
        write(&place.sandbox.path().join("web.tgz"), &archive);
        let output = run(&place, &["template", "web.tgz"]).success();
        assert!(!output.stdout.contains("root"), "{output}");
    }
}
