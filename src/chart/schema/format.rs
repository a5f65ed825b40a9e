//! The formats that texts may have to have, with the validator's reasons why they have not.

/// Checks a text; a format that is not known fits every text.
pub(super) fn check(format: &str, text: &str) -> Result<(), String> {
    match format {
        "regex" => super::compile::regex(text)
            .map(|_| ())
            .map_err(|reason| format!("error parsing regexp: {reason}")),
        _ => Ok(()),
    }
}
