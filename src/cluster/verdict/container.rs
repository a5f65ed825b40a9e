//! What keeps a single container from running, or makes it end.

use std::time::Duration;

use super::message::{self, Pull};
use super::{CONFIRMED, Case, Code, Finding, LogOf, Moment};
use crate::cluster::Json;
use crate::cluster::ready::{number, text};

/// How often a container must have been started again before it counts as a loop: one that waits for
/// another to come up often ends once or twice.
const RESTARTS: i64 = 2;

/// The same while others of the release are starting, which it may wait for; the kubelet has paused
/// for five minutes by then.
const RESTARTS_BESIDE_OTHERS: i64 = 6;

/// A container of a pod.
pub(super) struct Container<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) pod: &'a Json,
    pub(super) status: &'a Json,
    /// Whether it prepares the pod, and ends before the others begin.
    pub(super) is_init: bool,
}

impl Container<'_> {
    /// Returns what keeps it, if anything does.
    pub(super) fn judge(&self) -> Option<Finding> {
        match self.waiting() {
            "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "RegistryUnavailable" => {
                self.pull()
            }
            "InvalidImageName" => {
                Some(self.finding(Code::InvalidImageName, self.waits_for(), Duration::ZERO))
            }
            "CreateContainerConfigError" => self.configuration(),
            _ => self.crash(),
        }
    }

    fn name(&self) -> &str {
        text(self.status, "/name")
    }

    fn waiting(&self) -> &str {
        text(self.status, "/state/waiting/reason")
    }

    fn waits_for(&self) -> &str {
        match text(self.status, "/state/waiting/message") {
            "" => self.waiting(),
            message => message,
        }
    }

    fn finding(&self, code: Code, reason: impl Into<String>, patience: Duration) -> Finding {
        let mut finding = self.case.finding(code, reason, patience);
        finding.verdict.pod = Some(text(self.pod, "/metadata/name").to_owned());
        finding.verdict.container = Some(self.name().to_owned());
        let finding = match self.waiting() {
            "" => finding,
            waiting => finding.evidence(format!(
                "waits: {waiting}: {}",
                text(self.status, "/state/waiting/message")
            )),
        };
        finding.since(self.began())
    }

    /// Returns since when the pod is not as it should be.
    fn began(&self) -> &str {
        let ready = self.pod.pointer("/status/conditions").and_then(Json::as_array);
        let unready = |condition: &&Json| {
            condition["type"] == "ContainersReady" && condition["status"] == "False"
        };
        let since = ready.into_iter().flatten().find(unready);
        since
            .map(|condition| text(condition, "/lastTransitionTime"))
            .filter(|since| !since.is_empty())
            .unwrap_or_else(|| text(self.pod, "/metadata/creationTimestamp"))
    }

    fn pull(&self) -> Option<Finding> {
        let image = text(self.status, "/image");
        let events = self.case.view.events(self.pod).iter().rev();
        let about = |event: &&&Json| {
            text(event, "/reason") == "Failed" && text(event, "/message").contains("ull")
        };
        let event = events.copied().find(|event| about(&event));
        let said = event.map(|event| text(event, "/message"));
        let texts = [Some(self.waits_for()), said];
        let verdict =
            texts.into_iter().flatten().find_map(|said| match message::pull(said, image) {
                Pull::NotFound => Some((Code::ImageNotFound, said)),
                Pull::NotPermitted => Some((Code::ImageNotPermitted, said)),
                Pull::Open => None,
            });
        if self.waiting() == "ErrImageNeverPull" {
            let finding = self.finding(Code::ImageNotFound, self.waits_for(), Duration::ZERO);
            return Some(finding);
        }
        let (code, said) = match verdict {
            Some((Code::ImageNotPermitted, _)) if self.credentials_may_come() => return None,
            Some(verdict) => verdict,
            None if self.case.is_waiting() => return None,
            None => (Code::ImageUnreachable, said.unwrap_or_else(|| self.waits_for())),
        };
        Some(self.finding(code, said, Duration::ZERO).event(event))
    }

    /// Says whether another object of the release may be about to make the Secret of the registry.
    fn credentials_may_come(&self) -> bool {
        let secrets = self.pod.pointer("/spec/imagePullSecrets").and_then(Json::as_array);
        let mut names = secrets.into_iter().flatten().map(|secret| text(secret, "/name"));
        self.case.is_waiting() && names.any(|name| (self.case.expected)(name))
    }

    fn configuration(&self) -> Option<Finding> {
        let why = self.waits_for();
        match message::missing(why) {
            Some(missing) if self.case.is_waiting() && (self.case.expected)(&missing.name) => None,
            Some(missing) => Some(self.finding(missing.code, why, CONFIRMED)),
            None => Some(self.finding(Code::InvalidContainer, why, CONFIRMED)),
        }
    }

    /// Judges how it ended; a Job counts its failures by itself.
    fn crash(&self) -> Option<Finding> {
        let is_down = self.status.pointer("/state/running").is_none();
        let current = self.status.pointer("/state/terminated");
        let ended = current.or_else(|| self.status.pointer("/lastState/terminated"))?;
        let restarts = number(self.status, "/restartCount");
        let exit_code = number(ended, "/exitCode");
        let is_loop = self.waiting() == "CrashLoopBackOff";
        if self.case.is_waiting() {
            let patience = if self.case.others_start { RESTARTS_BESIDE_OTHERS } else { RESTARTS };
            let counts_itself = self.case.object.kind == "Job";
            let failed = is_loop || exit_code != 0;
            if counts_itself || !is_down || !failed || restarts < patience {
                return None;
            }
        } else if !is_loop && (exit_code == 0 || (restarts == 0 && current.is_none())) {
            return None;
        }
        Some(self.ended(ended, restarts))
    }

    fn ended(&self, ended: &Json, restarts: i64) -> Finding {
        let (exit_code, reason) = (number(ended, "/exitCode"), text(ended, "/reason"));
        let is_out_of_memory = reason == "OOMKilled";
        let code = match (self.is_init, is_out_of_memory) {
            (true, _) => Code::InitContainerFailed,
            (false, true) => Code::OutOfMemory,
            (false, false) => Code::CrashLoop,
        };
        let how = match reason {
            "" => format!("exit code {exit_code}"),
            reason => format!("exit code {exit_code} ({reason})"),
        };
        let again = match restarts {
            0 => String::new(),
            1 => ", started again once".to_owned(),
            restarts => format!(", started again {restarts} times"),
        };
        let is_previous = self.status.pointer("/state/terminated").is_none();
        let at = text(ended, "/finishedAt");
        let said = text(ended, "/message");
        let killed = self.case.view.newest(self.pod, &["Unhealthy"]);
        let killed = killed.filter(|event| {
            ["Liveness", "Startup"].iter().any(|kind| text(event, "/message").starts_with(kind))
        });
        let mut finding = self
            .finding(code, format!("{how}{again}"), Duration::ZERO)
            .evidence(format!("last ended {at}: {how}"))
            .evidence(said)
            .event(killed)
            .event(self.case.view.newest(self.pod, &["BackOff"]));
        finding.verdict.log = if is_previous { LogOf::Previous } else { LogOf::Current };
        finding
    }

    /// Returns what its probes say, once there is no time left.
    pub(super) fn unready(&self) -> Option<Finding> {
        let runs = self.status.pointer("/state/running").is_some();
        let is_ready = self.status.pointer("/ready").and_then(Json::as_bool) == Some(true);
        if !runs || is_ready || self.is_init || self.case.moment == Moment::Waiting {
            return None;
        }
        let field = format!("spec.containers{{{}}}", self.name());
        let about = |event: &&Json| {
            let path = text(event, "/involvedObject/fieldPath");
            text(event, "/reason") == "Unhealthy" && (path.is_empty() || path == field)
        };
        let events = self.case.view.events(self.pod).iter().rev().copied();
        let event = events.into_iter().find(|event| about(event));
        let reason = match event {
            Some(event) => text(event, "/message"),
            None if self.has_probe() => "runs, but its readiness probe does not succeed",
            None => return None,
        };
        let mut finding =
            self.finding(Code::ReadinessProbeFailing, reason, Duration::ZERO).event(event);
        finding.verdict.log = LogOf::Current;
        Some(finding)
    }

    fn has_probe(&self) -> bool {
        let containers = self.pod.pointer("/spec/containers").and_then(Json::as_array);
        let mut probed = containers.into_iter().flatten().filter(|container| {
            container.get("readinessProbe").is_some() || container.get("startupProbe").is_some()
        });
        probed.any(|container| text(container, "/name") == self.name())
    }
}
