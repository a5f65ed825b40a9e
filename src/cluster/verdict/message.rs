//! What the texts of the kubelet, the scheduler and the API server say; they are all there is to go by.

use super::Code;
use crate::cluster::Json;
use crate::cluster::ready::text;

/// What a text says of an image that did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pull {
    NotFound,
    NotPermitted,
    /// The cause may pass, or is not known.
    Open,
}

/// What a registry, a proxy or a network says that may answer better the next time.
const PASSING: [&str; 14] = [
    "timeout",
    "timed out",
    "deadline exceeded",
    "connection refused",
    "connection reset",
    "no such host",
    "server misbehaving",
    "network is unreachable",
    "no route to host",
    "toomanyrequests",
    "too many requests",
    "bad gateway",
    "service unavailable",
    "unexpected eof",
];

const ABSENT: [&str; 8] = [
    "not found",
    "manifest unknown",
    "manifest_unknown",
    "name unknown",
    "name_unknown",
    "no such image",
    "not present with pull policy of never",
    "no match for platform",
];

const DENIED: [&str; 7] = [
    "access denied",
    "access to the resource is denied",
    "unauthorized",
    "authentication required",
    "no basic auth credentials",
    "403 forbidden",
    "insufficient_scope",
];

/// Reads why an image did not come; names, which stand in quotes, do not count.
pub(super) fn pull(message: &str, image: &str) -> Pull {
    let message = unquoted(&message.replace(image, "")).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&PASSING) {
        Pull::Open
    } else if says(&DENIED) {
        Pull::NotPermitted
    } else if says(&ABSENT) {
        Pull::NotFound
    } else {
        Pull::Open
    }
}

/// Something that a pod refers to and that is not there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) code: Code,
    /// The Secret or ConfigMap; empty where the text does not name it.
    pub(super) name: String,
}

/// Reads which Secret, ConfigMap or key is missing, if the text is about that.
pub(super) fn missing(message: &str) -> Option<Missing> {
    let lower = message.to_lowercase();
    if lower.contains("couldn't find key")
        || lower.contains("references non-existent secret key")
        || lower.contains("references non-existent config key")
    {
        let holder = message.split_whitespace().last().unwrap_or_default();
        let name = holder.rsplit('/').next().filter(|_| holder.contains('/'));
        return Some(Missing { code: Code::MissingKey, name: name.unwrap_or_default().to_owned() });
    }
    let kinds = [
        ("secret \"", Code::MissingSecret),
        ("secrets \"", Code::MissingSecret),
        ("configmap \"", Code::MissingConfigMap),
        ("configmaps \"", Code::MissingConfigMap),
    ];
    kinds.iter().find_map(|(words, code)| {
        let start = lower.find(words)? + words.len();
        let (name, rest) = message.get(start..)?.split_once('"')?;
        rest.trim_start()
            .starts_with("not found")
            .then(|| Missing { code: *code, name: name.to_owned() })
    })
}

/// Reads why a pod could not be made; `None` for what may pass.
pub(super) fn refusal(message: &str) -> Option<Code> {
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["exceeded quota", "failed quota"]) {
        Some(Code::QuotaExceeded)
    } else if says(&["failed calling webhook", "timeout", "connection refused", "not yet ready"]) {
        // The webhook may be part of what is starting.
        None
    } else if says(&["denied the request", "denied request", "violates podsecurity"])
        || says(&["is forbidden", "is invalid"])
    {
        Some(Code::AdmissionRefused)
    } else {
        None
    }
}

/// Returns the first name in double quotes.
pub(super) fn quoted(message: &str) -> &str {
    message.split('"').nth(1).unwrap_or_default()
}

/// Returns the text without what stands in double quotes.
fn unquoted(message: &str) -> String {
    message.split('"').step_by(2).collect()
}

/// Returns a text on one line, without the password of an address in it.
pub(super) fn one_line(message: &str) -> String {
    let words = message.split_whitespace().map(|word| match word.split_once("://") {
        Some((scheme, rest)) => match rest.split_once('@') {
            Some((user, host)) if !user.contains('/') => format!("{scheme}://***@{host}"),
            _ => word.to_owned(),
        },
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns what an event says, with how often it was seen.
pub(in crate::cluster) fn of_event(event: &Json) -> String {
    let count = event.pointer("/series/count").or_else(|| event.pointer("/count"));
    let count = count.and_then(Json::as_i64).filter(|count| *count > 1);
    let times = count.map(|count| format!(" ({count} times)")).unwrap_or_default();
    format!("event {}{times}: {}", text(event, "/reason"), text(event, "/message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_says_tells_whether_waiting_helps() {
        let of = |message| pull(message, "example.test/timeout:503");
        for (message, expected) in [
            (
                r#"Back-off pulling image "example.test/timeout:503": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "example.test/timeout:503": example.test/timeout:503: not found"#,
                Pull::NotFound,
            ),
            ("manifest unknown: The named manifest is not known to the registry.", Pull::NotFound),
            (r#"Container image "x" is not present with pull policy of Never"#, Pull::NotFound),
            (
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
                Pull::NotPermitted,
            ),
            (
                "unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 401 Unauthorized",
                Pull::NotPermitted,
            ),
            (
                "unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 403 Forbidden",
                Pull::NotPermitted,
            ),
            (
                "failed to do request: Head https://r.test: dial tcp 10.0.0.1:443: i/o timeout",
                Pull::Open,
            ),
            ("dial tcp: lookup r.test on 10.0.0.10:53: no such host", Pull::Open),
            ("toomanyrequests: You have reached your pull rate limit", Pull::Open),
            (r#"Back-off pulling image "not found""#, Pull::Open),
        ] {
            assert_eq!(of(message), expected, "{message}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (message, code, name) in [
            (r#"secret "db" not found"#, Code::MissingSecret, "db"),
            (r#"configmap "app" not found"#, Code::MissingConfigMap, "app"),
            (
                r#"MountVolume.SetUp failed for volume "v" : secret "tls" not found"#,
                Code::MissingSecret,
                "tls",
            ),
            ("couldn't find key password in Secret shop/db", Code::MissingKey, "db"),
            ("couldn't find key mode in ConfigMap shop/app", Code::MissingKey, "app"),
            (
                r#"MountVolume.SetUp failed for volume "v" : references non-existent secret key: a.crt"#,
                Code::MissingKey,
                "",
            ),
        ] {
            assert_eq!(missing(message), Some(Missing { code, name: name.into() }), "{message}");
        }
        assert_eq!(missing("container has runAsNonRoot and image will run as root"), None);
        assert_eq!(missing(r#"object "shop"/"db" not registered"#), None);
    }

    #[test]
    fn a_refusal_that_may_pass_is_none() {
        for (message, expected) in [
            (
                "pods \"web-1\" is forbidden: exceeded quota: q, requested: pods=1",
                Some(Code::QuotaExceeded),
            ),
            (
                "admission webhook \"p.test\" denied the request: no root",
                Some(Code::AdmissionRefused),
            ),
            (
                "pods \"web-1\" is forbidden: violates PodSecurity \"restricted:latest\"",
                Some(Code::AdmissionRefused),
            ),
            (
                "Internal error occurred: failed calling webhook \"m.test\": connection refused",
                None,
            ),
            ("etcdserver: request timed out", None),
        ] {
            assert_eq!(refusal(message), expected, "{message}");
        }
    }

    #[test]
    fn passwords_in_addresses_are_left_out() {
        assert_eq!(
            one_line("pull\n  https://ann:secret@r.test/v2 failed"),
            "pull https://***@r.test/v2 failed"
        );
        assert_eq!(one_line("https://r.test/a@sha256:1"), "https://r.test/a@sha256:1");
    }
}
