//! Folders and archives as charts, good and bad ones, and what a hostile one may not do.

use std::io::Write as _;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

const CHART_YAML: &str = "apiVersion: v2\nname: web\nversion: 1.2.3\n";

/// A tar entry; the name is written as it is, also where the `tar` crate would refuse it.
struct Entry {
    name: &'static str,
    kind: tar::EntryType,
    data: Vec<u8>,
}

fn entry(name: &'static str, data: impl Into<Vec<u8>>) -> Entry {
    Entry { name, kind: tar::EntryType::Regular, data: data.into() }
}

fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..entry.name.len()].copy_from_slice(entry.name.as_bytes());
        header.set_size(entry.data.len() as u64);
        header.set_mtime(1_700_000_000);
        header.set_mode(0o644);
        header.set_entry_type(entry.kind);
        header.set_cksum();
        builder.append(&header, &*entry.data).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// Writes an error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

fn archive_error(entries: &[Entry]) -> String {
    chain(&Chart::load_archive(&pack(entries)).unwrap_err())
}

fn names(files: &[File]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

#[test]
fn an_archive_becomes_a_chart() {
    let packed = pack(&[entry("sub/Chart.yaml", CHART_YAML.replace("web", "sub"))]);
    let chart = Chart::load_archive(&pack(&[
        entry("web/Chart.yaml", CHART_YAML),
        entry("web/values.yaml", "\u{feff}port: 80\n"),
        entry("web/values.schema.json", "{}"),
        entry("web/templates/b.yaml", "b"),
        entry("web/templates/a.yaml", "a"),
        entry("web/crds/x.yaml", "x"),
        entry("web/README.md", "text"),
        entry("web/charts/sub-1.2.3.tgz", packed),
        entry("web/charts/other/Chart.yaml", CHART_YAML.replace("web", "other")),
        entry("web/charts/other/crds/y.YML", "y"),
        entry("web/charts/_skipped/Chart.yaml", "["),
        entry("web/charts/sub-1.2.3.tgz.prov", "signature"),
    ]))
    .unwrap();
    assert_eq!(chart.full_path(), "web");
    assert_eq!(chart.metadata.version, "1.2.3");
    assert_eq!(names(&chart.templates), ["templates/b.yaml", "templates/a.yaml"]);
    assert_eq!(names(&chart.files), ["crds/x.yaml", "README.md", "charts/sub-1.2.3.tgz.prov"]);
    assert_eq!(chart.values["port"], Value::Float(80.0));
    assert_eq!(chart.schema.as_deref(), Some(&b"{}"[..]));
    assert_eq!(chart.modified.unwrap().as_second(), 1_700_000_000);
    assert_eq!(&*chart.raw_file("values.yaml").unwrap().data, b"port: 80\n");
    let subcharts: Vec<_> = chart.dependencies.iter().map(Chart::full_path).collect();
    assert_eq!(subcharts, ["web/charts/other", "web/charts/sub"]);
    assert!(chart.is_root() && !chart.dependencies[0].is_root());
    assert_eq!(names(&chart.crds()), ["web/crds/x.yaml", "web/charts/other/crds/y.YML"]);
}

#[test]
fn archives_that_lead_out_of_the_chart_are_refused() {
    let cases = [
        ("web/../../x", "chart illegally references parent directory"),
        ("web/..", "chart illegally references parent directory"),
        ("web//etc/passwd", "chart illegally contains absolute paths"),
        ("/etc/passwd", ""),
        (
            "Chart.yaml",
            "chart illegally contains content outside the base directory: \"Chart.yaml\"",
        ),
        ("web/./", ""),
        ("web/.", "chart illegally contains content outside the base directory"),
        ("web/c:/x", "chart contains illegally named files"),
        ("Chart.yaml/x", "chart yaml not in base directory"),
        ("web\\..\\..\\x", "chart illegally references parent directory"),
    ];
    for (name, expected) in cases {
        let result =
            Chart::load_archive(&pack(&[entry("web/Chart.yaml", CHART_YAML), entry(name, "x")]));
        match (result, expected) {
            (Ok(_), "") => {}
            (Err(error), expected) if !expected.is_empty() => {
                let error = chain(&error);
                assert!(error.contains(expected), "{name}: {error}");
            }
            (result, _) => panic!("{name}: {result:?}"),
        }
    }
}

#[test]
fn backslashes_of_windows_are_slashes() {
    let chart = Chart::load_archive(&pack(&[
        entry("web\\Chart.yaml", CHART_YAML),
        entry("web\\templates\\a.yaml", "a"),
    ]));
    assert_eq!(names(&chart.unwrap().templates), ["templates/a.yaml"]);
}

#[test]
fn links_in_archives_are_not_followed() {
    let link = Entry { name: "web/README.md", kind: tar::EntryType::Symlink, data: Vec::new() };
    let chart = Chart::load_archive(&pack(&[entry("web/Chart.yaml", CHART_YAML), link])).unwrap();
    assert_eq!(&*chart.files[0].data, b"");
}

#[test]
fn archives_that_unpack_to_too_much_are_refused_quickly() {
    let start = Instant::now();
    let zeros = vec![0; 60 * 1024 * 1024];
    let error = archive_error(&[entry("web/a", zeros.clone()), entry("web/b", zeros)]);
    assert_eq!(
        error,
        "unable to load chart archive: decompressed chart is larger than the maximum size 104857600"
    );
    // A header may promise any size, and many empty entries cost space too.
    let mut header = tar::Header::new_gnu();
    header.set_path("web/a").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(header.as_bytes()).unwrap();
    let error = chain(&Chart::load_archive(&packed.finish().unwrap()).unwrap_err());
    assert!(error.contains("larger than the maximum size"), "{error}");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_cksum();
    packed.write_all(header.as_bytes()).unwrap();
    let chunk = vec![b'a'; 1 << 20];
    for _ in 0..210 {
        packed.write_all(&chunk).unwrap();
    }
    let error = chain(&Chart::load_archive(&packed.finish().unwrap()).unwrap_err());
    assert!(error.contains("unpacks to more than"), "{error}");
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn charts_cannot_nest_without_end() {
    let mut packed = pack(&[entry("web/Chart.yaml", CHART_YAML)]);
    for _ in 0..40 {
        packed = pack(&[entry("web/Chart.yaml", CHART_YAML), entry("web/charts/web.tgz", packed)]);
    }
    let error = chain(&Chart::load_archive(&packed).unwrap_err());
    assert!(error.ends_with("charts nest deeper than 30 levels"), "{error}");
}

#[test]
fn folders_are_read_in_order_and_links_followed() {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("chart/Chart.yaml", CHART_YAML);
    write("chart/templates/z.yaml", "z");
    write("chart/templates/sub/a.yaml", "a");
    write("chart/templates/.hidden", "hidden");
    write("outside/file.txt", "linked");
    std::os::unix::fs::symlink("../outside", chart.join("linked")).unwrap();
    let loaded = Chart::load(&chart).unwrap();
    assert_eq!(names(&loaded.templates), ["templates/sub/a.yaml", "templates/z.yaml"]);
    assert_eq!(names(&loaded.files), ["linked/file.txt"]);
    std::os::unix::fs::symlink("..", chart.join("templates/loop")).unwrap();
    let error = Chart::load(&chart).unwrap_err().to_string();
    assert!(error.contains("templates/loop`: the link leads to a folder above it"), "{error}");
    std::fs::remove_file(chart.join("templates/loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", chart.join("broken")).unwrap();
    let error = Chart::load(&chart).unwrap_err().to_string();
    assert!(error.contains("chart/broken`"), "{error}");
}

#[test]
fn errors_name_the_path() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nope");
    let error = Chart::load(&missing).unwrap_err().to_string();
    assert!(error.starts_with(&format!("path \"{}\" not found: ", missing.display())), "{error}");
    let error = Chart::load(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("Chart.yaml: there is no Chart.yaml"), "{error}");
    let values = folder.path().join("values.yaml");
    std::fs::write(&values, "a: 1\n").unwrap();
    let error = Chart::load(&values).unwrap_err().to_string();
    assert!(error.ends_with("seems to be a YAML file, but expected a gzipped archive"), "{error}");
    let text = folder.path().join("text.tgz");
    std::fs::write(&text, "no archive").unwrap();
    let error = Chart::load(&text).unwrap_err().to_string();
    assert!(error.contains("does not appear to be a gzipped archive"), "{error}");
    std::fs::write(&text, b"\x1f\x8b\x08 broken").unwrap();
    let error = chain(&Chart::load(&text).unwrap_err());
    assert!(error.starts_with("unable to load chart archive: cannot unpack it: "), "{error}");
}

#[test]
fn the_json_form_is_that_of_release_records() {
    let chart = Chart::load_archive(&pack(&[
        entry(
            "web/Chart.yaml",
            format!("{CHART_YAML}dependencies:\n- {{name: db, version: ^1}}\n"),
        ),
        entry("web/templates/a.yaml", "a"),
        entry(
            "web/Chart.lock",
            "digest: sha256:0\ngenerated: \"2024-01-02T03:04:05Z\"\ndependencies: []\n",
        ),
    ]));
    let json = serde_json::json!({
        "metadata": {
            "name": "web", "version": "1.2.3", "apiVersion": "v2",
            "dependencies": [{"name": "db", "version": "^1", "repository": ""}],
        },
        "lock": {"generated": "2024-01-02T03:04:05Z", "digest": "sha256:0", "dependencies": []},
        "templates": [
            {"name": "templates/a.yaml", "data": "YQ==", "modtime": "2023-11-14T22:13:20Z"},
        ],
        "values": {}, "schema": null, "schemamodtime": "0001-01-01T00:00:00Z", "files": null,
        "modtime": "2023-11-14T22:13:20Z",
    });
    let chart = chart.unwrap();
    assert_eq!(serde_json::to_value(&chart).unwrap(), json);
    let read: Chart = serde_json::from_value(json).unwrap();
    assert_eq!(read, Chart { raw: Vec::new(), ..chart });
    let read: Chart = serde_json::from_value(serde_json::json!({
        "metadata": {"name": "web", "unknown": 1}, "lock": null, "templates": null,
        "values": null, "schema": null, "files": null,
    }))
    .unwrap();
    assert_eq!(read.name(), "web");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_archive_panics(
        mut packed in Just(pack(&[entry("web/Chart.yaml", CHART_YAML), entry("web/a", "text")])),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        for (at, byte) in changes {
            let at = at.index(packed.len());
            packed[at] = byte;
        }
        packed.truncate(cut.index(packed.len()) + 1);
        let _ = Chart::load_archive(&packed);
    }

    #[test]
    fn no_tar_panics(
        changes in prop::collection::vec((0_usize..1536, any::<u8>()), 0..12),
        names in prop::collection::vec(r"[a./\\:]{0,12}", 0..3),
    ) {
        let mut stream = Vec::new();
        for name in names.iter().map(String::as_str).chain(["web/Chart.yaml"]) {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(3);
            header.set_cksum();
            stream.extend_from_slice(header.as_bytes());
            stream.extend_from_slice(&[b'a'; 512]);
        }
        for (at, byte) in changes {
            if let Some(place) = stream.get_mut(at) {
                *place = byte;
            }
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&stream).unwrap();
        let _ = Chart::load_archive(&packed.finish().unwrap());
    }

    #[test]
    fn no_chart_file_panics(
        name in "Chart.yaml|values.yaml|Chart.lock|requirements.yaml",
        text in r#"([a-z:\-\[\]{}"' \n]|name: |dependencies:|- |null){0,40}"#,
    ) {
        let files = vec![File::new("Chart.yaml", CHART_YAML), File::new(name, text)];
        if let Ok(mut chart) = Chart::load_files(files) {
            let _ = chart.process_dependencies(&crate::yaml::Map::new());
            let _ = chart.coalesce(&crate::yaml::Map::new());
        }
    }
}
