//! Which texts are email addresses and URLs to Helm, whose library decides by regular expressions.

use std::sync::LazyLock;

use regex::Regex;

use crate::engine::functions::host_and_path;

/// The lengths, in letters and in bytes, outside which nothing is a URL.
const LENGTHS: (usize, usize) = (2083, 3);

/// Says whether a text is an email address.
pub(super) fn is_email(text: &str) -> bool {
    static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
        const WIDE: &str = r"\x{A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}";
        let atom = format!("[a-zA-Z0-9!#$%&'*+/=?^_`{{|}}~{WIDE}-]+");
        // Helm's library takes one sign between the quotes, and no more.
        let space = r"(?:(?:[ \t]*\r\n)?[ \t]+)?";
        let quoted = format!(
            r"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!\x23-\x5b\x5d-\x7f{WIDE}]|\([\x01-\x7f{WIDE}])"
        );
        let local = format!(r#"(?:{atom}(?:\.{atom})*|"{space}{quoted}{space}")"#);
        let label = format!(r"[a-zA-Z0-9{WIDE}](?:[a-zA-Z0-9._~{WIDE}-]*[a-zA-Z0-9{WIDE}])?");
        let top = format!("[a-zA-Z{WIDE}](?:[a-zA-Z0-9_~{WIDE}-]*[a-zA-Z{WIDE}])?");
        expression(&format!(r"^{local}@(?:{label}\.)+{top}\.?$"))
    });
    EMAIL.is_match(text)
}

/// Says whether a text is a URL, with or without a scheme.
pub(super) fn is_url(text: &str) -> bool {
    let (most, least) = LENGTHS;
    if text.chars().count() >= most || text.len() <= least || text.starts_with('.') {
        return false;
    }
    let has_scheme = !text.contains(':') || text.contains("://");
    let whole = if has_scheme { text.to_owned() } else { format!("http://{text}") };
    let Some((host, path)) = host_and_path(&whole) else { return false };
    let is_word = host.is_empty() && !path.is_empty() && !path.contains('.');
    !host.starts_with('.') && !is_word && URL.is_match(text)
}

static URL: LazyLock<Regex> = LazyLock::new(|| {
    const BLANK: &str = r"\t\n\x0c\r ";
    let octet = "(?:[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])";
    let first = "(?:[1-9][0-9]?|1[0-9]{2}|2[01][0-9]|22[0-3]|24[0-9]|25[0-5])";
    let wide = r"a-zA-Z\x{A1}-\x{FFFF}";
    let labels = "[a-zA-Z0-9](?:[a-zA-Z0-9_-]+)?[a-zA-Z0-9](?:[-.][a-zA-Z0-9]+)*";
    let below = r"(?:www\.|[a-zA-Z0-9]+(?:[-_.]?[a-zA-Z0-9])*[a-zA-Z0-9]\.[a-zA-Z0-9]+)";
    let host = format!(r"(?:{labels}|{below})?(?:[{wide}0-9]+-?-?)*[{wide}0-9]+(?:\.[{wide}]+)?");
    expression(&format!(
        r"^(?:(?:ftp|tcp|udp|wss?|https?)://)?(?:[^{BLANK}]+@)?(?:{first}(?:\.{octet}){{3}}|\[[0-9a-fA-F:.]+\]|{host})\.?(?::[0-9]{{1,5}})?(?:[/?#][^{BLANK}]*)?$"
    ))
});

fn expression(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}
