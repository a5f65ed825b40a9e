//! What a user can ask for: one function per verb, joining the floors below.
//!
//! Install, upgrade and rollback are three short prepares, which end with the next revision as a
//! value, and one [`deploy`], which plans, records, applies and waits.

mod crds;
pub mod create;
mod deploy;
mod drift;
mod error;
mod error_kind;
mod explain;
mod fetch;
mod get;
mod healthy;
mod hint;
mod history;
mod hook_failure;
mod hooks;
mod install;
mod leftovers;
mod lint;
mod list;
mod lock;
mod missing;
mod origins;
mod outside;
mod plan;
mod post_render;
mod preflight;
mod prepare;
mod recover;
mod references;
mod rollback;
mod show;
mod status;
mod stop;
mod strict;
mod template;
mod test;
mod uninstall;
mod upgrade;
mod user_values;
mod verdict;

pub use deploy::{DeployOptions, DryRun};
pub use drift::{Drift, DriftOfOne, Drifted, DriftedField, drift, drift_of_all};
pub use error::Error;
pub use error_kind::ErrorKind;
pub use explain::{Behind, BehindLayer, Explain, Explanation, explain};
pub use get::{get, get_values};
pub use hint::rejection_hint;
pub use history::{Changed, RevisionChanges, history, history_of_changes};
pub use hook_failure::{HookFailure, HookLogs, HookStage};
pub use install::{Install, check_name, install, preview_install, render_name};
pub use leftovers::Leftover;
pub use lint::{Lint, Linted, Message, Severity, lint};
pub use list::{List, Order, list};
pub use lock::{LockOptions, Run};
pub use outside::SchemaCheck;
pub use plan::{
    Consequence, Effect, ManualChange, Masks, Planned, Recorded, SavedPlan, SavedPlanError,
    apply_planned, apply_saved, compare_revisions, consequences, plan_install, plan_rollback,
    plan_uninstall, plan_upgrade, save_plan,
};
pub use post_render::PostRenderer;
pub use preflight::{Finding, Preflight, preflight};
pub use prepare::ChartOptions;
pub use recover::Recovery;
pub use rollback::{Rollback, Target, rollback};
pub use show::{Show, Shown, show};
pub use status::{StatusReport, status};
pub use stop::{Signal, Stop, Stopper};
pub use template::{Template, Templated, template};
pub use test::{Test, Tested, test};
pub use uninstall::{Uninstall, Uninstalled, uninstall};
pub use upgrade::{KeepValues, Upgrade, upgrade};
pub use user_values::{UserValueFlags, read_user_layers};
pub use verdict::{Diagnosis, NotReady, Now, Why, why};

use std::sync::Arc;

use crate::cluster::{Cluster, Pod, Readiness, Step, Waiting, Watched};
use crate::manifest::{Hook, HookEvent, HookPhase, ObjectRef};
use crate::release::Store;

/// Where a release lives, and who is told what happens to it.
pub struct Context<'a> {
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// The release records.
    pub store: Store,
    /// The namespace of the release.
    pub namespace: String,
    /// The run that operations are part of, for those who have to wait for it.
    pub run: Run,
    /// Is told of everything that happens, as it happens.
    pub told: &'a (dyn Fn(Event<'_>) + Sync),
}

/// Something that happened, or that the user should know.
#[derive(Debug)]
pub enum Event<'a> {
    /// The user should know this.
    Warning(String),
    /// A plan was made; nothing is written yet.
    Planned(&'a Planned),
    /// An object is as the plan wants it.
    Applied(&'a Step),
    /// An object that is waited for changed.
    Waiting {
        /// The object.
        object: &'a ObjectRef,
        /// How far it is.
        readiness: &'a Readiness,
        /// How many objects are there yet to wait for.
        left: usize,
    },
    /// All that is waited for, and what is around it; for those who show more than changes.
    Watched(&'a [Watched]),
    /// An object was deleted.
    Deleted(&'a ObjectRef),
    /// An uninstall leaves something behind, or takes it too.
    LeftBehind {
        /// The release's name.
        name: &'a str,
        /// What it is.
        leftovers: &'a [Leftover],
        /// Whether it is deleted next.
        taken: bool,
    },
    /// A hook was begun, or has ended.
    Hook {
        /// The hook.
        hook: &'a Hook,
        /// The moment at which it runs.
        event: &'a HookEvent,
        /// How far it is.
        phase: &'a HookPhase,
    },
    /// A hook wrote something that its log policy wants shown.
    Log {
        /// The pod that wrote it.
        pod: &'a Pod,
        /// The container that wrote it.
        container: &'a str,
        /// A line, or a part of a long one.
        text: &'a [u8],
    },
    /// A rollback goes to a revision that the user did not name.
    Chosen {
        /// The revision.
        revision: i64,
        /// Why it is this one.
        reason: &'a str,
    },
    /// `upgrade --install` found no release and installs one.
    InstallsInstead {
        /// The release's name.
        name: &'a str,
    },
}

impl Context<'_> {
    fn tell_of_wait(&self, waiting: &Waiting<'_>) {
        (self.told)(match *waiting {
            Waiting::Changed { object, readiness, left } => {
                Event::Waiting { object, readiness, left }
            }
            Waiting::Watched(all) => Event::Watched(all),
        });
    }

    fn warn(&self, text: impl Into<String>) {
        (self.told)(Event::Warning(text.into()));
    }
}
