//! Records that Helm wrote, read and written again.
//!
//! `tests/oracle/release/` holds the bodies as Helm 4 stored them: `seed` and `gone` are releases of
//! the data pipeline chart, the others of charts made for it; see the README there.

use std::io::Read;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use windlass::manifest::{HookEvent, HookPhase, Manifest};
use windlass::release::codec::{self, Error};
use windlass::release::{ApplyMethod, Release, Status};

fn recorded(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/release");
    std::fs::read_to_string(folder.join(format!("{name}.b64"))).expect("a record")
}

fn decoded(name: &str) -> Release {
    codec::decode(&recorded(name)).expect("a release")
}

/// Unpacks a body without the code under test.
fn json(body: &str) -> String {
    let bytes = STANDARD.decode(body).expect("base64");
    let mut json = String::new();
    GzDecoder::new(bytes.as_slice()).read_to_string(&mut json).expect("gzip");
    json
}

fn packed(json: &str) -> String {
    STANDARD.encode(json)
}

/// Compares texts that are too long to be shown whole.
fn check_same(name: &str, ours: &str, helms: &str) {
    let same = ours.bytes().zip(helms.bytes()).take_while(|(one, other)| one == other).count();
    let around =
        |text: &str| text.chars().skip(same.saturating_sub(60)).take(120).collect::<String>();
    assert!(ours == helms, "{name}, byte {same}:\n  {}\n  {}", around(ours), around(helms));
}

#[test]
fn records_of_helm_are_written_again_to_the_byte() {
    for name in [
        "seed.v1",
        "seed.v2",
        "seed.v3",
        "gone.v1",
        "hooked.v1",
        "hooked.v2",
        "packed.v1",
        "plain.v1",
    ] {
        let body = recorded(name);
        let again = codec::encode(&codec::decode(&body).unwrap()).unwrap();
        check_same(name, &json(&again), &json(&body));
    }
}

#[test]
fn chart_without_values_and_times_of_another_zone_are_read() {
    let bare = decoded("bare.v1");
    assert_eq!(bare.info.first_deployed.to_string(), "2026-11-23T21:33:36.853094651+05:30");
    assert!(bare.chart.values.is_empty() && bare.chart.templates.is_empty());
    let again = codec::decode(&codec::encode(&bare).unwrap()).unwrap();
    assert_eq!(again, bare);
}

#[test]
fn rollback_is_read_as_helm_recorded_it() {
    let release = decoded("seed.v3");
    assert_eq!(
        (release.name.as_str(), release.version, release.namespace.as_str()),
        ("seed", 3, "rel-a")
    );
    assert_eq!(release.info.status, Status::Deployed);
    assert_eq!(release.info.rollback_revision, 1);
    assert_eq!(release.info.description, "Rollback to 1");
    assert_eq!(release.apply_method, ApplyMethod::ServerSide);
    assert_eq!(release.chart.metadata.name, "data-pipeline");
    let objects = Manifest::parse(&release.manifest).unwrap().objects().unwrap();
    let names: Vec<_> = objects.iter().map(|object| object.reference.to_string()).collect();
    assert_eq!(
        names,
        [
            "Secret/seed-data-pipeline-secrets",
            "ConfigMap/seed-data-pipeline-config",
            "Service/seed-data-pipeline",
            "Deployment/seed-data-pipeline",
            "HorizontalPodAutoscaler/seed-data-pipeline",
        ]
    );
}

#[test]
fn uninstalled_client_side_release_is_read_as_helm_recorded_it() {
    let release = decoded("gone.v1");
    assert_eq!(release.info.status, Status::Uninstalled);
    assert_eq!(release.apply_method, ApplyMethod::ClientSide);
    assert!(!release.info.deleted.is_zero());
}

#[test]
fn hooks_are_read_as_helm_recorded_them() {
    let release = decoded("hooked.v2");
    let [before, check, after] = release.hooks.as_slice() else {
        panic!("{:?}", release.hooks);
    };
    assert_eq!(before.last_run.phase, HookPhase::Succeeded);
    assert_eq!(before.weight, -5);
    assert_eq!(check.events, [HookEvent::PostInstall]);
    assert_eq!(after.events, [HookEvent::Test]);
    assert!(after.last_run.started_at.is_zero());
}

#[test]
fn records_of_helm_3_are_read_and_written_as_those_of_helm_4() {
    let installed = decoded("helm3.v1");
    assert_eq!(installed.apply_method, ApplyMethod::Unstated);
    assert_eq!(installed.info.last_deployed.to_string(), "2026-11-23T12:42:33.555929474-03:30");
    // Helm 3 writes an empty text where Helm 4 leaves the time out.
    assert!(json(&recorded("helm3.v1")).contains(r#""deleted":"""#));
    assert!(installed.info.deleted.is_zero());

    let uninstalled = decoded("helm3.v3");
    assert_eq!(uninstalled.info.status, Status::Uninstalled);
    assert!(!uninstalled.info.deleted.is_zero());
    let never_ran = uninstalled.hooks.last().expect("a hook");
    assert!(never_ran.last_run.started_at.is_zero());

    let body = codec::encode(&installed).unwrap();
    let written = json(&body);
    for gone in ["deleted", "apply_method", r#""started_at":"""#] {
        assert!(!written.contains(gone), "{gone}: {written}");
    }
    assert_eq!(codec::decode(&body).unwrap(), installed);
}

#[test]
fn damaged_bodies_are_refused_by_the_layer_that_is_damaged() {
    let good = recorded("plain.v1");
    let bytes = STANDARD.decode(good.trim_end()).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 0x55;
    let check = |body: &str, expect: fn(&Error) -> bool| {
        let error = codec::decode(body).unwrap_err();
        assert!(expect(&error), "{error}");
    };
    check("***", |error| matches!(error, Error::Base64(_)));
    check(&STANDARD.encode(&bytes[..bytes.len() - 9]), |error| matches!(error, Error::Gzip(_)));
    check(&STANDARD.encode(flipped), |error| matches!(error, Error::Gzip(_)));
    check("", |error| matches!(error, Error::Json(_)));
    check(&packed("\"text\""), |error| matches!(error, Error::Json(_)));
    check(&packed("{\"name\":\"a\",\"version\":1} x"), |error| matches!(error, Error::Json(_)));
    check(&packed("{}"), |error| matches!(error, Error::Nameless));
    let brackets = "[".repeat(1_000_000);
    for path in [
        r#"{"config":{"a":"#,
        r#"{"chart":{"values":{"a":"#,
        r#"{"chart":{"metadata":{"dependencies":[{"import-values":"#,
        r#"{"unknown":"#,
    ] {
        check(&packed(&format!("{path}{brackets}")), |error| matches!(error, Error::Json(_)));
    }
}

#[test]
fn status_leaves_the_chart_out_and_shows_live_objects() {
    let live = [("v1/Service".to_owned(), vec!["web".into()])].into();
    let json = decoded("plain.v1").to_status_json(&live).unwrap();
    assert!(json.contains(r#""status":"deployed","resources":{"v1/Service":["web"]}}"#), "{json}");
    assert!(!json.contains("chart"), "{json}");
}

proptest::proptest! {
    #[test]
    fn changed_records_are_refused_or_read_whole(at in 0_usize..11_000, with in "[\\[\\]{}\",:a0-9\\-\\\\]{0,4}") {
        let mut text = json(&recorded("hooked.v2"));
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert_str(at, &with);
        if let Ok(release) = codec::decode(&packed(&text)) {
            let again = codec::decode(&codec::encode(&release).unwrap()).unwrap();
            assert_eq!(again, release);
        }
    }
}
