//! `why`: why a revision failed, and what keeps its objects from being ready now.

use std::io::Write;

use serde::Serialize;
use windlass::action::{self, Diagnosis, Event, Now, Why};
use windlass::cluster::Readiness;
use windlass::manifest::{ObjectRef, Time};

use super::error::Error;
use super::globals::Settings;
use super::go_time::{self, ANSIC};
use super::output::{self, OutputFlag};
use super::progress::Progress;
use super::session;
use super::verdict_text::{block, go_back};

/// Say why a release failed, and what keeps its objects from being ready now
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: windlass why web")]
pub(super) struct Args {
    /// Name of the release
    #[arg(value_name = "RELEASE")]
    name: String,
    /// Revision to explain; without it, or 0, the newest
    #[arg(long, value_name = "NUMBER")]
    revision: Option<i64>,
    #[command(flatten)]
    output: OutputFlag,
}

/// Runs the command.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut dyn Write) -> Result<(), Error> {
    let progress = Progress::new(settings.log);
    let told = |event: Event<'_>| progress.tell(&event);
    let ctx = session::open(settings, &told).await?;
    let why = action::why(&ctx, &args.name, args.revision).await?;
    args.output.output.write(out, || output::json(&Answer::from(&why)), || Ok(text(&why)))
}

/// The answer for scripts.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    name: &'a str,
    namespace: &'a str,
    revision: i64,
    status: &'static str,
    #[serde(skip_serializing_if = "Time::is_zero")]
    updated: Time,
    description: &'a str,
    verdicts: &'a [Diagnosis],
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<NowAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<i64>,
}

#[derive(Debug, Serialize)]
struct NowAnswer<'a> {
    objects: Vec<ObjectAnswer<'a>>,
    verdicts: &'a [Diagnosis],
}

#[derive(Debug, Serialize)]
struct ObjectAnswer<'a> {
    kind: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
}

impl<'a> From<&'a Why> for Answer<'a> {
    fn from(why: &'a Why) -> Self {
        let Why { release, then, now, before } = why;
        Self {
            name: &release.name,
            namespace: &release.namespace,
            revision: release.version,
            status: release.info.status.as_str(),
            updated: release.info.last_deployed,
            description: &release.info.description,
            verdicts: then,
            now: now.as_ref().map(|now| NowAnswer {
                objects: now.objects.iter().map(ObjectAnswer::from).collect(),
                verdicts: &now.diagnoses,
            }),
            before: *before,
        }
    }
}

impl<'a> From<&'a (ObjectRef, Readiness)> for ObjectAnswer<'a> {
    fn from((object, readiness): &'a (ObjectRef, Readiness)) -> Self {
        let (state, message) = state(readiness);
        let namespace = object.namespace.as_deref();
        Self { kind: &object.kind, name: &object.name, namespace, state, message }
    }
}

fn state(readiness: &Readiness) -> (&'static str, &str) {
    match readiness {
        Readiness::Ready => ("ready", ""),
        Readiness::InProgress(why) => ("not ready", why),
        Readiness::Failed(why) => ("failed", why),
    }
}

/// Returns the answer for people.
fn text(why: &Why) -> String {
    let Why { release, then, now, before } = why;
    let (info, name) = (&release.info, &release.name);
    let mut lines = vec![format!("{name} revision {}: {}", release.version, info.status)];
    if !info.last_deployed.is_zero() {
        lines.push(format!("deployed: {}", go_time::format(&info.last_deployed, ANSIC)));
    }
    lines.push(format!("description: {}", info.description));
    for diagnosis in then {
        lines.push(String::new());
        lines.extend(block(diagnosis));
    }
    lines.extend(now.iter().flat_map(|now| live(now, then)));
    let is_well = now.as_ref().is_some_and(|now| now.diagnoses.is_empty()) && then.is_empty();
    if before.is_some() && !is_well {
        lines.extend([String::new(), go_back(name, &release.namespace)]);
    }
    lines.join("\n") + "\n"
}

/// Says how the objects are now; what is as it was then is said in one line.
fn live(now: &Now, then: &[Diagnosis]) -> Vec<String> {
    let ready = now.objects.iter().filter(|(_, readiness)| *readiness == Readiness::Ready).count();
    let mut lines =
        vec![String::new(), format!("now: {ready} of {} objects are ready", now.objects.len())];
    for (object, readiness) in &now.objects {
        if let (state @ ("not ready" | "failed"), message) = state(readiness) {
            let object = format!("{}/{}", object.kind.to_lowercase(), object.name);
            lines.push(format!("  {object}: {state}: {message}"));
        }
    }
    for diagnosis in &now.diagnoses {
        let verdict = &diagnosis.verdict;
        let is_same = |other: &&Diagnosis| {
            let other = &other.verdict;
            (other.code, &other.object, &other.pod, &other.container)
                == (verdict.code, &verdict.object, &verdict.pod, &verdict.container)
        };
        if then.iter().any(|other| is_same(&other)) {
            lines.push(format!("  still {}", verdict.line()));
        } else {
            lines.push(String::new());
            lines.extend(block(diagnosis));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use windlass::cluster::{Code, LogOf, Verdict};
    use windlass::release::{Release, Status};

    use super::*;

    fn diagnosis(code: Code) -> Diagnosis {
        let verdict = Verdict {
            code,
            object: "deployment/web".to_owned(),
            namespace: "shop".to_owned(),
            pod: Some("web-1".to_owned()),
            container: Some("app".to_owned()),
            reason: "example.test/web:2: not found".to_owned(),
            since: None,
            evidence: vec!["waits: ErrImagePull: not found".to_owned()],
            log: LogOf::None,
        };
        Diagnosis { verdict, log: Vec::new(), changes: Vec::new() }
    }

    fn why(then: Vec<Diagnosis>, diagnoses: Vec<Diagnosis>) -> Why {
        let mut release = Release::new("web", "shop", 2);
        release.info.status = Status::Failed;
        release.info.description = "Upgrade \"web\" failed: image-not-found: …".to_owned();
        let object = ObjectRef {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            name: "web".to_owned(),
            namespace: Some("shop".to_owned()),
        };
        let objects = vec![(object, Readiness::InProgress("updated: 1/2".to_owned()))];
        Why { release, then, now: Some(Now { objects, diagnoses }), before: Some(1) }
    }

    #[test]
    fn what_is_as_it_was_is_said_once() {
        let same = why(vec![diagnosis(Code::ImageNotFound)], vec![diagnosis(Code::ImageNotFound)]);
        assert_snapshot!(text(&same), @r#"
        web revision 2: failed
        description: Upgrade "web" failed: image-not-found: …

        verdict: image-not-found
        object: deployment/web, pod web-1, container app
        reason: example.test/web:2: not found
        evidence: waits: ErrImagePull: not found
        next: kubectl describe pod/web-1 -n shop

        now: 0 of 1 objects are ready
          deployment/web: not ready: updated: 1/2
          still image-not-found: deployment/web: container app: example.test/web:2: not found

        next: windlass rollback web -n shop
        "#);
    }

    #[test]
    fn another_cause_than_then_has_a_block_of_its_own() {
        let other = why(Vec::new(), vec![diagnosis(Code::ImageNotPermitted)]);
        assert_snapshot!(text(&other), @r#"
        web revision 2: failed
        description: Upgrade "web" failed: image-not-found: …

        now: 0 of 1 objects are ready
          deployment/web: not ready: updated: 1/2

        verdict: image-not-permitted
        object: deployment/web, pod web-1, container app
        reason: example.test/web:2: not found
        evidence: waits: ErrImagePull: not found
        next: kubectl describe pod/web-1 -n shop

        next: windlass rollback web -n shop
        "#);
    }

    #[test]
    fn scripts_get_the_same_as_json() {
        let same = why(vec![diagnosis(Code::ImageNotFound)], Vec::new());
        assert_snapshot!(output::json(&Answer::from(&same)).unwrap(), @r#"{"name":"web","namespace":"shop","revision":2,"status":"failed","description":"Upgrade \"web\" failed: image-not-found: …","verdicts":[{"code":"image-not-found","object":"deployment/web","namespace":"shop","pod":"web-1","container":"app","reason":"example.test/web:2: not found","evidence":["waits: ErrImagePull: not found"]}],"now":{"objects":[{"kind":"Deployment","name":"web","namespace":"shop","state":"not ready","message":"updated: 1/2"}],"verdicts":[]},"before":1}"#);
    }
}
