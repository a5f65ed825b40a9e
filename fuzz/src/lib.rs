//! One function per parser that takes any bytes and panics if what holds for all input does not hold.
//!
//! The fuzz targets call these functions, and so does `tests/fuzz_seeds.rs`, which replays `seeds/`
//! with every `cargo test`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use windlass::chart::constraint::Constraint;
use windlass::chart::{Capabilities, Chart, File, version};
use windlass::engine::{self, Context, ReleaseInfo};
use windlass::values::set::{self, Syntax};
use windlass::yaml::{self, Map, Value};

/// Reads YAML in every way there is; what was read must survive being written and read again.
pub fn yaml(data: &[u8]) {
    let _ = windlass::values::parse_documents(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = yaml::parse_all(text);
    let _ = yaml::documents(text).count();
    let with_positions = yaml::parse_with_positions(text);
    let strict = yaml::parse_strict(text);
    let Ok(value) = yaml::parse(text) else { return };
    assert_eq!(with_positions.expect("positions change nothing").0, value);
    if let Ok(strict) = strict {
        assert_eq!(strict, value, "strictness changes no value");
    }
    if !survives(&value) {
        let _ = (yaml::emit(&value), yaml::emit_pretty(&value));
        return;
    }
    // Written, 1.0 is 1.
    let value = value.numbers_as_floats();
    for written in [yaml::emit(&value), yaml::emit_pretty(&value)] {
        let again = yaml::parse(&written).expect("what is written is YAML").numbers_as_floats();
        assert_eq!(again, value, "written as\n{written}");
    }
}

/// Says whether Helm's library, which we follow to the byte, writes the value in a way that reads the same.
fn survives(value: &Value) -> bool {
    match value {
        Value::String(text) => is_plain(text),
        Value::List(items) => items.iter().all(survives),
        Value::Map(map) => {
            map.iter().all(|(key, value)| key != "<<" && is_plain(key) && survives(value))
        }
        _ => true,
    }
}

/// It takes the break U+0085 for a letter, and a tab that starts a line for indentation.
fn is_plain(text: &str) -> bool {
    !(text.contains('\u{85}') || text.contains('\n') && text.contains('\t'))
}

/// Parses and executes a template as that of a chart.
pub fn gotemplate(data: &[u8]) {
    let names = |name: &&str| data.windows(name.len()).any(|part| part == name.as_bytes());
    if SLOW.iter().any(names) {
        return;
    }
    let files = vec![
        File::new("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.2.3\n"),
        File::new("values.yaml", VALUES),
        File::new("templates/_helpers.tpl", HELPERS),
        File::new("templates/x.yaml", data),
    ];
    let chart = Chart::load_files(files).expect("the chart is sound");
    let (values, _) = chart.coalesce(&Map::new()).expect("the values are sound");
    let release = ReleaseInfo {
        name: "rel".to_owned(),
        namespace: "ns".to_owned(),
        revision: 1,
        is_install: true,
        is_upgrade: false,
    };
    let capabilities = Capabilities::default();
    let context = Context {
        values: &values,
        release,
        capabilities: &capabilities,
        lookup: None,
        resolve: None,
    };
    if let Err(error) = engine::render(&chart, &context) {
        assert!(!error.to_string().is_empty());
    }
}

/// What starts the names of functions that are slow on purpose, or ask the network.
const SLOW: [&str; 7] = ["derive", "genC", "genP", "genS", "bcrypt", "htpasswd", "getHost"];

const VALUES: &str = r#"
l: [1, a, null, {a: 1}, [x]]
m: {a: {b: 1}, c: "2"}
s: "text {{ .Values.n }}"
n: null
i: 42
f: -1.5e300
t: true
"#;

const HELPERS: &str =
    "{{ define \"t\" }}{{ . }}{{ end }}{{ define \"u\" }}{{ include \"t\" . }}{{ end }}";

/// Reads the text in every flavor of `--set`, over nothing and over values that are there.
pub fn set(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = |_: &str| Ok(b"content".to_vec());
    for syntax in [Syntax::Typed, Syntax::Text, Syntax::File(&read), Syntax::Json, Syntax::Literal]
    {
        let mut values = Map::new();
        let result = set::apply(text, syntax, &mut values);
        let mut again = Map::new();
        assert_eq!(set::apply(text, syntax, &mut again).is_ok(), result.is_ok());
        assert_eq!(again, values);
        let _ = yaml::emit(&Value::Map(values));
        let list = Value::List(vec![Value::Null, Value::Map(Map::new())]);
        let mut values = Map::from([("a".to_owned(), list), ("b".to_owned(), Value::Int(1))]);
        let _ = set::apply(text, syntax, &mut values);
    }
}

/// Reads the first line as a version and the rest as a constraint.
pub fn semver(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (first, rest) = text.split_once('\n').unwrap_or((text, text));
    let constraint = Constraint::parse(rest);
    let Ok(found) = version::parse(first) else { return };
    let written = found.to_string();
    // 256 bytes are the most that a version has, also when it is written in full.
    match version::parse(&written) {
        Ok(again) => assert_eq!(again, found),
        Err(error) => assert_eq!(error, version::Error::TooLong),
    }
    if let Ok(exact) = Constraint::parse(&format!("={written}")) {
        assert!(exact.matches(&found), "={written}");
    }
    if let Ok(constraint) = constraint {
        let matches = constraint.matches(&found);
        assert_eq!(windlass::chart::constraint::is_compatible(rest, first), matches);
    }
}

/// Loads a chart from an archive: gzip as it is, anything else packed as a tar, with the checksums
/// that a fuzzer cannot guess.
pub fn archive(data: &[u8]) {
    let loaded = match data.starts_with(b"\x1f\x8b") {
        true => Chart::load_archive(data),
        false => Chart::load_archive(&gzip(&with_checksums(data))),
    };
    let mut chart = match loaded {
        Ok(chart) => chart,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for file in &chart.raw {
        assert!(!file.name.starts_with('/') && !file.name.split('/').any(|part| part == ".."));
    }
    if chart.process_dependencies(&Map::new()).is_ok() {
        let _ = chart.coalesce(&Map::new());
    }
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(data).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// The size of a header, and what contents are filled up to.
const BLOCK: usize = 512;

fn with_checksums(data: &[u8]) -> Vec<u8> {
    let mut tar = data.to_vec();
    let mut at = 0_usize;
    while let Some(header) = tar.get_mut(at..at.saturating_add(BLOCK)) {
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        // A block of zeros is the end, and has no checksum.
        let checksum = if sum == 8 * 32 { "\0".repeat(8) } else { format!("{sum:06o}\0 ") };
        header[148..156].copy_from_slice(checksum.as_bytes());
        let size = String::from_utf8_lossy(&header[124..135]).trim_matches(['\0', ' ']).to_owned();
        let size = usize::from_str_radix(&size, 8).unwrap_or(0);
        at = at.saturating_add(BLOCK).saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    tar
}
