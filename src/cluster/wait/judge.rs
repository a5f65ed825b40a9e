//! The judgement of what is waited for: who is in a state that waiting cannot heal, and since when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::state::State;
use super::watches::sides;
use crate::cluster::verdict::{Around, Case, Finding, Moment, Room, Side, Storage, View, judge};
use crate::cluster::{Code, Readiness, Verdict};
use crate::manifest::ObjectRef;

/// How long room that pods made may yet be taken: a scheduler and a quota learn of it late.
const ROOM: Duration = Duration::from_secs(60);

/// How many verdicts are told at once; more say the same.
const MOST: usize = 5;

/// What is around the objects, and what was found of them.
#[derive(Default)]
pub(super) struct Judge {
    around: Around,
    /// Whether anything was seen since the last judgement.
    pub(super) is_new: bool,
    /// The places that are not seen yet.
    pub(super) unseen: BTreeSet<(Side, String)>,
    /// What was found of an object, and when first.
    doubts: BTreeMap<ObjectRef, (Code, Instant)>,
    /// Whether nodes may come; `None` until it is asked for.
    pub(super) nodes_may_come: Option<bool>,
    /// What claims may be bound to; `None` until it is asked for.
    pub(super) storage: Option<Storage>,
}

/// What a judgement came to.
pub(super) enum Judgement {
    /// There is reason to wait on.
    Open,
    /// It must be known whether nodes may come.
    AskForNodes,
    /// It must be known what claims may be bound to.
    AskForStorage,
    /// There is none.
    Hopeless(Vec<Verdict>),
}

impl Judge {
    /// Returns what is around the objects, by what it belongs to.
    pub(super) fn view(&self) -> View<'_> {
        self.around.view()
    }

    pub(super) fn around(&mut self) -> &mut Around {
        &mut self.around
    }

    /// Returns the places to look at for objects that are not ready.
    pub(super) fn places(state: &State) -> BTreeSet<(Side, String)> {
        let mut places = BTreeSet::new();
        for (object, _) in state.unready() {
            let namespace = object.namespace.clone().unwrap_or_default();
            places.extend(sides(object).iter().map(|side| (*side, namespace.clone())));
        }
        places
    }

    /// Judges while there is time left.
    pub(super) fn while_waiting(&mut self, state: &State) -> Judgement {
        let is_settled = !std::mem::take(&mut self.is_new) && self.doubts.is_empty();
        if !self.unseen.is_empty() || is_settled {
            return Judgement::Open;
        }
        let view = self.around.view();
        let mut found = self.findings(state, &view, Moment::Waiting, false);
        let is_found = |object: &ObjectRef| found.iter().any(|(other, _)| *other == object);
        let others_start =
            state.unready().any(|(object, _)| !sides(object).is_empty() && !is_found(object));
        if others_start {
            found = self.findings(state, &view, Moment::Waiting, true);
        }
        let has = |code| found.iter().any(|(_, finding)| finding.verdict.code == code);
        if has(Code::Unschedulable) && self.nodes_may_come.is_none() {
            self.is_new = true;
            return Judgement::AskForNodes;
        }
        if has(Code::UnboundClaim) && self.storage.is_none() {
            self.is_new = true;
            return Judgement::AskForStorage;
        }
        let now = Instant::now();
        let mut doubts = BTreeMap::new();
        let mut certain = Vec::new();
        for (object, Finding { verdict, patience }) in found {
            let known = self.doubts.get(object).filter(|known| known.0 == verdict.code);
            let since = known.map_or(now, |known| known.1);
            doubts.insert(object.clone(), (verdict.code, since));
            if now.duration_since(since) >= patience {
                certain.push(verdict);
            }
        }
        self.doubts = doubts;
        certain.truncate(MOST);
        if certain.is_empty() { Judgement::Open } else { Judgement::Hopeless(certain) }
    }

    /// Says the best there is to say of those that are not ready, or of those that failed.
    pub(super) fn at_the_end(&self, state: &State, only_failed: bool) -> Vec<Verdict> {
        let view = self.around.view();
        let found = self.findings(state, &view, Moment::GivingUp, false);
        let wanted = |(object, _): &(&ObjectRef, Finding)| {
            !only_failed || matches!(state.readiness(object), Some(Readiness::Failed(_)))
        };
        let mut found: Vec<Verdict> =
            found.into_iter().filter(wanted).map(|(_, finding)| finding.verdict).collect();
        // What says the least comes last.
        found.sort_by_key(|verdict| verdict.code == Code::NotReady);
        found.truncate(MOST);
        found
    }

    fn room(&self, view: &View<'_>) -> Room {
        let has_grown = self.around.room_made.is_some_and(|made| made.elapsed() < ROOM);
        if view.has_leaving_pods() {
            Room::OnItsWay
        } else if has_grown
            || self.nodes_may_come == Some(true)
            || view.has_autoscaler()
            || view.has_ending_pods()
        {
            Room::Possible
        } else {
            Room::Unlikely
        }
    }

    fn findings<'a>(
        &self,
        state: &'a State,
        view: &View<'_>,
        moment: Moment,
        others_start: bool,
    ) -> Vec<(&'a ObjectRef, Finding)> {
        let room = self.room(view);
        let unready = state.unready().filter_map(|(object, readiness)| {
            let live = state.live(object)?;
            let expected = |name: &str| state.is_expected(object, name);
            let case = Case {
                object,
                live,
                readiness,
                view,
                moment,
                is_hook: state.is_hook(),
                others_start,
                room,
                storage: self.storage.as_ref(),
                expected: &expected,
            };
            Some((object, judge(&case)?))
        });
        unready.collect()
    }
}
