//! One error for both template languages: where, what, the excerpt, and who included whom.

/// Why a template could not be parsed or rendered.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What went wrong, in Go's words.
    pub message: String,
}
