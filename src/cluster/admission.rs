//! What admission said of an object, told apart by the API server's words.
//!
//! Quotas, webhooks and policies refuse with the code and reason of a missing permission, and a
//! webhook that does not answer with those of a broken API server: only the text differs.

/// Why admission did not let an object pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial<'a> {
    /// The namespace's quota of this name is used up.
    Quota(&'a str),
    /// The webhook of this name cannot be reached, and the object is not admitted without it.
    Unreachable(&'a str),
    /// A webhook or a policy said no, or the namespace is going.
    Refused,
}

impl<'a> Denial<'a> {
    /// Reads an answer of the API server; `None` if it was not admission that refused.
    pub fn of(message: &'a str) -> Option<Self> {
        if let Some(webhook) = unreachable_webhook(message) {
            return Some(Self::Unreachable(webhook));
        }
        if let Some((_, quota)) = message.split_once("exceeded quota: ") {
            return Some(Self::Quota(quota.split(',').next().unwrap_or(quota)));
        }
        if let Some((_, quota)) = message.split_once("failed quota: ") {
            return Some(Self::Quota(quota.split(':').next().unwrap_or(quota)));
        }
        let words = [
            "admission webhook \"",
            "ValidatingAdmissionPolicy '",
            "violates PodSecurity",
            "because it is being terminated",
        ];
        words.iter().any(|words| message.contains(words)).then_some(Self::Refused)
    }
}

/// Returns the name of the webhook that could not be called, if that is what the message says.
pub(super) fn unreachable_webhook(message: &str) -> Option<&str> {
    let (_, after) = message.split_once("failed calling webhook \"")?;
    Some(after.split('"').next().unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_is_told_by_its_words() {
        for (message, expect) in [
            (
                "configmaps \"b\" is forbidden: exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2",
                Some(Denial::Quota("few")),
            ),
            (
                "pods \"a\" is forbidden: failed quota: compute: must specify limits.cpu for: main",
                Some(Denial::Quota("compute")),
            ),
            (
                "Internal error occurred: failed calling webhook \"check.example.com\": failed to call webhook: Post \"https://a.b.svc:443/\": service \"a\" not found",
                Some(Denial::Unreachable("check.example.com")),
            ),
            (
                "admission webhook \"check.example.com\" denied the request: no",
                Some(Denial::Refused),
            ),
            ("configmaps is forbidden: User \"ann\" cannot list resource \"configmaps\"", None),
        ] {
            assert_eq!(Denial::of(message), expect, "{message}");
        }
    }
}
