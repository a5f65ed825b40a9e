//! Why a hook failed: Helm's words, which are recorded, and what its pod wrote, which is shown.

use std::fmt;

use super::Diagnosis;
use crate::cluster::{self, Pod};
use crate::manifest::{Hook, HookDeletePolicy, HookEvent};

/// Why a hook failed.
#[derive(Debug)]
pub struct HookFailure {
    /// The moment at which the hook ran.
    pub event: HookEvent,
    /// The hook.
    pub hook: Hook,
    /// How far the hook came.
    pub stage: HookStage,
    /// What the cluster said.
    pub error: cluster::Error,
    /// What its pod wrote, if it has one.
    pub logs: Option<HookLogs>,
    /// What made it fail, as far as it is known.
    pub diagnoses: Vec<Diagnosis>,
}

/// How far a hook came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookStage {
    /// What an earlier run left could not be deleted.
    Clearing,
    /// The API server refused the hook's object.
    Making,
    /// The hook's object failed, or did not come to its end in time.
    Running,
}

/// What the pod of a hook wrote.
#[derive(Debug)]
pub struct HookLogs {
    /// The newest pod that did not succeed.
    pub pod: Pod,
    /// How many such pods there are.
    pub pods: usize,
    /// The last lines of each of its containers, or why there are none; nothing where the whole log
    /// was shown before.
    pub lines: Vec<Result<Vec<String>, cluster::Error>>,
}

impl fmt::Display for HookFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, error, hook, .. } = self;
        match event {
            HookEvent::PreInstall | HookEvent::PostInstall => write!(f, "failed {event}: ")?,
            HookEvent::PreUpgrade | HookEvent::PostUpgrade => write!(f, "{event} hooks failed: ")?,
            HookEvent::PostDelete => f.write_str("uninstallation completed with 1 error(s): ")?,
            _ => {}
        }
        if self.stage == HookStage::Making {
            write!(f, "warning: Hook {event} {} failed: ", hook.path)?;
        }
        write!(f, "{error}")
    }
}

impl std::error::Error for HookFailure {}

impl HookFailure {
    /// Returns what people call the hook's object.
    pub fn object(&self) -> String {
        match &*self.hook.name {
            // The API server names it.
            "" => self.hook.kind.clone(),
            name => format!("{}/{name}", self.hook.kind),
        }
    }

    /// Says what to do next.
    pub(super) fn hint(&self) -> String {
        let object = self.object();
        let anew = match self.event {
            // There is no release left to run hooks of.
            HookEvent::PostDelete => return format!("look at `{object}`, and delete it by hand"),
            HookEvent::Test => "the next run of the tests",
            _ => "the next run, unless it has --no-hooks,",
        };
        let asks_for = |policy| self.hook.delete_policies.contains(&policy);
        if self.stage != HookStage::Running {
            format!("nothing after `{object}` was done; --no-hooks leaves hooks out")
        } else if asks_for(HookDeletePolicy::Failed) {
            format!("`{object}` is deleted, as its hook-delete-policy asks; {anew} makes it anew")
        } else if asks_for(HookDeletePolicy::BeforeCreation) {
            format!("`{object}` stays for a look at it; {anew} deletes it and makes it anew")
        } else {
            format!("delete `{object}` by hand: its hook-delete-policy lets no run make it anew")
        }
    }
}
