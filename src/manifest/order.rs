//! The order in which kinds are installed and uninstalled.
//!
//! The tables are Helm's (pkg/release/v1/util/kind_sorter.go): charts rely on them, and the order
//! of a stored manifest follows from them.

use std::cmp::Ordering;

/// A direction through a release's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// What others need comes first.
    Install,
    /// What needs others goes first.
    Uninstall,
}

/// A number of kinds whose objects can be applied at once; waves compare in the order of applying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wave<'a>(usize, &'a str);

impl<'a> Wave<'a> {
    /// Returns the wave of a kind; each kind that Helm does not know is one of its own.
    pub fn of(kind: &'a str) -> Self {
        match WAVES.iter().position(|wave| wave.contains(&kind)) {
            Some(wave) => Self(wave, ""),
            None => Self(WAVES.len(), kind),
        }
    }
}

impl Order {
    /// Compares two kinds; kinds that Helm does not know come last, by name.
    pub fn compare(self, left: &str, right: &str) -> Ordering {
        match (self.position(left), self.position(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => left.cmp(right),
        }
    }

    /// Sorts items by the kind that `kind` tells of them; items of one kind keep their order.
    pub fn sort<T>(self, items: &mut [T], kind: impl Fn(&T) -> &str) {
        items.sort_by(|left, right| self.compare(kind(left), kind(right)));
    }

    fn position(self, kind: &str) -> Option<usize> {
        let table: &[&str] = match self {
            Self::Install => &INSTALL,
            Self::Uninstall => &UNINSTALL,
        };
        table.iter().position(|known| *known == kind)
    }
}

const INSTALL: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Kinds that can be applied at once, in the order of [`INSTALL`] but for the roles and Services that
/// go before what it names earlier. What the API server or a controller asks for while an object is
/// made comes in an earlier wave: the account of a token, the role of a binding, the class of a
/// claim, the Services of a Pod's environment.
const WAVES: [&[&str]; 11] = [
    &["PriorityClass", "Namespace"],
    &[
        "NetworkPolicy",
        "ResourceQuota",
        "LimitRange",
        "PodSecurityPolicy",
        "PodDisruptionBudget",
        "ServiceAccount",
    ],
    &[
        "Secret",
        "SecretList",
        "ConfigMap",
        "StorageClass",
        "PersistentVolume",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleList",
        "Role",
        "RoleList",
        "Service",
    ],
    &[
        "PersistentVolumeClaim",
        "ClusterRoleBinding",
        "ClusterRoleBindingList",
        "RoleBinding",
        "RoleBindingList",
    ],
    &["DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment"],
    &["HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob"],
    &["IngressClass"],
    &["Ingress"],
    &["APIService"],
    &["MutatingWebhookConfiguration"],
    &["ValidatingWebhookConfiguration"],
];

const UNINSTALL: [&str; 38] = [
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tables_hold_the_same_kinds() {
        let (mut install, mut uninstall) = (INSTALL, UNINSTALL);
        install.sort_unstable();
        uninstall.sort_unstable();
        assert_eq!(install, uninstall);
    }

    #[test]
    fn every_kind_is_in_one_wave_and_what_others_need_in_an_earlier_one() {
        let mut in_waves = WAVES.concat();
        in_waves.sort_unstable();
        let mut install = INSTALL;
        install.sort_unstable();
        assert_eq!(in_waves, install);
        let is_before = |one, other| Wave::of(one) < Wave::of(other);
        for (one, other) in [
            ("Namespace", "ServiceAccount"),
            ("ServiceAccount", "Secret"),
            ("ClusterRole", "RoleBinding"),
            ("StorageClass", "PersistentVolumeClaim"),
            ("Service", "Deployment"),
            ("RoleBinding", "Pod"),
            ("Deployment", "HorizontalPodAutoscaler"),
            ("CustomResourceDefinition", "Widget"),
            ("Apple", "Widget"),
        ] {
            assert!(is_before(one, other), "{one} before {other}");
        }
    }

    #[test]
    fn kinds_unknown_to_helm_come_last_by_name_and_equal_kinds_keep_their_order() {
        let mut items = [
            ("Zebra", 1),
            ("Deployment", 2),
            ("Apple", 3),
            ("ConfigMap", 4),
            ("Zebra", 5),
            ("ConfigMap", 6),
            ("", 7),
        ];
        Order::Install.sort(&mut items, |item| item.0);
        assert_eq!(items.map(|item| item.1), [4, 6, 2, 7, 3, 1, 5]);
        Order::Uninstall.sort(&mut items, |item| item.0);
        assert_eq!(items.map(|item| item.1), [2, 4, 6, 7, 3, 1, 5]);
    }
}
