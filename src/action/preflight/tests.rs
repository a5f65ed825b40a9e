//! Amounts, and budgets that block.

use serde_json::json;

use super::budgets::blocking;
use super::quantity::{thousandths, written};
use super::*;

#[test]
fn amounts_are_read_as_kubernetes_reads_them() {
    for (text, expect) in [
        ("100m", Some(100)),
        ("2", Some(2000)),
        ("0.5", Some(500)),
        ("1.5Gi", Some(1_610_612_736_000)),
        ("1k", Some(1_000_000)),
        ("2e3", Some(2_000_000)),
        ("0.0001", Some(1)),
        ("-1", Some(-1000)),
        ("1E", Some(1_000_000_000_000_000_000_000)),
        ("", None),
        ("x", None),
        ("1.2.3", None),
        ("1e99", None),
    ] {
        assert_eq!(thousandths(&json!(text)), expect, "{text}");
    }
    assert_eq!(thousandths(&json!(2)), Some(2000));
    let read = |text: &str, bytes| written(thousandths(&json!(text)).unwrap(), bytes);
    assert_eq!(read("1500m", false), "1500m");
    assert_eq!(read("3", false), "3");
    assert_eq!(read("1536Mi", true), "1.5Gi");
    assert_eq!(read("64Mi", true), "64Mi");
}

#[test]
fn a_budget_blocks_when_no_pod_may_be_missing() {
    let object = |kind: &str| ObjectRef {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: Some("shop".to_owned()),
        name: "web".to_owned(),
    };
    let found = |budget: Json, replicas: i64| {
        let mut budget = json!({ "spec": budget });
        budget["spec"]["selector"] = json!({"matchLabels": {"app": "web"}});
        let workload = json!({"spec": {
            "replicas": replicas,
            "template": {"metadata": {"labels": {"app": "web", "tier": "front"}}},
        }});
        let (first, second) = (object("PodDisruptionBudget"), object("Deployment"));
        let wanted = |object, desired| Wanted {
            object,
            desired: Cow::Owned(desired),
            live: None,
            changes: true,
            is_hook: false,
        };
        blocking(&[wanted(&first, budget), wanted(&second, workload)]).len()
    };
    assert_eq!(found(json!({"minAvailable": 2}), 2), 1);
    assert_eq!(found(json!({"minAvailable": 1}), 2), 0);
    assert_eq!(found(json!({"minAvailable": "100%"}), 3), 1);
    assert_eq!(found(json!({"minAvailable": "50%"}), 1), 1);
    assert_eq!(found(json!({"maxUnavailable": 0}), 3), 1);
    assert_eq!(found(json!({"maxUnavailable": "10%"}), 3), 0);
    assert_eq!(found(json!({"maxUnavailable": 0}), 0), 0);
}
