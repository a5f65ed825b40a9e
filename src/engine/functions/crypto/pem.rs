//! PEM: a label and base64 between two lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::engine::functions::encoding::decode_base64;

/// How many characters of base64 stand on a line.
const WIDTH: usize = 64;

/// Returns the label and the content of the first block of a text.
pub(super) fn decode(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (label, after) = after.split_once("-----")?;
    let (body, _) = after.split_once(&format!("-----END {label}-----"))?;
    let body: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Some((label, decode_base64(&body).ok()?))
}

/// Writes a block.
pub(super) fn encode(label: &str, content: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    let encoded = STANDARD.encode(content);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(WIDTH));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}
