//! How objects are at one moment, and what keeps those that are not ready; nothing is waited for.

use futures_util::{StreamExt, stream};
use kube::api::{Api, DynamicObject, ListParams};
use kube::runtime::watcher;

use super::WaitFor;
use super::judge::Judge;
use super::state::State;
use crate::cluster::{CONCURRENCY, Cluster, Error, Readiness, Verdict};
use crate::manifest::ObjectRef;

/// How objects are.
#[derive(Debug, Default)]
pub struct Health {
    /// The objects that can be ready or not, and how far they are.
    pub objects: Vec<(ObjectRef, Readiness)>,
    /// What keeps those that are not ready, as far as it is known.
    pub verdicts: Vec<Verdict>,
}

impl Cluster {
    /// Looks at objects whose namespaces are settled.
    ///
    /// # Errors
    /// Fails when the API server does not answer or does not let them be read.
    pub async fn health(&self, objects: &[ObjectRef]) -> Result<Health, Error> {
        let mut state = State::new(objects, WaitFor::Ready { jobs: false });
        let groups = state.groups();
        let wanted: Vec<&ObjectRef> = groups.iter().flatten().collect();
        let mut found = stream::iter(wanted)
            .map(async |object| (object, self.found(object).await))
            .buffered(CONCURRENCY);
        while let Some((object, live)) = found.next().await {
            let group = std::slice::from_ref(object);
            match live? {
                Some(live) => state.take(group, watcher::Event::Apply(live), &|_| {}),
                None => state.gone(group.iter(), &|_| {}),
            }
        }
        let mut judge = Judge::default();
        for (side, namespace) in Judge::places(&state) {
            let list = self.api_around(side, &namespace).list(&ListParams::default()).await;
            // Who may not see what is around the objects sees less.
            for object in list.into_iter().flatten() {
                judge.around().add(side, object);
            }
        }
        let verdicts = judge.at_the_end(&state, false);
        Ok(Health { objects: state.into_readiness(), verdicts })
    }

    async fn found(&self, object: &ObjectRef) -> Result<Option<DynamicObject>, Error> {
        let api: Api<DynamicObject> = self.api(object).await?;
        let found = api.get_opt(&object.name).await;
        found.map_err(|error| self.error(format!("read `{object}`"), error))
    }
}
