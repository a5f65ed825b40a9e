//! What a chart may ask about the cluster: the version of Kubernetes and the API versions it
//! serves.

use super::Error;
use crate::values::go;

/// The version of Kubernetes that Helm 4.3 takes for granted without a cluster: that of its client
/// library.
const DEFAULT_KUBE_VERSION: (u64, u64) = (1, 37);

/// The version of Helm that charts are told about.
const HELM_VERSION: &str = "v4.3.1";

/// The API versions that Helm 4.3 takes for granted without a cluster, in its order.
const DEFAULT_API_VERSIONS: [&str; 57] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// What the cluster offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// The API versions.
    pub api_versions: ApiVersions,
    /// The version of Helm whose charts we render.
    pub helm_version: String,
}

impl Default for Capabilities {
    /// Makes the capabilities that Helm takes for granted without a cluster.
    fn default() -> Self {
        let (major, minor) = DEFAULT_KUBE_VERSION;
        let version = format!("v{major}.{minor}.0");
        let kube_version = KubeVersion {
            normalized: version.clone(),
            version,
            major: major.to_string(),
            minor: minor.to_string(),
        };
        let api_versions = ApiVersions(DEFAULT_API_VERSIONS.map(str::to_owned).to_vec());
        Self { kube_version, api_versions, helm_version: HELM_VERSION.to_owned() }
    }
}

impl Capabilities {
    /// Makes the capabilities of a cluster from what its API server says about itself.
    ///
    /// As in Helm nothing is taken off the version, so that `v1.33.4-gke.1` counts as a prerelease
    /// when constraints are checked, and the numbers may not be numbers (`33+`).
    pub fn of_cluster(version: &str, major: &str, minor: &str, api_versions: Vec<String>) -> Self {
        let kube_version = KubeVersion {
            version: version.to_owned(),
            major: major.to_owned(),
            minor: minor.to_owned(),
            normalized: version.to_owned(),
        };
        Self { kube_version, api_versions: ApiVersions(api_versions), ..Self::default() }
    }

    /// Replaces the version of Kubernetes, as `--kube-version` asks for.
    pub fn set_kube_version(&mut self, version: &str) -> Result<(), Error> {
        self.kube_version = KubeVersion::parse(version)
            .map_err(|source| Error::KubeVersionSyntax { text: version.to_owned(), source })?;
        Ok(())
    }

    /// Adds API versions, as `--api-versions` asks for.
    pub fn add_api_versions(&mut self, api_versions: &[String]) {
        self.api_versions.0.extend_from_slice(api_versions);
    }
}

/// API versions, such as `apps/v1`, and for clusters also kinds in them, such as
/// `apps/v1/Deployment`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiVersions(pub Vec<String>);

impl ApiVersions {
    /// Says whether an API version, or a kind in one, is there.
    pub fn has(&self, api_version: &str) -> bool {
        self.0.iter().any(|known| known == api_version)
    }
}

/// A version of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeVersion {
    /// The whole version, such as `v1.33.4-gke.1245000`.
    pub version: String,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
    normalized: String,
}

/// Says why a text is no version of Kubernetes, in the words of its library.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeVersionError {
    /// The text does not start with numbers.
    #[error("could not parse {} as version", go::quote(.0))]
    NoVersion(String),
    /// There is only one number.
    #[error("illegal version string {}", go::quote(.0))]
    OneNumber(String),
    /// The first number starts with zero.
    #[error("illegal zero-prefixed version component {} in {}", go::quote(.0), go::quote(.1))]
    LeadingZero(String, String),
    /// A number does not fit 64 bits.
    #[error("illegal non-numeric version component {} in {}", go::quote(.0), go::quote(.1))]
    OutOfRange(String, String),
}

impl KubeVersion {
    /// Reads a version: at least two numbers, then anything.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let blank = ['\t', '\n', '\u{c}', '\r', ' '];
        let start = text.trim_start_matches(blank);
        let start = start.strip_prefix('v').unwrap_or(start);
        let numbers = leading_numbers(start);
        if numbers.is_empty() || start.contains('\n') {
            return Err(KubeVersionError::NoVersion(text.to_owned()));
        }
        if numbers.len() < 2 {
            return Err(KubeVersionError::OneNumber(text.to_owned()));
        }
        if numbers[0].len() > 1 && numbers[0].starts_with('0') {
            return Err(KubeVersionError::LeadingZero(numbers[0].to_owned(), text.to_owned()));
        }
        let parsed: Vec<String> = numbers
            .iter()
            .map(|digits| match digits.parse::<u64>() {
                Ok(number) => Ok(number.to_string()),
                Err(_) => Err(KubeVersionError::OutOfRange((*digits).to_owned(), text.to_owned())),
            })
            .collect::<Result<_, _>>()?;
        let v = if text.starts_with('v') { "" } else { "v" };
        Ok(Self {
            version: format!("{v}{text}"),
            major: parsed[0].clone(),
            minor: parsed[1].clone(),
            normalized: format!("v{}", parsed.join(".")),
        })
    }

    /// Returns the version as constraints are checked against it and as templates print it: without
    /// what follows its numbers when it was given by `--kube-version`, otherwise as it is.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }
}

fn leading_numbers(text: &str) -> Vec<&str> {
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            return numbers;
        }
        numbers.push(&rest[..end]);
        match rest[end..].strip_prefix('.') {
            Some(next) => rest = next,
            None => return numbers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_kubernetes_are_read_as_helm_reads_them() {
        let cases = [
            ("1.28", "v1.28", "1", "28", "v1.28"),
            ("v1.28.3+x", "v1.28.3+x", "1", "28", "v1.28.3"),
            ("v1.33.4-gke.1245000", "v1.33.4-gke.1245000", "1", "33", "v1.33.4"),
            ("1.02", "v1.02", "1", "2", "v1.2"),
            (" v1.2", "v v1.2", "1", "2", "v1.2"),
            ("1.2.", "v1.2.", "1", "2", "v1.2"),
            ("1.2.3.4", "v1.2.3.4", "1", "2", "v1.2.3.4"),
        ];
        for (text, version, major, minor, normalized) in cases {
            let expected = KubeVersion {
                version: version.to_owned(),
                major: major.to_owned(),
                minor: minor.to_owned(),
                normalized: normalized.to_owned(),
            };
            assert_eq!(KubeVersion::parse(text), Ok(expected));
        }
        let errors = [
            ("foo", r#"could not parse "foo" as version"#),
            ("1.2\n3", r#"could not parse "1.2\n3" as version"#),
            ("1", r#"illegal version string "1""#),
            ("1..2", r#"illegal version string "1..2""#),
            ("01.2", r#"illegal zero-prefixed version component "01" in "01.2""#),
        ];
        for (text, expected) in errors {
            assert_eq!(KubeVersion::parse(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn what_a_cluster_says_is_kept() {
        let found = Capabilities::of_cluster("v1.33.4-gke.1", "1", "33+", vec!["v1".to_owned()]);
        assert_eq!(found.kube_version.normalized(), "v1.33.4-gke.1");
        assert_eq!(found.kube_version.minor, "33+");
        assert!(found.api_versions.has("v1") && !found.api_versions.has("apps/v1"));
    }

    #[test]
    fn the_defaults_are_those_of_helm() {
        let capabilities = Capabilities::default();
        assert_eq!(capabilities.kube_version, KubeVersion::parse("v1.37.0").unwrap());
        assert_eq!(capabilities.api_versions.0.len(), 57);
        assert!(capabilities.api_versions.has("networking.k8s.io/v1"));
        assert!(!capabilities.api_versions.has("apps/v1/Deployment"));
    }
}
