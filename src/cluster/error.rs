//! Why the cluster could not be reached, or did not do what was asked.

use std::path::PathBuf;

use super::{FieldChange, FieldConflict, Verdict};
use crate::manifest::ObjectRef;

/// Why something with the cluster failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No kubeconfig file exists and this is no pod either.
    #[error("Kubernetes cluster unreachable: no kubeconfig found (looked for {})", list(.looked_for))]
    NoKubeconfig {
        /// The files that were looked for.
        looked_for: Vec<PathBuf>,
    },
    /// A kubeconfig could not be read or does not fit together.
    #[error("cannot use kubeconfig {}: {reason}", list(.paths))]
    Kubeconfig {
        /// The files that make it up.
        paths: Vec<PathBuf>,
        /// What is wrong with it.
        reason: String,
    },
    /// The credentials of the kubeconfig could not be had, as when an exec plugin failed.
    #[error("cannot get credentials for {url}: {reason}")]
    Credentials {
        /// The API server.
        url: String,
        /// What went wrong, with what the plugin wrote.
        reason: String,
    },
    /// The API server does not answer.
    #[error("Kubernetes cluster unreachable: {url}: {reason}")]
    Unreachable {
        /// The API server.
        url: String,
        /// What went wrong, from the outermost to the innermost cause.
        reason: String,
    },
    /// The API server answered with a refusal.
    #[error("cannot {doing}: {message}")]
    Api {
        /// What was being done, such as ``create `Deployment/web` ``.
        doing: String,
        /// What the API server said.
        message: String,
        /// The API server's word for it, such as `Forbidden`.
        reason: String,
        /// The HTTP status.
        code: u16,
    },
    /// The cluster has no such kind.
    #[error(
        "resource mapping not found for name: \"{}\" namespace: \"{}\": no matches for kind \"{}\" in version \"{}\"\nensure CRDs are installed first",
        .object.name, .object.namespace.as_deref().unwrap_or_default(), .object.kind, .object.api_version
    )]
    NoSuchKind {
        /// The object whose kind is not known.
        object: ObjectRef,
    },
    /// Objects exist already and belong to someone else; all of them, not only the first.
    #[error("{}", foreign(.objects))]
    Foreign {
        /// Each object with what is missing for this release to own it.
        objects: Vec<(ObjectRef, String)>,
    },
    /// Another field manager owns fields that the manifest sets.
    #[error("conflict occurred while applying object {}/{} {}, Kind={}: {message}", .object.namespace.as_deref().unwrap_or_default(), .object.name, .object.api_version, .object.kind)]
    Conflict {
        /// The object.
        object: ObjectRef,
        /// The API server's words, naming managers and fields.
        message: String,
        /// Each field with who owns it.
        fields: Vec<FieldConflict>,
    },
    /// Fields would change that cannot change once the object exists.
    #[error("cannot apply `{object}`: {message}")]
    Immutable {
        /// The object.
        object: ObjectRef,
        /// The API server's words.
        message: String,
        /// The fields.
        fields: Vec<FieldChange>,
    },
    /// Several objects cannot be what they should be.
    #[error("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several {
        /// Why, for each.
        errors: Vec<Self>,
    },
    /// A kind that was created is not there in time.
    #[error("CustomResourceDefinition `{name}` is not established after {seconds} s{}", .reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    NotEstablished {
        /// Its name.
        name: String,
        /// How long it was waited for.
        seconds: u64,
        /// What its conditions say.
        reason: Option<String>,
    },
    /// The time is up, and something is not ready.
    #[error("{}\ncontext deadline exceeded", lines(.not_ready))]
    NotReady {
        /// A line for each object: which, its status, and why.
        not_ready: Vec<String>,
        /// What keeps them, as far as it is known.
        verdicts: Vec<Verdict>,
    },
    /// There is time left, but something is in a state that waiting cannot heal.
    #[error("{}\n{}", lines(&verdicts.iter().map(Verdict::line).collect::<Vec<_>>()), lines(.not_ready))]
    Hopeless {
        /// A line for each object that is not ready: which, its status, and why.
        not_ready: Vec<String>,
        /// What keeps those that never will be.
        verdicts: Vec<Verdict>,
    },
    /// Something can never become ready.
    #[error("{}", lines(.failed))]
    Failed {
        /// A line for each object: which, its status, and why.
        failed: Vec<String>,
        /// What made them fail.
        verdicts: Vec<Verdict>,
    },
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

fn lines(lines: &[String]) -> String {
    lines.join("\n")
}

fn foreign(objects: &[(ObjectRef, String)]) -> String {
    let one = |(object, why): &(ObjectRef, String)| {
        format!(
            "{} \"{}\" in namespace \"{}\" exists and cannot be imported into the current release: invalid ownership metadata; {why}",
            object.kind,
            object.name,
            object.namespace.as_deref().unwrap_or_default(),
        )
    };
    objects.iter().map(one).collect::<Vec<_>>().join("\n")
}

impl Error {
    /// Turns an error of the client into one that says what was being done.
    pub(super) fn from_kube(doing: impl Into<String>, url: &str, error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Api {
                doing: doing.into(),
                message: status.message.clone(),
                reason: status.reason.clone(),
                code: status.code,
            },
            kube::Error::Auth(auth) => {
                Self::Credentials { url: url.to_owned(), reason: credentials(&auth) }
            }
            kube::Error::Service(source) => {
                match source.downcast_ref::<kube::client::AuthError>() {
                    Some(auth) => {
                        Self::Credentials { url: url.to_owned(), reason: credentials(auth) }
                    }
                    None => Self::Unreachable { url: url.to_owned(), reason: causes(&*source) },
                }
            }
            other => Self::Unreachable { url: url.to_owned(), reason: causes(&other) },
        }
    }

    /// Returns what keeps objects from becoming ready, if this is why waiting ended.
    pub fn verdicts(&self) -> &[Verdict] {
        match self {
            Self::NotReady { verdicts, .. }
            | Self::Hopeless { verdicts, .. }
            | Self::Failed { verdicts, .. } => verdicts,
            _ => &[],
        }
    }

    /// Says whether the API server answered "not found".
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api { code: 404, .. })
    }
}

/// Says what an exec plugin wrote, which is what tells the user what to do (`aws sso login`).
fn credentials(error: &kube::client::AuthError) -> String {
    use kube::client::AuthError;
    match error {
        AuthError::AuthExecRun { cmd, out } => {
            let wrote = String::from_utf8_lossy(&out.stderr);
            format!("exec plugin `{cmd}` failed with {}: {}", out.status, wrote.trim())
        }
        AuthError::AuthExecStart(source) => format!("exec plugin could not be started: {source}"),
        other => causes(other),
    }
}

/// Joins an error and its causes, leaving out a cause that the text before it repeats.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}
