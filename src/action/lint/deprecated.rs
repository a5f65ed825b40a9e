//! The APIs that Kubernetes gives up, as its own libraries know them.

use crate::chart::KubeVersion;

/// Warns of a kind that the version of Kubernetes calls deprecated.
pub(super) fn check(api_version: &str, kind: &str, version: &KubeVersion) -> Result<(), String> {
    let is_found = |group: &&Group| {
        group.api_version == api_version && group.kinds.split(' ').any(|known| known == kind)
    };
    let Some(group) = DEPRECATED.iter().find(is_found) else { return Ok(()) };
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    let version = (number(&version.major), number(&version.minor));
    let since = group.since;
    // Without a version every deprecation counts.
    if version != (0, 0) && version < (1, since) {
        return Ok(());
    }
    let until = group.until.map(|until| format!(", unavailable in v1.{until}+"));
    let instead = match group.instead {
        "" => String::new(),
        other if other.contains(' ') => format!("; use {other}"),
        api_version => format!("; use {api_version} {kind}"),
    };
    let until = until.unwrap_or_default();
    Err(format!("{api_version} {kind} is deprecated in v1.{since}+{until}{instead}"))
}

/// Says which minor version of Kubernetes 1 removes a kind, and what to use instead, if the version
/// that is asked for has it no longer.
pub(in crate::action) fn removed(
    api_version: &str,
    kind: &str,
    version: &KubeVersion,
) -> Option<(u64, &'static str)> {
    let minor: u64 = version.minor.parse().ok()?;
    let is_found = |group: &&Group| {
        group.api_version == api_version && group.kinds.split(' ').any(|known| known == kind)
    };
    let group = DEPRECATED.iter().find(is_found)?;
    group.until.filter(|until| *until <= minor).map(|until| (until, group.instead))
}

/// Kinds with the same fate.
struct Group {
    api_version: &'static str,
    /// The minor version of Kubernetes 1 that deprecates them.
    since: u64,
    /// The one that removes them.
    until: Option<u64>,
    /// The API version to use instead, with a kind where it is another one; empty for none.
    instead: &'static str,
    kinds: &'static str,
}

/// From the scheme of client-go 0.37.
const DEPRECATED: &[Group] = &[
    Group {
        api_version: "admissionregistration.k8s.io/v1alpha1",
        since: 35,
        until: Some(38),
        instead: "",
        kinds: "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList",
    },
    Group {
        api_version: "admissionregistration.k8s.io/v1alpha1",
        since: 29,
        until: Some(32),
        instead: "",
        kinds: "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyList",
    },
    Group {
        api_version: "admissionregistration.k8s.io/v1beta1",
        since: 37,
        until: Some(40),
        instead: "admissionregistration.k8s.io/v1",
        kinds: "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList",
    },
    Group {
        api_version: "admissionregistration.k8s.io/v1beta1",
        since: 16,
        until: Some(22),
        instead: "admissionregistration.k8s.io/v1",
        kinds: "MutatingWebhookConfiguration MutatingWebhookConfigurationList ValidatingWebhookConfiguration ValidatingWebhookConfigurationList",
    },
    Group {
        api_version: "admissionregistration.k8s.io/v1beta1",
        since: 31,
        until: Some(34),
        instead: "",
        kinds: "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyList",
    },
    Group {
        api_version: "apps/v1beta1",
        since: 8,
        until: Some(16),
        instead: "apps/v1",
        kinds: "ControllerRevision ControllerRevisionList Deployment DeploymentList DeploymentRollback StatefulSet StatefulSetList",
    },
    Group {
        api_version: "apps/v1beta1",
        since: 8,
        until: Some(16),
        instead: "autoscaling/v1",
        kinds: "Scale",
    },
    Group {
        api_version: "apps/v1beta2",
        since: 9,
        until: Some(16),
        instead: "apps/v1",
        kinds: "ControllerRevision ControllerRevisionList DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet ReplicaSetList StatefulSet StatefulSetList",
    },
    Group {
        api_version: "apps/v1beta2",
        since: 9,
        until: Some(16),
        instead: "autoscaling/v1",
        kinds: "Scale",
    },
    Group {
        api_version: "authentication.k8s.io/v1alpha1",
        since: 29,
        until: Some(32),
        instead: "",
        kinds: "SelfSubjectReview",
    },
    Group {
        api_version: "authentication.k8s.io/v1beta1",
        since: 30,
        until: Some(33),
        instead: "",
        kinds: "SelfSubjectReview",
    },
    Group {
        api_version: "authentication.k8s.io/v1beta1",
        since: 19,
        until: Some(22),
        instead: "authentication.k8s.io/v1",
        kinds: "TokenReview",
    },
    Group {
        api_version: "authorization.k8s.io/v1beta1",
        since: 19,
        until: Some(22),
        instead: "authorization.k8s.io/v1",
        kinds: "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    },
    Group {
        api_version: "batch/v1beta1",
        since: 21,
        until: Some(25),
        instead: "batch/v1",
        kinds: "CronJob CronJobList",
    },
    Group {
        api_version: "certificates.k8s.io/v1alpha1",
        since: 34,
        until: Some(37),
        instead: "",
        kinds: "ClusterTrustBundle ClusterTrustBundleList",
    },
    Group {
        api_version: "certificates.k8s.io/v1beta1",
        since: 19,
        until: Some(22),
        instead: "certificates.k8s.io/v1",
        kinds: "CertificateSigningRequest CertificateSigningRequestList",
    },
    Group {
        api_version: "certificates.k8s.io/v1beta1",
        since: 37,
        until: Some(40),
        instead: "certificates.k8s.io/v1",
        kinds: "ClusterTrustBundle ClusterTrustBundleList PodCertificateRequest PodCertificateRequestList",
    },
    Group {
        api_version: "coordination.k8s.io/v1alpha2",
        since: 35,
        until: Some(38),
        instead: "",
        kinds: "LeaseCandidate LeaseCandidateList",
    },
    Group {
        api_version: "coordination.k8s.io/v1beta1",
        since: 19,
        until: Some(22),
        instead: "coordination.k8s.io/v1",
        kinds: "Lease LeaseList",
    },
    Group {
        api_version: "coordination.k8s.io/v1beta1",
        since: 36,
        until: Some(39),
        instead: "",
        kinds: "LeaseCandidate LeaseCandidateList",
    },
    Group {
        api_version: "discovery.k8s.io/v1beta1",
        since: 21,
        until: Some(25),
        instead: "discovery.k8s.io/v1",
        kinds: "EndpointSlice",
    },
    Group {
        api_version: "discovery.k8s.io/v1beta1",
        since: 21,
        until: Some(25),
        instead: "discovery.k8s.io/v1 EndpointSlice",
        kinds: "EndpointSliceList",
    },
    Group {
        api_version: "events.k8s.io/v1beta1",
        since: 22,
        until: Some(25),
        instead: "",
        kinds: "Event EventList",
    },
    Group {
        api_version: "extensions/v1beta1",
        since: 8,
        until: Some(16),
        instead: "apps/v1",
        kinds: "DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet ReplicaSetList",
    },
    Group {
        api_version: "extensions/v1beta1",
        since: 8,
        until: Some(16),
        instead: "",
        kinds: "DeploymentRollback",
    },
    Group {
        api_version: "extensions/v1beta1",
        since: 14,
        until: Some(22),
        instead: "networking.k8s.io/v1",
        kinds: "Ingress IngressList",
    },
    Group {
        api_version: "extensions/v1beta1",
        since: 9,
        until: Some(16),
        instead: "networking.k8s.io/v1",
        kinds: "NetworkPolicy NetworkPolicyList",
    },
    Group {
        api_version: "extensions/v1beta1",
        since: 2,
        until: Some(16),
        instead: "",
        kinds: "Scale",
    },
    Group {
        api_version: "flowcontrol.apiserver.k8s.io/v1beta1",
        since: 23,
        until: Some(26),
        instead: "flowcontrol.apiserver.k8s.io/v1beta3",
        kinds: "FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList",
    },
    Group {
        api_version: "flowcontrol.apiserver.k8s.io/v1beta2",
        since: 26,
        until: Some(29),
        instead: "flowcontrol.apiserver.k8s.io/v1beta3",
        kinds: "FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList",
    },
    Group {
        api_version: "flowcontrol.apiserver.k8s.io/v1beta3",
        since: 29,
        until: Some(32),
        instead: "flowcontrol.apiserver.k8s.io/v1",
        kinds: "FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList",
    },
    Group {
        api_version: "lifecycle.k8s.io/v1alpha1",
        since: 40,
        until: Some(43),
        instead: "",
        kinds: "Eviction EvictionList EvictionRequest EvictionRequestList",
    },
    Group {
        api_version: "networking.k8s.io/v1beta1",
        since: 34,
        until: Some(37),
        instead: "",
        kinds: "IPAddress IPAddressList ServiceCIDR ServiceCIDRList",
    },
    Group {
        api_version: "networking.k8s.io/v1beta1",
        since: 19,
        until: Some(22),
        instead: "networking.k8s.io/v1",
        kinds: "Ingress IngressClassList IngressList",
    },
    Group {
        api_version: "networking.k8s.io/v1beta1",
        since: 19,
        until: Some(22),
        instead: "networking.k8s.io/v1 IngressClassList",
        kinds: "IngressClass",
    },
    Group {
        api_version: "node.k8s.io/v1beta1",
        since: 22,
        until: Some(25),
        instead: "",
        kinds: "RuntimeClass RuntimeClassList",
    },
    Group {
        api_version: "policy/v1beta1",
        since: 22,
        until: Some(25),
        instead: "",
        kinds: "Eviction",
    },
    Group {
        api_version: "policy/v1beta1",
        since: 21,
        until: Some(25),
        instead: "policy/v1",
        kinds: "PodDisruptionBudget PodDisruptionBudgetList",
    },
    Group {
        api_version: "rbac.authorization.k8s.io/v1beta1",
        since: 17,
        until: Some(22),
        instead: "rbac.authorization.k8s.io/v1",
        kinds: "ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role RoleBinding RoleBindingList RoleList",
    },
    Group {
        api_version: "resource.k8s.io/v1alpha3",
        since: 36,
        until: Some(39),
        instead: "",
        kinds: "DeviceTaintRule DeviceTaintRuleList",
    },
    Group {
        api_version: "resource.k8s.io/v1alpha3",
        since: 39,
        until: Some(42),
        instead: "",
        kinds: "ResourcePoolStatusRequest ResourcePoolStatusRequestList",
    },
    Group {
        api_version: "resource.k8s.io/v1beta1",
        since: 35,
        until: Some(38),
        instead: "",
        kinds: "DeviceClass DeviceClassList ResourceClaim ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList",
    },
    Group {
        api_version: "resource.k8s.io/v1beta2",
        since: 36,
        until: Some(39),
        instead: "",
        kinds: "DeviceClass DeviceClassList ResourceClaim ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList",
    },
    Group {
        api_version: "resource.k8s.io/v1beta2",
        since: 39,
        until: Some(42),
        instead: "",
        kinds: "DeviceTaintRule DeviceTaintRuleList",
    },
    Group {
        api_version: "scheduling.k8s.io/v1beta1",
        since: 40,
        until: Some(43),
        instead: "",
        kinds: "PodGroup PodGroupList Workload WorkloadList",
    },
    Group {
        api_version: "scheduling.k8s.io/v1beta1",
        since: 14,
        until: Some(22),
        instead: "scheduling.k8s.io/v1",
        kinds: "PriorityClass PriorityClassList",
    },
    Group {
        api_version: "storage.k8s.io/v1alpha1",
        since: 21,
        until: Some(24),
        instead: "storage.k8s.io/v1beta1",
        kinds: "CSIStorageCapacity CSIStorageCapacityList",
    },
    Group {
        api_version: "storage.k8s.io/v1alpha1",
        since: 21,
        until: Some(24),
        instead: "storage.k8s.io/v1",
        kinds: "VolumeAttachment VolumeAttachmentList",
    },
    Group {
        api_version: "storage.k8s.io/v1alpha1",
        since: 32,
        until: Some(35),
        instead: "storage.k8s.io/v1",
        kinds: "VolumeAttributesClass VolumeAttributesClassList",
    },
    Group {
        api_version: "storage.k8s.io/v1beta1",
        since: 19,
        until: Some(22),
        instead: "storage.k8s.io/v1",
        kinds: "CSIDriver CSIDriverList StorageClass StorageClassList VolumeAttachment VolumeAttachmentList",
    },
    Group {
        api_version: "storage.k8s.io/v1beta1",
        since: 17,
        until: Some(22),
        instead: "storage.k8s.io/v1",
        kinds: "CSINode",
    },
    Group {
        api_version: "storage.k8s.io/v1beta1",
        since: 17,
        until: Some(22),
        instead: "storage.k8s.io/v1 CSINode",
        kinds: "CSINodeList",
    },
    Group {
        api_version: "storage.k8s.io/v1beta1",
        since: 24,
        until: Some(27),
        instead: "storage.k8s.io/v1",
        kinds: "CSIStorageCapacity CSIStorageCapacityList",
    },
    Group {
        api_version: "storage.k8s.io/v1beta1",
        since: 34,
        until: Some(37),
        instead: "storage.k8s.io/v1",
        kinds: "VolumeAttributesClass VolumeAttributesClassList",
    },
    Group {
        api_version: "storagemigration.k8s.io/v1beta1",
        since: 37,
        until: Some(40),
        instead: "storagemigration.k8s.io/v1",
        kinds: "StorageVersionMigration StorageVersionMigrationList",
    },
    Group {
        api_version: "v1",
        since: 19,
        until: None,
        instead: "",
        kinds: "ComponentStatus ComponentStatusList",
    },
    Group {
        api_version: "v1",
        since: 33,
        until: None,
        instead: "discovery.k8s.io/v1 EndpointSlice",
        kinds: "Endpoints",
    },
    Group {
        api_version: "v1",
        since: 33,
        until: None,
        instead: "discovery.k8s.io/v1 EndpointSliceList",
        kinds: "EndpointsList",
    },
];
