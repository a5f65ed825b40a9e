//! Replays the seeds of the fuzz targets, among them every input that has ever found something.

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is the library of the fuzz targets")]
mod targets;

use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = std::fs::read_dir(&folder).expect("every target has seeds");
    let mut count = 0;
    for file in files {
        let path = file.expect("the folder can be read").path();
        let bytes = std::fs::read(&path).expect("a seed can be read");
        let outcome = std::panic::catch_unwind(|| check(&bytes));
        assert!(outcome.is_ok(), "`{}` fails, see above", path.display());
        count += 1;
    }
    assert!(count > 0, "there is nothing in `{}`", folder.display());
}

#[test]
fn yaml() {
    replay("yaml", targets::yaml);
}

#[test]
fn go_templates() {
    replay("gotemplate", targets::gotemplate);
}

#[test]
fn set() {
    replay("set", targets::set);
}

#[test]
fn semver() {
    replay("semver", targets::semver);
}

#[test]
fn archives() {
    replay("archive", targets::archive);
}
