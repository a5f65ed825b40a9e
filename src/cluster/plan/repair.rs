//! What would put an object back that was changed by hand.
//!
//! What is stated is taken from whoever changed it, but for controllers, and what was added by hand
//! beside it goes. An apply alone does not take away what others added: the plan asks the API server
//! what is left without it.

use kube::api::{Api, DynamicObject, Patch};

use super::object::{Tried, conclude, unfit, update_params};
use super::{Change, Step, Surroundings};
use crate::cluster::by_hand::{Addition, additions, kept_by_controllers, notes_of, without};
use crate::cluster::client_side::{merge_patch, merged};
use crate::cluster::fields::{changes, without_server_fields};
use crate::cluster::managed_fields::is_settled;
use crate::cluster::{Cluster, Error, Json};
use crate::manifest::ObjectRef;

impl Cluster {
    /// Plans the repair of an object that exists and was the release's before.
    pub(super) async fn plan_repair(
        &self,
        around: &Surroundings<'_>,
        api: &Api<DynamicObject>,
        mut step: Step,
    ) -> Result<Step, Error> {
        let Some(live) = step.live.clone() else { return Ok(step) };
        let mut added = additions(&live, &step.desired);
        added.retain(|addition| !addition.is_in_whole);
        if added.is_empty() && is_settled(&step.desired, &live) {
            step.after = step.live.clone();
            step.change = Change::Unchanged;
            return Ok(step);
        }
        let mut tried = self.dry_run(api, around, &step).await?;
        if let Tried::After(after) = &tried
            && let Some(desired) = leave(&mut step.remarks, &step.desired, &live, after)
        {
            step.desired = desired;
            tried = self.dry_run(api, around, &step).await?;
        }
        let tried = match unfit(around, &step, tried) {
            Ok(Tried::After(after)) => {
                self.without_additions(api, around, &step, (&live, after), &mut added).await?
            }
            Ok(tried) => tried,
            Err(refusal) => {
                step.change = Change::Refused(refusal);
                return Ok(step);
            }
        };
        conclude(&mut step, tried, false, around);
        Ok(step)
    }

    /// Asks what an object would be without what was added to it by hand.
    async fn without_additions(
        &self,
        api: &Api<DynamicObject>,
        around: &Surroundings<'_>,
        step: &Step,
        (live, after): (&Json, Json),
        added: &mut Vec<Addition>,
    ) -> Result<Tried, Error> {
        loop {
            let target = without(&without_server_fields(&after), &notes_of(&*added));
            let change = merge_patch(&without_server_fields(live), &target);
            let Some(change) = change.filter(|_| !added.is_empty()) else {
                return Ok(Tried::After(after));
            };
            let params = update_params(around.options);
            let tried = self.ask(api, around, step, params, Patch::Merge(&change)).await?;
            let is_refused = matches!(tried, Tried::Refused(_));
            if is_refused && added.iter().any(|addition| addition.is_first) {
                // What an object was made with may be what it cannot be without.
                added.retain(|addition| !addition.is_first);
                continue;
            }
            return Ok(tried);
        }
    }
}

/// Returns what an object becomes whose changes are worked out on this side.
pub(super) fn repaired(
    remarks: &mut Vec<String>,
    object: &ObjectRef,
    before: Option<&Json>,
    stated: &Json,
    live: &Json,
) -> Json {
    let next = merged(object, before, stated, live);
    let next = match leave(remarks, stated, live, &next) {
        None => next,
        Some(stated) => {
            let kept = kept_by_controllers(live, &changes(live, &next));
            let before = before.map(|before| without(before, &kept));
            merged(object, before.as_ref(), &stated, live)
        }
    };
    without(&next, &notes_of(&additions(live, stated)))
}

/// Returns what is stated without what controllers set otherwise, if there is such a thing.
fn leave(remarks: &mut Vec<String>, stated: &Json, live: &Json, next: &Json) -> Option<Json> {
    let kept = kept_by_controllers(live, &changes(live, next));
    if kept.is_empty() {
        return None;
    }
    let left = without(stated, &kept);
    let fields = changes(stated, &left).into_iter().map(|change| {
        let by = crate::cluster::set_by(live, &change.path);
        by.map_or(change.path.clone(), |by| format!("{} to {}", change.path, by.manager))
    });
    let fields: Vec<String> = fields.collect();
    remarks.push(format!("left to controllers: {}", fields.join(", ")));
    Some(left)
}
