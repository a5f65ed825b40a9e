//! What an uninstall would delete, keep and leave.

use super::{Kind, Planned};
use crate::action::deploy::objects;
use crate::action::{Context, Error, Uninstall, check_name};
use crate::cluster::{Change, Owner, Plan, PlanOptions};
use crate::manifest::{Object, Order};
use crate::release::{Release, Status};

/// Plans an uninstall.
///
/// # Errors
/// Fails when there is no such release, or the API server does not answer.
pub async fn plan_uninstall(ctx: &Context<'_>, request: Uninstall) -> Result<Planned, Error> {
    check_name(&request.name)?;
    ctx.cluster.reach().await?;
    let not_found =
        || Error::NotFound { name: request.name.clone(), namespace: ctx.namespace.clone() };
    let release = ctx.store.last(&request.name).await?.ok_or_else(not_found)?;
    let plan = match release.info.status {
        Status::Uninstalled if request.keep_history => {
            return Err(Error::AlreadyDeleted { name: request.name });
        }
        // Its objects are gone; what is left are records.
        Status::Uninstalled => Plan::default(),
        _ => deletions(ctx, &release).await?,
    };
    let operation = Kind::Uninstall { request, release: Box::new(release) };
    Ok(Planned { plan, operation, not_restored: Vec::new() })
}

/// Compares what a release has with what is there, as an uninstall treats it.
pub(super) async fn deletions(ctx: &Context<'_>, release: &Release) -> Result<Plan, Error> {
    let owner = Owner { release: release.name.clone(), namespace: ctx.namespace.clone() };
    let mut all = objects(&release.manifest)?;
    Order::Uninstall.sort(&mut all, |object| &object.reference.kind);
    // A plan deletes in the reverse of the order that it is given.
    all.reverse();
    let (kept, gone): (Vec<Object>, Vec<Object>) = all.into_iter().partition(Object::is_kept);
    let options = PlanOptions::default();
    let mut plan = ctx.cluster.plan(&owner, &gone, &[], &[], &options).await?;
    for step in &mut plan.steps {
        // The manifest decides what is kept, whatever the object says meanwhile.
        step.change = Change::Delete;
        if let Some(why) = step.live.as_ref().and_then(|live| owner.foreign(live)) {
            step.change = Change::Keep;
            step.remarks.push(format!("it is not part of this release ({why})"));
        }
    }
    let kept = ctx.cluster.plan(&owner, &kept, &[], &[], &options).await?;
    plan.steps.extend(kept.steps.into_iter().map(|mut step| {
        step.change = Change::Keep;
        step
    }));
    plan.remarks.extend(kept.remarks);
    Ok(plan)
}
