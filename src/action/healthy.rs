//! Evidence of health: which revisions were seen to be ready, and which of them to go back to.

use std::collections::HashMap;

use jiff::Timestamp;

use super::Context;
use super::deploy::objects;
use crate::cluster::{Plan, Step, is_ready};
use crate::manifest::ObjectRef;
use crate::release::{Release, Status};

/// A revision to go back to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) revision: i64,
    /// Why it is this one, as a clause.
    pub(super) reason: String,
}

impl Context<'_> {
    /// Notes that the deployed revision is healthy, if a plan over it shows that all of it is ready.
    ///
    /// `next` is the revision that is made: where it is not the one after, such as after an upgrade
    /// that failed, what is in the cluster may be another's.
    pub(super) async fn stamp_if_healthy(&self, current: &Release, next: i64, plan: &Plan) {
        let is_alone = current.version + 1 == next && current.info.status == Status::Deployed;
        if current.healthy.is_some() || !is_alone || !is_seen_ready(current, plan) {
            return;
        }
        let now = Timestamp::now();
        // Evidence helps a later rollback, and is no reason for this upgrade to fail.
        if let Err(error) = self.store.stamp_healthy(&current.name, current.version, now).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "no evidence of health");
        }
    }
}

/// Says whether the live objects that a plan read are all of a revision, and ready.
fn is_seen_ready(current: &Release, plan: &Plan) -> bool {
    let Ok(objects) = objects(&current.manifest) else { return false };
    let identity =
        |object: &ObjectRef| (object.group().to_owned(), object.kind.clone(), object.name.clone());
    let mut steps: HashMap<_, Vec<&Step>> = HashMap::new();
    for step in &plan.steps {
        steps.entry(identity(&step.object)).or_default().push(step);
    }
    let live = |wanted: &ObjectRef| {
        // What states no namespace is in the release's, or in none.
        let namespace = wanted.namespace.as_ref().unwrap_or(&current.namespace);
        let steps = steps.get(&identity(wanted)).into_iter().flatten();
        let mut here =
            steps.filter(|step| step.object.namespace.as_ref().is_none_or(|it| it == namespace));
        here.next().and_then(|step| step.live.as_ref())
    };
    objects.iter().all(|object| match live(&object.reference) {
        Some(live) => is_ready(live),
        // A Job that has ended may be gone.
        None => object.reference.kind == "Job",
    })
}

/// Chooses the revision to go back to from a history, oldest first; `None` where there is no
/// revision before the newest that was ever deployed.
pub(super) fn choose(history: &[Release]) -> Option<Choice> {
    let (_, older) = history.split_last()?;
    let was_deployed =
        |release: &&Release| matches!(release.info.status, Status::Superseded | Status::Deployed);
    let candidates: Vec<&Release> = older.iter().filter(was_deployed).collect();
    let stays = candidates.iter().filter(|release| !was_left(release, history));
    let seen = stays.clone().rev().find_map(|release| Some((release, release.healthy?)));
    if let Some((release, at)) = seen {
        let reason = format!("it was the last that was seen healthy, at {}", moment(at));
        return Some(Choice {
            revision: release.version,
            reason: reason + &since(release, history),
        });
    }
    let longest = stays.max_by_key(|release| lifetime(release, history))?;
    let reason = format!(
        "no revision was seen healthy, and it was deployed the longest, for {}",
        length(lifetime(longest, history))
    );
    Some(Choice { revision: longest.version, reason: reason + &since(longest, history) })
}

/// Says whether somebody rolled back from a revision to an earlier one.
fn was_left(release: &Release, history: &[Release]) -> bool {
    let is_next = |other: &&Release| {
        other.version > release.version
            && matches!(other.info.status, Status::Superseded | Status::Deployed)
    };
    let next = history.iter().find(is_next);
    next.is_some_and(|next| (1..release.version).contains(&next.info.rollback_revision))
}

/// Returns for how many seconds a revision was deployed: until the next one was.
fn lifetime(release: &Release, history: &[Release]) -> i64 {
    let is_next = |other: &&Release| {
        other.version > release.version
            && matches!(other.info.status, Status::Superseded | Status::Deployed)
    };
    let end = history.iter().find(is_next).map_or_else(Timestamp::now, deployed);
    end.as_second().saturating_sub(deployed(release).as_second())
}

fn deployed(release: &Release) -> Timestamp {
    release.info.last_deployed.timestamp()
}

/// Says what became of the revisions after the one chosen.
fn since(chosen: &Release, history: &[Release]) -> String {
    let later = history.iter().filter(|release| release.version > chosen.version);
    let later: Vec<String> =
        later.map(|release| format!("{} {}", release.version, release.info.status)).collect();
    format!("; after it: {}", later.join(", "))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Returns seconds in the largest unit of which there are two.
fn length(seconds: i64) -> String {
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = units.iter().find(|(size, _)| seconds >= 2 * size);
    unit.map_or_else(
        || format!("{seconds} seconds"),
        |(size, name)| format!("{} {name}", seconds / size),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Time;

    /// Makes a history of status, start, time seen healthy, and revision rolled back to.
    fn history(revisions: &[(Status, i64, Option<i64>, i64)]) -> Vec<Release> {
        let release =
            |(version, (status, start, healthy, to)): (i64, &(Status, i64, Option<i64>, i64))| {
                let at = |second| Timestamp::from_second(second).unwrap();
                let mut release = Release::new("web", "shop", version);
                release.info.status = *status;
                release.info.last_deployed = Time::new(at(*start), jiff::tz::Offset::UTC);
                release.info.rollback_revision = *to;
                release.healthy = healthy.map(at);
                release
            };
        (1..).zip(revisions).map(release).collect()
    }

    #[track_caller]
    fn chosen(revisions: &[(Status, i64, Option<i64>, i64)], expect: Option<(i64, &str)>) {
        let choice = choose(&history(revisions));
        assert_eq!(
            choice.as_ref().map(|choice| choice.revision),
            expect.map(|(revision, _)| revision)
        );
        if let (Some(choice), Some((_, words))) = (choice, expect) {
            assert!(choice.reason.contains(words), "{}", choice.reason);
        }
    }

    #[test]
    fn the_last_revision_seen_healthy_is_chosen() {
        use Status::{Deployed, Failed, Superseded};
        let seen = "the last that was seen healthy, at 1970-01-01 00:05:00 UTC";
        chosen(
            &[
                (Superseded, 0, Some(5), 0),
                (Superseded, 200, Some(300), 0),
                (Failed, 400, None, 0),
                (Deployed, 500, Some(501), 0),
            ],
            Some((2, seen)),
        );
    }

    #[test]
    fn a_revision_that_somebody_left_is_not_chosen_again() {
        use Status::{Deployed, Superseded};
        chosen(
            &[
                (Superseded, 0, Some(5), 0),
                (Superseded, 9, Some(10), 0),
                (Superseded, 20, Some(30), 1),
                (Deployed, 50, None, 0),
            ],
            Some((3, "seen healthy")),
        );
        chosen(
            &[
                (Superseded, 0, Some(5), 0),
                (Superseded, 9, Some(10), 0),
                (Deployed, 20, Some(30), 1),
            ],
            Some((1, "seen healthy")),
        );
    }

    #[test]
    fn without_evidence_it_is_the_one_that_was_deployed_the_longest() {
        use Status::{Deployed, Failed, Superseded};
        let words = "it was deployed the longest, for 2 hours";
        chosen(
            &[
                (Superseded, 0, None, 0),
                (Superseded, 60, None, 0),
                (Failed, 100, None, 0),
                (Superseded, 7400, None, 0),
                (Deployed, 7500, None, 0),
            ],
            Some((2, words)),
        );
        chosen(&[(Failed, 0, None, 0), (Deployed, 60, None, 0)], None);
        chosen(&[(Deployed, 0, Some(1), 0)], None);
    }
}
