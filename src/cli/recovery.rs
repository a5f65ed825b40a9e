//! `--rollback-on-failure` and `--cleanup-on-fail`: what is done about a failure.

use windlass::action::DeployOptions;

use super::log::Log;

/// What is done about a failed install or upgrade.
#[derive(Debug, clap::Args)]
pub(super) struct RecoveryFlags {
    /// Wait, and take a failure back: a failed install is uninstalled, a failed upgrade rolled back
    #[arg(long)]
    rollback_on_failure: bool,
    #[arg(long, hide = true)]
    atomic: bool,
}

impl RecoveryFlags {
    /// Adds what the flags say, which includes that the objects are waited for.
    pub(super) fn add_to(&self, options: &mut DeployOptions, log: Log) {
        if self.atomic {
            log.warn("Flag --atomic has been deprecated, use --rollback-on-failure instead");
        }
        options.rollback_on_failure = self.rollback_on_failure || self.atomic;
        options.wait |= options.rollback_on_failure;
    }
}

/// What is done about objects that a failed operation made.
#[derive(Debug, clap::Args)]
pub(super) struct CleanupFlag {
    /// Delete the objects that this run made if it fails
    #[arg(long)]
    pub(super) cleanup_on_fail: bool,
}
