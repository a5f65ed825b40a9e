//! The live state of objects as `status` shows it: the API server's own tables, or the objects.

use futures_util::{StreamExt, stream};
use kube::api::Api;

use super::{CONCURRENCY, Cluster, Error, Json};
use crate::manifest::ObjectRef;

/// The objects of one kind, under Helm's heading for them (`v1/Deployment`, `v1/Pod(related)`).
#[derive(Debug)]
pub struct Table {
    /// The heading.
    pub heading: String,
    /// The API server's answers, one for each request: tables or objects.
    pub answers: Vec<Json>,
}

/// Asks the API server to write the columns that kubectl shows.
const AS_TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

impl Cluster {
    /// Reads `objects`, and the pods of those that select pods, as tables or as they are.
    ///
    /// An object that is gone is left out, as in Helm.
    ///
    /// # Errors
    /// Fails when the API server does not answer.
    pub async fn tables(&self, objects: &[ObjectRef], as_table: bool) -> Result<Vec<Table>, Error> {
        let read: Vec<_> = stream::iter(objects)
            .map(|object| self.read_for_table(object, as_table))
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let mut tables: Vec<Table> = Vec::new();
        let mut selectors = Vec::new();
        for (object, answer) in objects.iter().zip(read) {
            let Some((answer, selector)) = answer? else { continue };
            add(&mut tables, heading(object), answer);
            let Some(selector) = selector else { continue };
            let selected = (object.namespace.clone().unwrap_or_default(), selector);
            if !selectors.contains(&selected) {
                selectors.push(selected);
            }
        }
        for (namespace, selector) in selectors {
            let answer = self.related_pods(&namespace, &selector, as_table).await?;
            add(&mut tables, "v1/Pod(related)".to_owned(), answer);
        }
        Ok(tables)
    }

    async fn read_for_table(
        &self,
        object: &ObjectRef,
        as_table: bool,
    ) -> Result<Option<(Json, Option<String>)>, Error> {
        let api = match self.api(object).await {
            Err(Error::NoSuchKind { .. }) => return Ok(None),
            api => api?,
        };
        let Some(live) = self.live(&api, object).await? else { return Ok(None) };
        let selector = pod_selector(&live);
        let answer = if as_table {
            self.get_as_table(&format!("{}/{}", api.resource_url(), object.name)).await?
        } else {
            live
        };
        Ok(Some((answer, selector)))
    }

    async fn related_pods(
        &self,
        namespace: &str,
        selector: &str,
        as_table: bool,
    ) -> Result<Json, Error> {
        use k8s_openapi::api::core::v1::Pod;
        let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let escaped: String = selector
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        let url = format!("{}?labelSelector={escaped}", api.resource_url());
        if as_table {
            return self.get_as_table(&url).await;
        }
        let mut list = self.get_as(&url, "application/json").await?;
        // The API server leaves out of a list's items what the list says for all of them.
        for pod in list["items"].as_array_mut().into_iter().flatten() {
            pod["apiVersion"] = "v1".into();
            pod["kind"] = "Pod".into();
        }
        Ok(list)
    }

    async fn get_as_table(&self, url: &str) -> Result<Json, Error> {
        self.get_as(url, AS_TABLE).await
    }

    async fn get_as(&self, url: &str, accept: &str) -> Result<Json, Error> {
        let request = http::Request::get(url).header(http::header::ACCEPT, accept).body(Vec::new());
        let request = request.map_err(|error| self.error("read", kube::Error::HttpError(error)))?;
        let answer = self.client.request(request).await;
        answer.map_err(|error| self.error(format!("read `{url}`"), error))
    }
}

fn add(tables: &mut Vec<Table>, heading: String, answer: Json) {
    match tables.iter_mut().find(|table| table.heading == heading) {
        Some(table) => table.answers.push(answer),
        None => tables.push(Table { heading, answers: vec![answer] }),
    }
}

fn heading(object: &ObjectRef) -> String {
    let version = object.api_version.rsplit('/').next().unwrap_or_default();
    format!("{version}/{}", object.kind)
}

/// Returns the labels that a workload's pods have, as a selector.
fn pod_selector(live: &Json) -> Option<String> {
    let labels = match live["kind"].as_str()? {
        "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => {
            live.pointer("/spec/selector/matchLabels")?
        }
        "ReplicationController" => live.pointer("/spec/selector")?,
        _ => return None,
    };
    let pairs = labels.as_object()?.iter();
    let pairs = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    Some(pairs.collect::<Vec<_>>().join(","))
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("url", &self.url).finish_non_exhaustive()
    }
}
