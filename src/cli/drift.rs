//! `drift`: what was changed in the cluster since releases were deployed, by whom and when.

use std::io::Write;

use serde::Serialize;
use windlass::action::{self, Drift, DriftOfOne, Drifted, DriftedField, Event};
use windlass::cluster::{FieldChange, Json, SetBy};

use super::color::Paint;
use super::error::Error;
use super::globals::Settings;
use super::output::{self, OutputFlag};
use super::plan_text::{of_field, printable};
use super::progress::Progress;
use super::{report, session};

/// Show what was changed in the cluster since a release was deployed, by whom and when
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass drift web")]
pub(super) struct Args {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// Look at every release of the namespace
    #[arg(long)]
    all: bool,
    /// Look at every release of all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    #[command(flatten)]
    output: OutputFlag,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let is_of_all = args.all || args.all_namespaces;
    let found = match &args.name {
        Some(_) if is_of_all => {
            return Err(Error::usage(
                "name a release, or give --all or --all-namespaces, not both",
            ));
        }
        Some(name) => {
            let ctx = session::open(settings, &told).await?;
            let drift = action::drift(&ctx, name).await?;
            let (name, namespace) = (drift.name.clone(), drift.namespace.clone());
            vec![DriftOfOne { name, namespace, drift: Ok(drift) }]
        }
        None if is_of_all => {
            let ctx = session::open(settings, &told).await?;
            action::drift_of_all(&ctx, args.all_namespaces).await?
        }
        None => return Err(Error::usage("name a release, or give --all for every release")),
    };
    let text = || Ok(found.iter().map(|one| text(one, settings.paint)).collect());
    let json = || output::json(&found.iter().map(Answer::from).collect::<Vec<_>>());
    args.output.output.write(out, json, text)?;
    outcome(&found)
}

/// Lets the exit code say what was found; that nothing is known of a release counts more than drift.
fn outcome(found: &[DriftOfOne]) -> Result<(), Error> {
    match found.iter().filter(|one| one.drift.is_err()).count() {
        0 => {}
        count => return Err(Error::NotCompared { count }),
    }
    let drifts = found.iter().filter_map(|one| one.drift.as_ref().ok());
    match drifts.into_iter().any(|drift| !drift.objects.is_empty()) {
        true => Err(Error::Changes),
        false => Ok(()),
    }
}

/// A release for scripts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    name: &'a str,
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Whether there is drift; not there if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    drifted: Option<bool>,
    /// How many objects were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<usize>,
    objects: Vec<ObjectAnswer<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    remarks: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectAnswer<'a> {
    api_version: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    name: &'a str,
    state: &'static str,
    fields: Vec<FieldAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_by_hand: Option<ByAnswer<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    remarks: &'a [String],
}

#[derive(Debug, Serialize)]
struct FieldAnswer<'a> {
    path: &'a str,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<&'a Json>,
    #[serde(flatten)]
    by: Option<ByAnswer<'a>>,
}

#[derive(Debug, Serialize)]
struct ByAnswer<'a> {
    manager: &'a str,
    time: &'a str,
}

impl<'a> From<&'a DriftOfOne> for Answer<'a> {
    fn from(one: &'a DriftOfOne) -> Self {
        let drift = one.drift.as_ref().ok();
        Self {
            name: &one.name,
            namespace: &one.namespace,
            revision: drift.map(|drift| drift.revision),
            status: drift.map(|drift| drift.status.as_str()),
            drifted: drift.map(|drift| !drift.objects.is_empty()),
            checked: drift.map(|drift| drift.checked),
            objects: drift
                .map(|drift| drift.objects.iter().map(ObjectAnswer::from).collect())
                .unwrap_or_default(),
            remarks: drift.map(|drift| drift.remarks.as_slice()).unwrap_or_default(),
            error: one.drift.as_ref().err().map(|error| report::line(error)),
        }
    }
}

impl<'a> From<&'a Drifted> for ObjectAnswer<'a> {
    fn from(drifted: &'a Drifted) -> Self {
        let object = &drifted.object;
        Self {
            api_version: &object.api_version,
            kind: &object.kind,
            namespace: object.namespace.as_deref(),
            name: &object.name,
            state: if drifted.is_missing { "missing" } else { "changed" },
            fields: drifted.fields.iter().map(FieldAnswer::from).collect(),
            last_by_hand: drifted.last_by_hand.as_ref().map(ByAnswer::from),
            remarks: &drifted.remarks,
        }
    }
}

impl<'a> From<&'a DriftedField> for FieldAnswer<'a> {
    fn from(field: &'a DriftedField) -> Self {
        let change = match (&field.stored, &field.live) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let (stored, live) = (field.stored.as_ref(), field.live.as_ref());
        Self { path: &field.path, change, stored, live, by: field.by.as_ref().map(ByAnswer::from) }
    }
}

impl<'a> From<&'a SetBy> for ByAnswer<'a> {
    fn from(by: &'a SetBy) -> Self {
        Self { manager: &by.manager, time: &by.time }
    }
}

/// Writes a line for a release, and below it what differs.
fn text(one: &DriftOfOne, paint: Paint) -> String {
    let release = format!("{} in {}", one.name, one.namespace);
    let drift = match &one.drift {
        Ok(drift) => drift,
        Err(error) => {
            let line = format!("{release}: not known: {}", report::line(error));
            return printable(&paint.removed(&line)) + "\n";
        }
    };
    let objects =
        if drift.checked == 1 { "1 object" } else { &format!("{} objects", drift.checked) };
    let found = match drift.objects.len() {
        0 => format!("no drift in {objects}"),
        1 => format!("1 of {objects} drifted"),
        many => format!("{many} of {objects} drifted"),
    };
    let mut text = format!("{release}, revision {}: {found}\n", drift.revision);
    for remark in &drift.remarks {
        text.push_str(&format!("  ({})\n", printable(remark)));
    }
    for drifted in &drift.objects {
        text.push_str(&format!("  {}\n", head(drifted, drift, paint)));
        for line in below(drifted, paint) {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text
}

fn head(drifted: &Drifted, drift: &Drift, paint: Paint) -> String {
    let namespace = drifted.object.namespace.as_ref().filter(|it| **it != drift.namespace);
    let elsewhere = namespace.map(|namespace| format!(" in {namespace}")).unwrap_or_default();
    let name = format!("{}{elsewhere}", drifted.object);
    match drifted.is_missing {
        true => paint.removed(&format!("- {name} is gone")),
        false => paint.changed(&format!("~ {name}")),
    }
}

fn below(drifted: &Drifted, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for field in &drifted.fields {
        let change = FieldChange {
            path: field.path.clone(),
            old: field.stored.clone(),
            new: field.live.clone(),
        };
        let mut of_field = of_field(&change, paint);
        if let Some(first) = of_field.first_mut() {
            first.push_str(&printable(&who(field, drifted)));
        }
        lines.extend(of_field);
    }
    lines.extend(drifted.remarks.iter().map(|remark| printable(&format!("({remark})"))));
    lines
}

/// Says who changed a field, or who may have.
fn who(field: &DriftedField, drifted: &Drifted) -> String {
    let by = |by: &SetBy| format!("{}, {}", by.manager, by.time);
    match (&field.by, &drifted.last_by_hand) {
        (Some(setter), _) => format!("  ({})", by(setter)),
        (None, Some(last)) => format!("  (by whom is not noted; last by hand: {})", by(last)),
        (None, None) => "  (by whom is not noted)".to_owned(),
    }
}
