//! The rules about records, over the memory driver.

use super::*;
use crate::release::ApplyMethod;

fn store() -> Store {
    Store::new(Memory::default(), "shop")
}

fn release(name: &str, version: i64, status: Status) -> Release {
    let mut release = Release::new(name, "shop", version);
    release.info.status = status;
    release.apply_method = ApplyMethod::ServerSide;
    release
}

/// Stores one revision after the other, numbered from 1.
async fn with_revisions(store: &Store, name: &str, statuses: &[Status]) {
    for (status, version) in statuses.iter().zip(1..) {
        store.create(&mut release(name, version, *status)).await.unwrap();
    }
}

async fn versions(store: &Store, name: &str) -> Vec<i64> {
    store.revisions(name).await.unwrap().iter().map(|entry| entry.key.version).collect()
}

#[tokio::test]
async fn history_is_oldest_first_and_empty_for_an_unknown_release() {
    let store = store();
    with_revisions(&store, "web", &[Status::Superseded; 11]).await;
    assert_eq!(versions(&store, "web").await, (1..=11).collect::<Vec<_>>());
    assert_eq!(store.last("web").await.unwrap().unwrap().version, 11);
    assert!(versions(&store, "nope").await.is_empty());
    assert_eq!(store.last("nope").await.unwrap(), None);
    assert_eq!(store.get("web", 12).await.unwrap(), None);
}

#[tokio::test]
async fn an_operation_starts_from_the_newest_and_the_newest_deployed_revision() {
    use Status::{Deployed, Failed, PendingUpgrade, Superseded};
    let check = async |statuses: &[Status], expect: &[i64]| {
        let store = store();
        with_revisions(&store, "web", statuses).await;
        let recent = store.recent("web").await.unwrap();
        assert_eq!(recent.iter().map(|release| release.version).collect::<Vec<_>>(), expect);
    };
    check(&[Deployed, Superseded, Deployed, Failed], &[3, 4]).await;
    check(&[Superseded, Deployed], &[2]).await;
    check(&[Deployed, Failed, PendingUpgrade], &[1, 2, 3]).await;
    check(&[Superseded, Failed], &[2]).await;
    check(&[], &[]).await;
}

#[tokio::test]
async fn all_deployed_revisions_but_one_are_superseded() {
    use Status::{Deployed, Failed, Superseded};
    let store = store();
    with_revisions(&store, "web", &[Deployed, Failed, Deployed, Deployed]).await;
    let revisions = store.revisions("web").await.unwrap();
    let known = store.get("web", 3).await.unwrap();
    store.supersede(&revisions, known, 4).await.unwrap();
    let statuses: Vec<Status> =
        store.revisions("web").await.unwrap().iter().map(Entry::status).collect();
    assert_eq!(statuses, [Superseded, Failed, Superseded, Deployed]);
    let first = store.get("web", 1).await.unwrap().unwrap();
    assert_eq!(first.info.status, Superseded, "the body says what the label says");
}

#[tokio::test]
async fn a_release_is_forgotten_newest_revision_last() {
    /// Refuses to delete revision 2, and keeps the order of the others.
    struct Stubborn(Memory, std::sync::Mutex<Vec<i64>>);
    impl Driver for Stubborn {
        fn create<'a>(
            &'a self,
            record: &'a Record,
        ) -> BoxFuture<'a, Result<Option<String>, Error>> {
            self.0.create(record)
        }
        fn update<'a>(
            &'a self,
            record: &'a Record,
        ) -> BoxFuture<'a, Result<Option<String>, Error>> {
            self.0.update(record)
        }
        fn stamp_healthy<'a>(
            &'a self,
            key: &'a Key,
            at: jiff::Timestamp,
        ) -> BoxFuture<'a, Result<(), Error>> {
            self.0.stamp_healthy(key, at)
        }

        fn get<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Record>, Error>> {
            self.0.get(key)
        }
        fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), Error>> {
            self.1.lock().unwrap().push(key.version);
            match key.version {
                2 => Box::pin(std::future::ready(Err(Error::conflict(key)))),
                _ => self.0.delete(key),
            }
        }
        fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Vec<Entry>, Error>> {
            self.0.query(query)
        }
        fn bodies<'a>(
            &'a self,
            query: Query<'a>,
            take: TakeRecord<'a>,
        ) -> BoxFuture<'a, Result<(), Error>> {
            self.0.bodies(query, take)
        }
    }
    let store = Store::new(Stubborn(Memory::default(), Default::default()), "shop");
    with_revisions(&store, "web", &[Status::Superseded, Status::Superseded, Status::Deployed])
        .await;
    assert!(matches!(store.forget("web").await, Err(Error::Conflict { version: 2, .. })));
    assert_eq!(versions(&store, "web").await, [2, 3], "the newest stays while another is there");

    let store = self::store();
    with_revisions(&store, "web", &[Status::Superseded, Status::Deployed]).await;
    store.forget("web").await.unwrap();
    store.forget("web").await.unwrap();
    assert!(versions(&store, "web").await.is_empty());
}

#[tokio::test]
async fn the_second_writer_of_a_revision_is_refused() {
    let store = store();
    let mut mine = release("web", 1, Status::PendingInstall);
    store.create(&mut mine).await.unwrap();
    let again = store.create(&mut release("web", 1, Status::PendingInstall)).await;
    assert!(matches!(again, Err(Error::Exists { version: 1, .. })));

    let mut theirs = store.get("web", 1).await.unwrap().unwrap();
    mine.info.status = Status::Deployed;
    store.update(&mut mine).await.unwrap();
    theirs.info.status = Status::Failed;
    assert!(matches!(store.update(&mut theirs).await, Err(Error::Conflict { version: 1, .. })));
    assert_eq!(store.last("web").await.unwrap().unwrap().info.status, Status::Deployed);

    mine.info.description = "and once more".to_owned();
    store.update(&mut mine).await.unwrap();
}

#[tokio::test]
async fn what_is_gone_cannot_be_updated_or_deleted() {
    let store = store();
    let mut web = release("web", 1, Status::Deployed);
    store.create(&mut web).await.unwrap();
    let key = store.key("web", 1);
    store.driver.delete(&key).await.unwrap();
    assert!(matches!(store.update(&mut web).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.driver.delete(&key).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn labels_of_the_user_come_back_and_others_do_not() {
    let store = store();
    let mut web = release("web", 1, Status::Deployed);
    web.labels = [("team", "data"), ("owner", "me"), ("modifiedAt", "1")]
        .map(|(label, value)| (label.to_owned(), value.to_owned()))
        .into();
    store.create(&mut web).await.unwrap();
    let entry = &store.revisions("web").await.unwrap()[0];
    assert_eq!(entry.labels["owner"], "helm");
    assert!(entry.labels["createdAt"].parse::<i64>().is_ok());
    assert!(!entry.labels.contains_key("modifiedAt"));
    let read = store.last("web").await.unwrap().unwrap();
    assert_eq!(read.labels, [("team".to_owned(), "data".to_owned())].into());
}

#[tokio::test]
async fn making_room_spares_the_newest_deployed_revision() {
    let check = async |statuses: &[Status], history_max, expect: &[i64]| {
        let store = store();
        with_revisions(&store, "web", statuses).await;
        let revisions = store.revisions("web").await.unwrap();
        store.make_room(&revisions, history_max).await.unwrap();
        assert_eq!(versions(&store, "web").await, expect);
    };
    use Status::{Deployed, Failed, Superseded};
    check(&[Superseded, Superseded, Deployed], 3, &[2, 3]).await;
    check(&[Superseded, Superseded, Deployed], 10, &[1, 2, 3]).await;
    check(&[Superseded, Superseded, Deployed], 0, &[1, 2, 3]).await;
    check(&[Deployed, Failed, Failed, Failed], 2, &[1]).await;
    check(&[Deployed, Superseded, Deployed, Failed], 2, &[3]).await;
    check(&[Deployed, Failed, Failed], 3, &[1, 3]).await;
    check(&[Failed, Failed], 1, &[]).await;
    check(&[], 3, &[]).await;
}

#[tokio::test]
async fn superseded_revisions_are_listed_with_the_labels_of_their_records() {
    let memory = Memory::default();
    memory
        .load(
            "- {name: web, namespace: shop, version: 1, info: {status: superseded}}\n\
             - {name: web, namespace: shop, version: 2, info: {status: superseded}}\n\
             - {name: web, namespace: shop, version: 3, info: {status: deployed}}\n\
             - {name: db, namespace: other, version: 1, info: {status: superseded}}\n",
        )
        .unwrap();
    let store = Store::new(memory, "shop");
    let entries = store.list_superseded(false, None).await.unwrap();
    let releases = store.read(&entries).await.unwrap();
    let versions: Vec<i64> = releases.iter().map(|release| release.version).collect();
    assert_eq!(versions, [1, 2]);
    assert_eq!(releases[0].record_labels["status"], "superseded");
    assert!(releases[0].labels.is_empty());
    assert_eq!(store.list_superseded(true, Some("name=db")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn list_has_the_newest_revision_of_each_release_that_fits() {
    let memory = Memory::default();
    memory
        .load(
            "- {name: web, namespace: other, version: 1, info: {status: deployed}}\n\
             - {name: web, namespace: shop, version: 9, info: {status: superseded}}\n\
             - {name: web, namespace: shop, version: 10, info: {status: failed}}\n\
             - {name: db, namespace: shop, version: 2, info: {status: deployed}}\n\
             - {name: plain, version: 1}\n",
        )
        .unwrap();
    let store = Store::new(memory, "shop");
    let check = async |all, selector, expect: &[&str]| {
        let entries = store.list(all, selector).await.unwrap();
        let releases = store.read(&entries).await.unwrap();
        let told =
            releases.iter().map(|one| format!("{}/{}.{}", one.namespace, one.name, one.version));
        assert_eq!(told.collect::<Vec<_>>(), expect);
    };
    check(false, None, &["shop/db.2", "shop/web.10"]).await;
    check(true, None, &["/plain.1", "other/web.1", "shop/db.2", "shop/web.10"]).await;
    check(true, Some("name=web"), &["other/web.1", "shop/web.10"]).await;
    // The label of an older revision does not count.
    check(false, Some("status=superseded"), &[]).await;
    assert!(store.list(false, Some("a==")).await.is_ok());
    assert!(matches!(store.list(false, Some("(")).await, Err(Error::InvalidSelector { .. })));
}

#[tokio::test]
async fn damaged_record_is_named_and_does_not_hide_the_others() {
    let memory = Memory::default();
    memory.load("[{name: db, namespace: shop, version: 1}]").unwrap();
    let key = Key { namespace: "shop".to_owned(), name: "web".to_owned(), version: 1 };
    let labels = BTreeMap::new();
    let entry = Entry {
        key,
        labels,
        state: None,
        holder: None,
        healthy: None,
        verdict: None,
        written: None,
    };
    memory.create(&Record { entry, body: "H4sI".to_owned() }).await.unwrap();
    let store = Store::new(memory, "shop");
    let error = store.last("web").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "record `sh.helm.release.v1.web.v1` in namespace `shop` is damaged"
    );
    let entries = store.list(false, None).await.unwrap();
    assert_eq!((entries.len(), store.read(&entries).await.unwrap().len()), (2, 1));
}

#[test]
fn data_that_is_no_list_of_releases_is_refused() {
    for text in ["{}", "- name: [", "- [a]", "- {name: a, version: x}"] {
        assert!(matches!(Memory::default().load(text), Err(Error::Data(_))), "{text}");
    }
    let twice = "[{name: a, version: 1}, {name: a, version: 1}]";
    assert!(matches!(Memory::default().load(twice), Err(Error::Exists { .. })));
}
