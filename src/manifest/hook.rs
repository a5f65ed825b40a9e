//! Hooks: objects that are run around an operation instead of being part of the release.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Time;

/// The annotation that makes an object a hook, and says on which events it runs.
pub(super) const EVENT_ANNOTATION: &str = "helm.sh/hook";
/// The annotation that orders the hooks of one event.
pub(super) const WEIGHT_ANNOTATION: &str = "helm.sh/hook-weight";
/// The annotation that says when a hook's object is deleted.
pub(super) const DELETE_ANNOTATION: &str = "helm.sh/hook-delete-policy";
/// The annotation that says when a hook's logs are shown.
pub(super) const LOG_ANNOTATION: &str = "helm.sh/hook-output-log-policy";

/// An object that runs on events of a release; serialized as Helm's records have it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hook {
    /// The object's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The object's kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The template that the hook was rendered from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The object as rendered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manifest: String,
    /// The events that the hook runs on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<HookEvent>,
    /// What came of the last run.
    pub last_run: HookRun,
    /// The place among the hooks of one event, lowest first.
    #[serde(skip_serializing_if = "is_zero")]
    pub weight: i64,
    /// When the hook's object is deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delete_policies: Vec<HookDeletePolicy>,
    /// When the hook's logs are shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub output_log_policies: Vec<HookLogPolicy>,
}

/// When a hook last ran and how that ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HookRun {
    /// When the hook was started.
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub started_at: Time,
    /// When the hook ended.
    #[serde(skip_serializing_if = "Time::is_zero")]
    pub completed_at: Time,
    /// How far the hook got.
    pub phase: HookPhase,
}

fn is_zero(weight: &i64) -> bool {
    *weight == 0
}

impl Hook {
    /// Says whether the hook is a test of the release.
    pub fn is_test(&self) -> bool {
        self.events.contains(&HookEvent::Test)
    }
}

/// Declares a word of Helm's that a record may also hold in a form that nobody knows yet.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// Any other text, kept as it was found.
            Other(String),
        }

        impl $name {
            /// Returns the text that records and annotations have.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

open_enum! {
    /// A moment at which hooks run.
    HookEvent {
        /// Before the first objects are created.
        PreInstall = "pre-install",
        /// After all objects are created.
        PostInstall = "post-install",
        /// Before the first object is deleted.
        PreDelete = "pre-delete",
        /// After all objects are deleted.
        PostDelete = "post-delete",
        /// Before the first object is changed by an upgrade.
        PreUpgrade = "pre-upgrade",
        /// After an upgrade has changed all objects.
        PostUpgrade = "post-upgrade",
        /// Before the first object is changed by a rollback.
        PreRollback = "pre-rollback",
        /// After a rollback has changed all objects.
        PostRollback = "post-rollback",
        /// When the release is tested.
        Test = "test",
    }
}

open_enum! {
    /// When a hook's object is deleted.
    HookDeletePolicy {
        /// After the hook succeeded.
        Succeeded = "hook-succeeded",
        /// After the hook failed.
        Failed = "hook-failed",
        /// Before the hook is run again.
        BeforeCreation = "before-hook-creation",
    }
}

open_enum! {
    /// When a hook's logs are shown.
    HookLogPolicy {
        /// After the hook succeeded.
        Succeeded = "hook-succeeded",
        /// After the hook failed.
        Failed = "hook-failed",
    }
}

open_enum! {
    /// How far a hook got when it last ran.
    HookPhase {
        /// It was started, and nobody knows what came of it.
        Unknown = "Unknown",
        /// It runs.
        Running = "Running",
        /// It is done.
        Succeeded = "Succeeded",
        /// It failed.
        Failed = "Failed",
    }
}

impl Default for HookPhase {
    fn default() -> Self {
        // A hook that never ran has an empty phase in Helm's records.
        Self::Other(String::new())
    }
}
