//! The block that says why an object is not ready: what, since when, by what evidence, its log, the
//! change that is likeliest to blame, and what to do next.

use windlass::action::Diagnosis;
use windlass::cluster::{Code, LogOf, Verdict};
use windlass::manifest::Time;

/// Returns the lines of a block.
pub(super) fn block(diagnosis: &Diagnosis) -> Vec<String> {
    let verdict = &diagnosis.verdict;
    let parts = [("pod", &verdict.pod), ("container", &verdict.container)];
    let parts =
        parts.iter().filter_map(|(what, name)| Some(format!(", {what} {}", (*name).as_ref()?)));
    let mut lines = vec![
        format!("verdict: {}", verdict.code),
        format!("object: {}{}", verdict.object, parts.collect::<String>()),
        format!("reason: {}", verdict.reason),
    ];
    if let Some(since) = &verdict.since {
        lines.push(format!("since: {since}{}", age(since)));
    }
    lines.extend(verdict.evidence.iter().map(|line| format!("evidence: {line}")));
    if !diagnosis.log.is_empty() {
        lines.push(match verdict.log {
            LogOf::Previous => "log of the instance that ended:".to_owned(),
            _ => "log:".to_owned(),
        });
        lines.extend(diagnosis.log.iter().map(|line| format!("  | {line}")));
    }
    lines.extend(diagnosis.changes.iter().map(|change| format!("changed: {change}")));
    lines.extend(look(verdict).map(|command| format!("next: {command}")));
    lines
}

/// Returns the command that goes back to the last revision that was healthy.
pub(super) fn go_back(name: &str, namespace: &str) -> String {
    format!("next: windlass rollback {name} -n {namespace}")
}

/// Returns the command that shows more of what a verdict is about.
fn look(verdict: &Verdict) -> Option<String> {
    let Verdict { namespace, pod, container, .. } = verdict;
    let describe = |what: &str| Some(format!("kubectl describe {what} -n {namespace}"));
    match verdict.code {
        Code::MissingSecret => Some(format!("kubectl get secrets -n {namespace}")),
        Code::MissingConfigMap => Some(format!("kubectl get configmaps -n {namespace}")),
        Code::QuotaExceeded => describe("resourcequota"),
        Code::UnboundClaim => describe("persistentvolumeclaim"),
        Code::Unschedulable => Some("kubectl describe nodes".to_owned()),
        _ => match (pod, container, verdict.log) {
            (Some(pod), Some(container), LogOf::Current | LogOf::Previous) => {
                let previous = if verdict.log == LogOf::Previous { " --previous" } else { "" };
                Some(format!("kubectl logs {pod} -c {container} -n {namespace}{previous}"))
            }
            (Some(pod), ..) => describe(&format!("pod/{pod}")),
            _ => describe(&verdict.object),
        },
    }
}

/// Says how long ago a moment is.
fn age(since: &str) -> String {
    let Some(since) = Time::parse(since) else { return String::new() };
    let seconds = Time::now().timestamp().duration_since(since.timestamp()).as_secs();
    match seconds {
        // Clocks differ.
        ..0 => String::new(),
        0..120 => format!(" ({seconds} s ago)"),
        120..7200 => format!(" ({} min ago)", seconds / 60),
        _ => format!(" ({} h ago)", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn diagnosis(code: Code, log: LogOf) -> Diagnosis {
        let verdict = Verdict {
            code,
            object: "deployment/web".to_owned(),
            namespace: "shop".to_owned(),
            pod: Some("web-7d9f-x2x".to_owned()),
            container: Some("app".to_owned()),
            reason: "exit code 1 (Error), started again 3 times".to_owned(),
            since: None,
            evidence: vec!["waits: CrashLoopBackOff: back-off 40s".to_owned()],
            log,
        };
        let log = if log == LogOf::None { vec![] } else { vec!["panic: no database".to_owned()] };
        Diagnosis {
            verdict, log, changes: vec!["deployment/web spec.replicas: 1 → 2".to_owned()]
        }
    }

    #[test]
    fn a_block_says_what_by_what_evidence_and_what_to_do() {
        let text = block(&diagnosis(Code::CrashLoop, LogOf::Previous)).join("\n");
        assert_snapshot!(text, @r#"
        verdict: crash-loop
        object: deployment/web, pod web-7d9f-x2x, container app
        reason: exit code 1 (Error), started again 3 times
        evidence: waits: CrashLoopBackOff: back-off 40s
        log of the instance that ended:
          | panic: no database
        changed: deployment/web spec.replicas: 1 → 2
        next: kubectl logs web-7d9f-x2x -c app -n shop --previous
        "#);
    }

    #[test]
    fn the_next_command_shows_what_the_verdict_is_about() {
        let next = |code, log| look(&diagnosis(code, log).verdict).unwrap();
        let all = [
            next(Code::MissingSecret, LogOf::None),
            next(Code::Unschedulable, LogOf::None),
            next(Code::ImageNotFound, LogOf::None),
            next(Code::ReadinessProbeFailing, LogOf::Current),
        ];
        assert_snapshot!(all.join("\n"), @r#"
        kubectl get secrets -n shop
        kubectl describe nodes
        kubectl describe pod/web-7d9f-x2x -n shop
        kubectl logs web-7d9f-x2x -c app -n shop
        "#);
    }
}
