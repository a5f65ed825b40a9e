//! The names of what keeps an object from becoming ready; scripts read them, so they stay as they are.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What keeps an object from becoming ready (docs/reference/verdicts.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The registry has no such image.
    ImageNotFound,
    /// The registry does not give the image to this cluster.
    ImageNotPermitted,
    /// The image's name cannot be read.
    InvalidImageName,
    /// The image did not come in time, for a reason that might have passed.
    ImageUnreachable,
    /// A container ends again and again.
    CrashLoop,
    /// A container takes more memory than its limit.
    OutOfMemory,
    /// A Secret is not there.
    MissingSecret,
    /// A ConfigMap is not there.
    MissingConfigMap,
    /// A Secret or ConfigMap has no such key.
    MissingKey,
    /// The kubelet cannot make the container as its pod describes it.
    InvalidContainer,
    /// No node takes the pod.
    Unschedulable,
    /// A quota leaves no room for the pod.
    QuotaExceeded,
    /// Admission refuses the pod.
    AdmissionRefused,
    /// A container that prepares the pod fails.
    InitContainerFailed,
    /// A Job gave up.
    JobFailed,
    /// A Pod that is not started again ended badly.
    PodFailed,
    /// A hook's Job or Pod failed.
    HookFailed,
    /// A container runs, but its probe says that it does not serve.
    ReadinessProbeFailing,
    /// A claim gets no volume.
    UnboundClaim,
    /// A Deployment made no progress within its own deadline.
    DeadlineExceeded,
    /// None of the others.
    NotReady,
}

impl Code {
    /// Returns the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImageNotFound => "image-not-found",
            Self::ImageNotPermitted => "image-not-permitted",
            Self::InvalidImageName => "invalid-image-name",
            Self::ImageUnreachable => "image-unreachable",
            Self::CrashLoop => "crash-loop",
            Self::OutOfMemory => "out-of-memory",
            Self::MissingSecret => "missing-secret",
            Self::MissingConfigMap => "missing-config-map",
            Self::MissingKey => "missing-key",
            Self::InvalidContainer => "invalid-container",
            Self::Unschedulable => "unschedulable",
            Self::QuotaExceeded => "quota-exceeded",
            Self::AdmissionRefused => "admission-refused",
            Self::InitContainerFailed => "init-container-failed",
            Self::JobFailed => "job-failed",
            Self::PodFailed => "pod-failed",
            Self::HookFailed => "hook-failed",
            Self::ReadinessProbeFailing => "readiness-probe-failing",
            Self::UnboundClaim => "unbound-claim",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::NotReady => "not-ready",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
