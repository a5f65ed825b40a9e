//! The pods that an object runs, how their containers ended, and what they wrote.

use std::time::Duration;

use futures_util::{AsyncBufReadExt, AsyncReadExt};
use k8s_openapi::api::core::v1 as core;
use kube::api::{Api, ListParams, LogParams};

use super::start::Started;
use super::{Cluster, Error, LogOf, Verdict};

/// How many bytes of the last lines of a log are read at most.
const TAIL_BYTES: i64 = 64 * 1024;

/// How long to wait for the last lines of a log: a node may be out of reach.
const TAIL_PATIENCE: Duration = Duration::from_secs(10);

/// How much of a line is handed on at once; the rest of a longer one follows.
const PIECE: u64 = 16 * 1024;

/// A pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether all its containers ended well.
    pub succeeded: bool,
    /// What keeps the pod as a whole from running, if something does.
    pub problem: Option<String>,
    /// Its containers, those that prepare it first.
    pub containers: Vec<Container>,
}

/// A container of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: ContainerState,
}

/// How far a container is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerState {
    /// It does not run; the text says why, if anybody knows.
    Waiting(String),
    /// It runs.
    Running,
    /// It ended.
    Ended {
        /// With which code.
        exit_code: i32,
        /// The kubelet's word for it, such as `OOMKilled`.
        reason: String,
    },
}

impl Cluster {
    /// Returns the pods of a Job, oldest first, or a Pod itself; other kinds have none.
    ///
    /// # Errors
    /// Fails when the pods cannot be read.
    pub async fn pods(&self, started: &Started) -> Result<Vec<Pod>, Error> {
        let object = &started.object;
        let namespace = object.namespace.as_deref().unwrap_or_default();
        let api: Api<core::Pod> = Api::namespaced(self.client.clone(), namespace);
        let failed = |error| self.error(format!("read the pods of `{object}`"), error);
        match (object.group(), &*object.kind) {
            ("", "Pod") => {
                let pod = api.get_opt(&object.name).await.map_err(failed)?;
                Ok(pod.iter().map(pod_of).collect())
            }
            ("batch", "Job") => {
                let params = ListParams::default().labels(&format!("job-name={}", object.name));
                let mut pods = api.list(&params).await.map_err(failed)?.items;
                // A Job of the same name that was deleted before may have left some.
                pods.retain(|pod| {
                    let mut owners = pod.metadata.owner_references.iter().flatten();
                    owners.any(|owner| owner.uid == started.uid)
                });
                pods.sort_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|at| at.0));
                Ok(pods.iter().map(pod_of).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the last lines that a container wrote; none if it wrote none yet.
    ///
    /// # Errors
    /// Fails when the node does not give the log.
    pub async fn last_lines(
        &self,
        pod: &Pod,
        container: &str,
        lines: i64,
    ) -> Result<Vec<String>, Error> {
        self.tail(&pod.namespace, &pod.name, container, lines, false).await
    }

    /// Returns the last lines of the container that a verdict is about; of its previous instance if
    /// that is the one which ended.
    ///
    /// # Errors
    /// Fails when the node does not give the log.
    pub async fn last_lines_of(&self, verdict: &Verdict, lines: i64) -> Result<Vec<String>, Error> {
        let (Some(pod), Some(container)) = (&verdict.pod, &verdict.container) else {
            return Ok(Vec::new());
        };
        let namespace = &verdict.namespace;
        if verdict.log == LogOf::Previous {
            let previous = self.tail(namespace, pod, container, lines, true).await;
            if let Ok(lines) = previous
                && !lines.is_empty()
            {
                return Ok(lines);
            }
        }
        self.tail(namespace, pod, container, lines, false).await
    }

    async fn tail(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        lines: i64,
        previous: bool,
    ) -> Result<Vec<String>, Error> {
        let params = LogParams {
            container: Some(container.to_owned()),
            tail_lines: Some(lines),
            limit_bytes: Some(TAIL_BYTES),
            previous,
            ..LogParams::default()
        };
        let api: Api<core::Pod> = Api::namespaced(self.client.clone(), namespace);
        let reading = tokio::time::timeout(TAIL_PATIENCE, api.logs(pod, &params)).await;
        let log = match reading {
            Ok(log) => log.map_err(|error| self.error(reading_log(pod, container), error))?,
            Err(_) => return Err(no_log(pod, container, "no answer in time")),
        };
        Ok(log.lines().map(str::to_owned).collect())
    }

    /// Hands on everything that a container wrote, in pieces that are lines unless these are long.
    ///
    /// # Errors
    /// Fails when the node does not give the log, or no longer does.
    pub async fn read_log(
        &self,
        pod: &Pod,
        container: &str,
        told: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        let failed = |error| self.error(reading_log(&pod.name, container), error);
        let params = LogParams { container: Some(container.to_owned()), ..LogParams::default() };
        let api: Api<core::Pod> = Api::namespaced(self.client.clone(), &pod.namespace);
        let log = api.log_stream(&pod.name, &params).await.map_err(failed)?;
        let mut log = std::pin::pin!(log);
        let mut piece = Vec::new();
        loop {
            piece.clear();
            let read = (&mut log).take(PIECE).read_until(b'\n', &mut piece).await;
            let read = read.map_err(|error| no_log(&pod.name, container, &error.to_string()))?;
            if read == 0 {
                return Ok(());
            }
            told(&piece);
        }
    }
}

fn reading_log(pod: &str, container: &str) -> String {
    format!("read the log of pod `{pod}`, container `{container}`")
}

/// Makes an error of a log that the API server began to answer for.
fn no_log(pod: &str, container: &str, message: &str) -> Error {
    let (doing, message) = (reading_log(pod, container), message.to_owned());
    Error::Api { doing, message, reason: String::new(), code: 0 }
}

fn pod_of(pod: &core::Pod) -> Pod {
    let status = pod.status.clone().unwrap_or_default();
    let spec = pod.spec.clone().unwrap_or_default();
    let init = spec.init_containers.unwrap_or_default();
    let names = init.into_iter().chain(spec.containers).map(|container| container.name);
    let states: Vec<core::ContainerStatus> = [
        status.init_container_statuses.clone().unwrap_or_default(),
        status.container_statuses.clone().unwrap_or_default(),
    ]
    .concat();
    let state = |name: &str| {
        let found = states.iter().find(|state| state.name == name);
        found.map_or(ContainerState::Waiting(String::new()), state_of)
    };
    Pod {
        namespace: pod.metadata.namespace.clone().unwrap_or_default(),
        name: pod.metadata.name.clone().unwrap_or_default(),
        succeeded: status.phase.as_deref() == Some("Succeeded"),
        problem: problem(&status),
        containers: names.map(|name| Container { state: state(&name), name }).collect(),
    }
}

fn state_of(status: &core::ContainerStatus) -> ContainerState {
    let state = status.state.clone().unwrap_or_default();
    // A container that is started again and again is told by how it last ended.
    let ended = state.terminated.or_else(|| status.last_state.clone()?.terminated);
    if let Some(ended) = ended {
        let reason = ended.reason.unwrap_or_default();
        return ContainerState::Ended { exit_code: ended.exit_code, reason };
    }
    if state.running.is_some() {
        return ContainerState::Running;
    }
    let waiting = state.waiting.unwrap_or_default();
    let words = [waiting.reason, waiting.message];
    ContainerState::Waiting(words.into_iter().flatten().collect::<Vec<_>>().join(": "))
}

/// Says why a pod was not scheduled, or what ended it from outside.
fn problem(status: &core::PodStatus) -> Option<String> {
    let words = |reason: &Option<String>, message: &Option<String>| {
        let words: Vec<&str> =
            [reason, message].into_iter().flatten().map(String::as_str).collect();
        Some(words.join(": ")).filter(|words| !words.is_empty())
    };
    let conditions = status.conditions.iter().flatten();
    let unscheduled = conditions
        .filter(|condition| condition.type_ == "PodScheduled" && condition.status == "False")
        .find_map(|condition| words(&condition.reason, &condition.message));
    unscheduled.or_else(|| words(&status.reason, &status.message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Container, ContainerState, pod_of};

    fn pod(status: serde_json::Value) -> super::Pod {
        let pod = json!({"metadata": {"name": "p", "namespace": "n"}, "status": status,
            "spec": {"initContainers": [{"name": "prepare"}], "containers": [{"name": "main"}]}});
        pod_of(&serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn containers_that_prepare_come_first_and_each_says_how_it_ended() {
        let ended = json!({"terminated": {"exitCode": 3, "reason": "Error"}});
        let waits = json!({"waiting": {"reason": "PodInitializing"}});
        let status = |name: &str, state| {
            json!([{"name": name, "image": "", "imageID": "", "ready": false,
                    "restartCount": 0, "state": state}])
        };
        let pod = pod(json!({"phase": "Failed",
            "initContainerStatuses": status("prepare", ended),
            "containerStatuses": status("main", waits)}));
        let prepare = ContainerState::Ended { exit_code: 3, reason: "Error".into() };
        let expected = [
            Container { name: "prepare".into(), state: prepare },
            Container {
                name: "main".into(),
                state: ContainerState::Waiting("PodInitializing".into()),
            },
        ];
        assert_eq!(pod.containers, expected);
        assert!(!pod.succeeded);
    }

    #[test]
    fn a_container_in_a_crash_loop_is_told_by_how_it_last_ended() {
        let pod = pod(json!({"phase": "Running", "containerStatuses": [
            {"name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 5,
             "state": {"waiting": {"reason": "CrashLoopBackOff"}},
             "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}));
        let ended = ContainerState::Ended { exit_code: 137, reason: "OOMKilled".into() };
        assert_eq!(pod.containers[1].state, ended);
    }

    #[test]
    fn a_pod_that_no_node_takes_says_why() {
        let pod = pod(json!({"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
             "message": "0/3 nodes are available"}]}));
        assert_eq!(pod.problem.as_deref(), Some("Unschedulable: 0/3 nodes are available"));
        assert_eq!(pod.containers[1].state, ContainerState::Waiting(String::new()));
    }
}
