//! Carrying a plan out: by kind in order, many objects of a kind at once.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::plan::apply_params;
use super::{CONCURRENCY, Change, Cluster, Deletion, Error, Plan, Propagation, Step};

/// What was done to an object, told as soon as it is done.
#[derive(Debug)]
pub struct Applied<'a> {
    /// The object and what happened to it.
    pub step: &'a Step,
}

impl Cluster {
    /// Creates and updates what the plan says, kind after kind, then deletes what it says.
    ///
    /// Objects that need nothing are not written.
    ///
    /// # Errors
    /// Stops at the first kind of which the API server refuses an object; what came before stays.
    pub async fn apply(
        &self,
        plan: &Plan,
        done: &(dyn Fn(Applied<'_>) + Sync),
    ) -> Result<(), Error> {
        let params = apply_params(&plan.options);
        let applied: Vec<&Step> = plan.applied().collect();
        for of_one_kind in applied.chunk_by(|one, other| one.object.kind == other.object.kind) {
            stream::iter(of_one_kind.iter().map(Ok))
                .try_for_each_concurrent(CONCURRENCY, |step| async {
                    if step.change != Change::Unchanged {
                        let api = self.api(&step.object).await?;
                        self.patch(&api, &step.object, &step.desired, &params).await?;
                    }
                    done(Applied { step });
                    Ok(())
                })
                .await?;
        }
        for step in plan.steps.iter().filter(|step| step.change == Change::Delete) {
            self.delete(&step.object, Propagation::Background).await?;
            done(Applied { step });
        }
        Ok(())
    }

    /// Deletes objects, kind after kind, many of a kind at once; one that is gone is no error.
    ///
    /// # Errors
    /// Returns what could not be deleted; the others are deleted all the same.
    pub async fn delete_all(&self, deletions: &[Deletion]) -> Vec<Error> {
        let mut errors = Vec::new();
        for of_one_kind in deletions.chunk_by(|one, other| one.object.kind == other.object.kind) {
            let results: Vec<Result<(), Error>> = stream::iter(of_one_kind)
                .map(|deletion| self.delete(&deletion.object, deletion.propagation))
                .buffer_unordered(CONCURRENCY)
                .collect()
                .await;
            errors.extend(results.into_iter().filter_map(Result::err));
        }
        errors
    }
}
