//! What this user may not do, of all that a deploy does.

use std::collections::BTreeMap;

use super::{Finding, Wanted};
use crate::action::{Context, Error, Planned};
use crate::cluster::{self, Access, Change, Step};

/// What a deploy does to records, whatever happens to objects.
const RECORDS: [&str; 5] = ["create", "delete", "get", "list", "update"];

pub(super) async fn denied(
    ctx: &Context<'_>,
    planned: &Planned,
    wanted: &[Wanted<'_>],
) -> Result<Vec<Finding>, Error> {
    let mut asked: BTreeMap<Access, Option<crate::manifest::ObjectRef>> = BTreeMap::new();
    if let Some(resource) = ctx.store.resource() {
        for verb in RECORDS {
            let (group, resource) = (String::new(), resource.to_owned());
            let namespace = Some(ctx.namespace.clone());
            asked.insert(Access { namespace, group, resource, verb }, None);
        }
    }
    let steps = planned.plan.steps.iter().map(|step| (&step.object, verbs(step)));
    let hooks = wanted.iter().filter(|wanted| wanted.is_hook);
    let hooks = hooks.map(|hook| (hook.object, &["create", "delete", "get", "patch"][..]));
    for (object, verbs) in steps.chain(hooks) {
        for verb in verbs {
            match ctx.cluster.access(object, verb).await {
                Ok(access) => {
                    asked.entry(access).or_insert_with(|| Some(object.clone()));
                }
                // That there is no such kind is said by the plan.
                Err(cluster::Error::NoSuchKind { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    let denied = ctx.cluster.denied(asked.keys().cloned()).await?;
    Ok(denied.into_iter().map(|access| finding(&access, asked.get(&access))).collect())
}

fn verbs(step: &Step) -> &'static [&'static str] {
    match &step.change {
        Change::Create => &["create", "get", "patch"],
        Change::Update(_) | Change::Adopt(_) => &["get", "patch"],
        Change::Replace(_) => &["create", "delete", "get", "patch"],
        Change::Unchanged | Change::Keep => &["get"],
        Change::Delete => &["delete", "get"],
        Change::Refused(_) => &["create", "get", "patch"],
    }
}

fn finding(access: &Access, object: Option<&Option<crate::manifest::ObjectRef>>) -> Finding {
    let group = if access.group.is_empty() { String::new() } else { format!(".{}", access.group) };
    let place = match &access.namespace {
        Some(namespace) => format!("in namespace {namespace}"),
        None => "in the cluster".to_owned(),
    };
    let object = object.cloned().flatten();
    let what = if object.is_none() { ", where the records of releases are" } else { "" };
    let text = format!("you may not {} {}{group} {place}{what}", access.verb, access.resource);
    Finding { object, code: "not-permitted", text }
}
