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
