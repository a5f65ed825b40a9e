//! Records as Secrets or ConfigMaps of the release's namespace, where Helm keeps them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, ListParams, ObjectList, ObjectMeta,
    PartialObjectMeta, Patch, PatchParams, PostParams,
};
use kube::{Api, Client};
use serde_json::{Value, json};

use super::record::OWNER;
use super::{Driver, Entry, Key, Query, Record, TakeRecord};
use crate::release::Error;

/// The kind of object that holds a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// A Secret of type `helm.sh/release.v1`.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

/// Keeps records in a cluster.
pub struct Kubernetes {
    client: Client,
    kind: RecordKind,
    resource: ApiResource,
}

/// The annotation of a record that names the run at work; Helm's writes drop it.
const HOLDER: &str = "windlass/holder";

/// The annotation of a record that says when the revision was last seen to be healthy; Helm's writes
/// drop it, too.
const HEALTHY: &str = "windlass.dev/healthy";

/// The annotation of a record that says why the revision failed; Helm's writes drop it, too.
const VERDICT: &str = "windlass.dev/verdict";

/// How many records the API server is asked for at once; client-go's default page.
const PAGE: u32 = 500;

/// How many records with their bodies, of which each may be 1 MiB large.
const PAGE_OF_BODIES: u32 = 100;

impl Kubernetes {
    /// Keeps records in objects of one kind, over the caller's connection.
    pub fn new(client: Client, kind: RecordKind) -> Self {
        let resource = match kind {
            RecordKind::Secret => ApiResource::erase::<Secret>(&()),
            RecordKind::ConfigMap => ApiResource::erase::<ConfigMap>(&()),
        };
        Self { client, kind, resource }
    }

    fn api(&self, key: &Key) -> Result<Api<DynamicObject>, Error> {
        // The name becomes part of a URL and of a selector.
        if !is_label_value(&key.name) {
            return Err(Error::InvalidName { name: key.name.clone() });
        }
        Ok(Api::namespaced_with(self.client.clone(), &key.namespace, &self.resource))
    }

    fn object(&self, record: &Record) -> DynamicObject {
        let Entry { key, labels, state, holder, healthy, verdict, .. } = &record.entry;
        let healthy = healthy.map(|at| at.to_string());
        let annotations = [(HOLDER, holder), (HEALTHY, &healthy), (VERDICT, verdict)];
        let annotations = annotations
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)));
        let metadata = ObjectMeta {
            name: Some(key.to_string()),
            namespace: Some(key.namespace.clone()),
            labels: Some(labels.clone()),
            annotations: Some(annotations.collect()),
            resource_version: state.clone(),
            ..ObjectMeta::default()
        };
        let data = match self.kind {
            RecordKind::Secret => json!({
                "type": "helm.sh/release.v1",
                "data": { "release": STANDARD.encode(&record.body) },
            }),
            RecordKind::ConfigMap => json!({ "data": { "release": record.body } }),
        };
        DynamicObject { metadata, ..DynamicObject::new("", &self.resource).data(data) }
    }

    fn record(&self, key: &Key, object: DynamicObject) -> Record {
        let stored = object.data.pointer("/data/release").and_then(Value::as_str);
        let stored = stored.unwrap_or_default();
        let body = match self.kind {
            // What is not as the API server writes it is left for the codec to complain about.
            RecordKind::Secret => STANDARD.decode(stored).unwrap_or_default(),
            RecordKind::ConfigMap => stored.as_bytes().to_vec(),
        };
        let entry = entry(key.clone(), object.metadata);
        Record { entry, body: String::from_utf8_lossy(&body).into_owned() }
    }

    async fn create(&self, record: &Record) -> Result<Option<String>, Error> {
        let key = &record.entry.key;
        let mut object = self.object(record);
        object.metadata.resource_version = None;
        match self.api(key)?.create(&params(), &object).await {
            Ok(created) => Ok(created.metadata.resource_version),
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                self.written_before(record).await?.ok_or_else(|| Error::exists(key))
            }
            Err(error) => Err(failed(format!("create record `{key}`"), error)),
        }
    }

    /// Returns the state of the record that is stored, wrapped once more, if it says what `record`
    /// says: a request whose answer was lost is sent again, and then meets its own work.
    async fn written_before(&self, record: &Record) -> Result<Option<Option<String>>, Error> {
        let stored = self.get(&record.entry.key).await?;
        let stored = stored.filter(|stored| stored.body == record.body);
        Ok(stored.map(|stored| stored.entry.state))
    }

    async fn update(&self, record: &Record) -> Result<Option<String>, Error> {
        let key = &record.entry.key;
        let object = self.object(record);
        match self.api(key)?.replace(&key.to_string(), &params(), &object).await {
            Ok(updated) => Ok(updated.metadata.resource_version),
            Err(kube::Error::Api(status)) if status.is_not_found() => Err(Error::not_found(key)),
            Err(kube::Error::Api(status)) if status.is_conflict() => {
                self.written_before(record).await?.ok_or_else(|| Error::conflict(key))
            }
            Err(error) => Err(failed(format!("update record `{key}`"), error)),
        }
    }

    async fn stamp_healthy(&self, key: &Key, at: jiff::Timestamp) -> Result<(), Error> {
        let change = json!({"metadata": {"annotations": {HEALTHY: at.to_string()}}});
        let params = PatchParams { field_manager: params().field_manager, ..Default::default() };
        match self.api(key)?.patch(&key.to_string(), &params, &Patch::Merge(&change)).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() => Err(Error::not_found(key)),
            Err(error) => Err(failed(format!("annotate record `{key}`"), error)),
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Record>, Error> {
        match self.api(key)?.get_opt(&key.to_string()).await {
            Ok(object) => Ok(object.map(|object| self.record(key, object))),
            Err(error) => Err(failed(format!("read record `{key}`"), error)),
        }
    }

    async fn delete(&self, key: &Key) -> Result<(), Error> {
        match self.api(key)?.delete(&key.to_string(), &DeleteParams::default()).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_not_found() => Err(Error::not_found(key)),
            Err(error) => Err(failed(format!("delete record `{key}`"), error)),
        }
    }

    async fn query(&self, query: Query<'_>) -> Result<Vec<Entry>, Error> {
        let (api, list) = self.listing(query)?;
        let ask = |list: ListParams| {
            let api = api.clone();
            async move { api.list_metadata(&list).await }.boxed()
        };
        let mut entries = BTreeMap::new();
        let mut take = |object: PartialObjectMeta<DynamicObject>| {
            if let Some(key) = key(&object.metadata) {
                entries.insert(key.clone(), entry(key, object.metadata));
            }
        };
        pages(ask, list.limit(PAGE), &mut take).await?;
        Ok(entries.into_values().collect())
    }

    async fn bodies(&self, query: Query<'_>, take: TakeRecord<'_>) -> Result<(), Error> {
        let (api, list) = self.listing(query)?;
        let ask = |list: ListParams| {
            let api = api.clone();
            async move { api.list(&list).await }.boxed()
        };
        let mut take = |object: DynamicObject| {
            if let Some(key) = key(&object.metadata) {
                take(self.record(&key, object));
            }
        };
        pages(ask, list.limit(PAGE_OF_BODIES), &mut take).await
    }

    /// Returns where and how to list the records of a query.
    fn listing(&self, query: Query<'_>) -> Result<(Api<DynamicObject>, ListParams), Error> {
        let api: Api<DynamicObject> = match query.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &self.resource),
            None => Api::all_with(self.client.clone(), &self.resource),
        };
        let mut selector = format!("owner={OWNER}");
        if let Some(name) = query.name {
            if !is_label_value(name) {
                return Err(Error::InvalidName { name: name.to_owned() });
            }
            selector.push_str(&format!(",name={name}"));
        }
        for status in query.revisions.without() {
            selector.push_str(&format!(",status!={status}"));
        }
        Ok((api, ListParams::default().labels(&selector)))
    }
}

/// Lists objects page by page.
///
/// Pages of one list grow stale after some minutes; then everything is asked for once more and at
/// once, and `take` gets again what it got before.
async fn pages<T: Clone>(
    ask: impl Fn(ListParams) -> BoxFuture<'static, Result<ObjectList<T>, kube::Error>>,
    list: ListParams,
    take: &mut (dyn FnMut(T) + Send),
) -> Result<(), Error> {
    let mut params = list.clone();
    loop {
        match ask(params.clone()).await {
            Ok(page) => {
                page.items.into_iter().for_each(&mut *take);
                match page.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => params = params.continue_token(&token),
                    None => return Ok(()),
                }
            }
            Err(kube::Error::Api(status)) if status.code == 410 && params.limit.is_some() => {
                params = ListParams { limit: None, continue_token: None, ..list.clone() };
            }
            Err(error) => return Err(failed("list records".to_owned(), error)),
        }
    }
}

fn key(metadata: &ObjectMeta) -> Option<Key> {
    Key::parse(metadata.namespace.as_deref().unwrap_or_default(), metadata.name.as_deref()?)
}

fn entry(key: Key, metadata: ObjectMeta) -> Entry {
    let writes = metadata.managed_fields.iter().flatten();
    let written = writes.filter_map(|entry| entry.time.as_ref()).map(|time| time.0).max();
    let written = written.or(metadata.creation_timestamp.map(|time| time.0));
    let mut annotations = metadata.annotations.unwrap_or_default();
    let (holder, verdict) = (annotations.remove(HOLDER), annotations.remove(VERDICT));
    let healthy = annotations.remove(HEALTHY).and_then(|text| text.parse().ok());
    let labels = metadata.labels.unwrap_or_default();
    Entry { key, labels, state: metadata.resource_version, holder, healthy, verdict, written }
}

fn params() -> PostParams {
    PostParams { field_manager: Some("helm".to_owned()), ..PostParams::default() }
}

/// Says whether a text may be the value of a label; names of releases are.
fn is_label_value(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| inner(*byte))
}

fn failed(doing: String, error: kube::Error) -> Error {
    match error {
        kube::Error::Api(status) => Error::Refused { doing, source: status },
        error => Error::Unreachable { doing, source: error.into() },
    }
}

impl Driver for Kubernetes {
    fn create<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Option<String>, Error>> {
        self.create(record).boxed()
    }

    fn update<'a>(&'a self, record: &'a Record) -> BoxFuture<'a, Result<Option<String>, Error>> {
        self.update(record).boxed()
    }

    fn stamp_healthy<'a>(
        &'a self,
        key: &'a Key,
        at: jiff::Timestamp,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.stamp_healthy(key, at).boxed()
    }

    fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Record>, Error>> {
        self.get(key).boxed()
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), Error>> {
        self.delete(key).boxed()
    }

    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Vec<Entry>, Error>> {
        self.query(query).boxed()
    }

    fn resource(&self) -> Option<&'static str> {
        Some(match self.kind {
            RecordKind::Secret => "secrets",
            RecordKind::ConfigMap => "configmaps",
        })
    }

    fn bodies<'a>(
        &'a self,
        query: Query<'a>,
        take: TakeRecord<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.bodies(query, take).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::release::Revisions;

    /// An API server that gives prepared answers in their order, and remembers what it was asked.
    async fn driver(answers: Vec<(u16, Value)>) -> (Kubernetes, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        tokio::spawn(async move {
            for (status, answer) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 64 * 1024];
                let length = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let target = request.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
                log.lock().unwrap().push(target);
                let answer = answer.to_string();
                let head = format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n");
                let head = format!("{head}content-length: {}\r\nconnection: close", answer.len());
                stream.write_all(format!("{head}\r\n\r\n{answer}").as_bytes()).await.unwrap();
            }
        });
        // A second test of the same process finds the provider installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = kube::Config::new(format!("http://{address}").parse().unwrap());
        let client = Client::try_from(config).unwrap();
        (Kubernetes::new(client, RecordKind::Secret), asked)
    }

    fn page(versions: &[i64], next: &str) -> (u16, Value) {
        let item = |version| json!({"metadata": {"name": format!("sh.helm.release.v1.web.v{version}"), "namespace": "shop"}});
        let items: Vec<_> = versions.iter().map(item).collect();
        (
            200,
            json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {"continue": next}, "items": items}),
        )
    }

    fn refusal(code: u16, reason: &str) -> (u16, Value) {
        (
            code,
            json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": "no", "metadata": {}}),
        )
    }

    fn record(body: &str) -> Record {
        let key = Key { namespace: "shop".to_owned(), name: "web".to_owned(), version: 1 };
        let state = Some("7".to_owned());
        let entry = Entry {
            key,
            labels: [].into(),
            state,
            holder: None,
            healthy: None,
            verdict: None,
            written: None,
        };
        Record { entry, body: body.to_owned() }
    }

    async fn listed(driver: &Kubernetes) -> Vec<i64> {
        let query = Query { namespace: Some("shop"), name: Some("web"), revisions: Revisions::All };
        driver.query(query).await.unwrap().iter().map(|entry| entry.key.version).collect()
    }

    #[tokio::test]
    async fn records_are_listed_page_by_page() {
        let (driver, asked) = driver(vec![page(&[1, 2], "more"), page(&[3], "")]).await;
        assert_eq!(listed(&driver).await, [1, 2, 3]);
        let path = "GET /api/v1/namespaces/shop/secrets?&labelSelector=owner%3Dhelm%2Cname%3Dweb&limit=500";
        assert_eq!(*asked.lock().unwrap(), [path.to_owned(), format!("{path}&continue=more")]);
    }

    #[tokio::test]
    async fn a_list_whose_pages_grew_stale_is_asked_for_whole() {
        let answers = vec![page(&[1, 2], "more"), refusal(410, "Expired"), page(&[1, 2, 3], "")];
        let (driver, asked) = driver(answers).await;
        assert_eq!(listed(&driver).await, [1, 2, 3]);
        assert!(!asked.lock().unwrap()[2].contains("limit"));
    }

    #[tokio::test]
    async fn a_record_that_a_repeated_request_finds_is_our_own() {
        let stored = json!({"metadata": {"resourceVersion": "8"}, "data": {"release": STANDARD.encode("ours")}});
        let answers = vec![refusal(409, "AlreadyExists"), (200, stored)];
        let (mine, _) = driver(answers.clone()).await;
        assert_eq!(mine.create(&record("ours")).await.unwrap().as_deref(), Some("8"));
        let (theirs, _) = driver(answers).await;
        assert!(matches!(theirs.create(&record("other")).await, Err(Error::Exists { .. })));
    }

    #[tokio::test]
    async fn an_update_that_a_repeated_request_finds_done_is_our_own() {
        let stored = json!({"metadata": {"resourceVersion": "8"}, "data": {"release": STANDARD.encode("ours")}});
        let answers = vec![refusal(409, "Conflict"), (200, stored)];
        let (mine, asked) = driver(answers.clone()).await;
        assert_eq!(mine.update(&record("ours")).await.unwrap().as_deref(), Some("8"));
        let record_path = "/api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v1";
        let asked = asked.lock().unwrap().clone();
        assert!(asked[0].starts_with(&format!("PUT {record_path}")), "{asked:?}");
        assert_eq!(asked[1], format!("GET {record_path}"));
        let (theirs, _) = driver(answers).await;
        assert!(matches!(theirs.update(&record("other")).await, Err(Error::Conflict { .. })));
        let (gone, _) = driver(vec![refusal(409, "Conflict"), refusal(404, "NotFound")]).await;
        assert!(matches!(gone.update(&record("ours")).await, Err(Error::Conflict { .. })));
    }

    #[tokio::test]
    async fn refusals_say_what_they_mean() {
        let (driver, _) = driver(vec![
            refusal(404, "NotFound"),
            refusal(404, "NotFound"),
            refusal(403, "Forbidden"),
        ])
        .await;
        let key = &record("").entry.key;
        assert!(matches!(driver.update(&record("")).await, Err(Error::NotFound { .. })));
        assert_eq!(driver.get(key).await.unwrap(), None);
        let error = driver.get(key).await.unwrap_err();
        assert_eq!(error.to_string(), "cannot read record `sh.helm.release.v1.web.v1`");
        assert!(matches!(error, Error::Refused { .. }));
        let error = driver.get(key).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. }));
    }

    #[test]
    fn names_that_would_change_a_selector_or_a_url_are_refused() {
        assert!(is_label_value("web-1.prod"));
        for name in ["", "a,owner!=helm", "a/b", "-a", "a.", "a b", &"a".repeat(64)] {
            assert!(!is_label_value(name), "{name}");
        }
    }
}
